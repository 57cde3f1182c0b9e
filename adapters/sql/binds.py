"""Key texts to bind values of the column's type; an impossible text binds nothing."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from domain.model.keys import KEY_SEPARATOR

T = TypeVar("T")
Bind = Callable[[str], tuple[object, ...]]
Together = Callable[[Collection[str]], list[object] | None]
"""The values of many texts that are one each, in their order; None where one may be other."""


@dataclass(frozen=True, slots=True)
class Binder:
    """Text to the values to ask for: none where impossible, several where blanks are stored."""

    one: Bind
    many: Together | None = None

    def __call__(self, text: str) -> tuple[object, ...]:
        """The values of one text."""
        return self.one(text)

    def all_of(self, texts: Collection[str]) -> list[object]:
        """The values of many texts, in their order."""
        usual = None if self.many is None else self.many(texts)
        return [value for text in texts for value in self.one(text)] if usual is None else usual


_MOST_DIGITS: Final = 20
Spaces = frozenset[tuple[int, int]]
"""Blanks around stored keys: how many stand before, and the length of the whole text."""
NO_SPACES: Final[Spaces] = frozenset()
_TAKES_PADDING: Final = frozenset({"sqlite", "oracle"})
"""Databases that compare CHAR(n) as it stands: the padded spelling must be asked for too."""

_CODECS: Final = {
    "ascii": "ascii",
    "big5": "big5",
    "gb2312": "gb2312",
    "gbk": "gbk",
    "latin1": "cp1252",
}
"""MySQL's character sets that are not Unicode, as Python calls them."""


def plain_type(kind: TypeEngine[Any] | None) -> TypeEngine[Any] | None:
    """The type under a domain."""
    inner = getattr(kind, "data_type", None)
    return inner if isinstance(inner, TypeEngine) else kind


def is_text(kind: TypeEngine[Any] | None) -> bool:
    """Whether values are compared by a collation."""
    return isinstance(plain_type(kind), sa.String) and not isinstance(plain_type(kind), sa.Enum)


def is_native(kind: TypeEngine[Any] | None) -> bool:
    """Whether `binder` knows what values the type takes; anything else is compared as text."""
    known = (sa.String, sa.Integer, sa.Numeric, sa.Uuid, sa.Date, sa.DateTime)
    return isinstance(plain_type(kind), known)


def compare_as_values(one: TypeEngine[Any], other: TypeEngine[Any], dialect: str) -> bool:
    """Whether two columns can be compared, and by an index: whole numbers, or texts alike.

    Only PostgreSQL tells of each column in which collation it is.
    """
    first, second = plain_type(one), plain_type(other)
    if isinstance(first, sa.Integer) and isinstance(second, sa.Integer):
        return True
    are_texts = is_text(first) and is_text(second) and type(first) is type(second)
    if dialect != "postgresql" or not are_texts or isinstance(first, sa.CHAR):
        return False
    return getattr(first, "collation", None) == getattr(second, "collation", None)


def is_padded(kind: TypeEngine[Any] | None, dialect: str) -> bool:
    """Whether a CHAR column may hold padding that the database takes for text."""
    plain = plain_type(kind)
    return dialect in _TAKES_PADDING and isinstance(plain, sa.CHAR) and bool(plain.length)


def binder(kind: TypeEngine[Any] | None, dialect: str, spaces: Spaces = NO_SPACES) -> Binder:
    """Text to the values to ask for: none where impossible, several where blanks are stored."""
    bind = _binder(plain_type(kind), dialect)
    together = None if spaces else _together(plain_type(kind), dialect)

    def checked(text: str) -> tuple[object, ...]:
        # Letters and digits are no harm in any of them.
        if not (text.isascii() and text.isalnum()) and not _is_storable(text):
            return ()
        if not spaces:
            return bind(text)
        spellings = (text, *_with_blanks(text, spaces))
        return tuple(dict.fromkeys(value for each in spellings for value in bind(each)))

    def printed(text: str) -> tuple[object, ...]:
        return (text,) if text.isascii() and text.isprintable() and text else checked(text)

    if together is _texts:
        return Binder(printed, together)
    is_whole = isinstance(plain_type(kind), sa.Integer) and not spaces
    return Binder(bind if is_whole else checked, together)


def _together(kind: TypeEngine[Any] | None, dialect: str) -> Together | None:
    if isinstance(kind, sa.Integer):
        return _integers(63 if dialect == "sqlite" else _bits(kind))
    is_bound_as_it_is = isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)
    return None if not is_bound_as_it_is or is_padded(kind, dialect) else _texts


def _texts(texts: Collection[str]) -> list[object] | None:
    """What is printed in ASCII is no harm in any character set."""
    together = "".join(texts)
    return list(texts) if together.isascii() and together.isprintable() and all(texts) else None


def _integers(bits: int) -> Together:
    def bind(texts: Collection[str]) -> list[object] | None:
        try:
            numbers = list(map(int, texts))
        except ValueError:
            return None
        if list(map(str, numbers)) != list(texts) or max(map(abs, numbers), default=0) >= 2**bits:
            return None
        return [*numbers]

    return bind


def _with_blanks(text: str, spaces: Spaces) -> list[str]:
    return [
        (" " * before + text).ljust(length)
        for before, length in sorted(spaces)
        if before + len(text) <= length
    ]


def _is_storable(text: str) -> bool:
    """No database has a NUL or half a character in a text; an empty text is no key."""
    if "\x00" in text:
        return False
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False


def _binder(kind: TypeEngine[Any] | None, dialect: str) -> Bind:
    if isinstance(kind, sa.String):
        return _string_binder(kind, dialect)
    if isinstance(kind, sa.Integer):
        return _integer(63 if dialect == "sqlite" else _bits(kind))
    if dialect == "sqlite":
        return _decimal_text if isinstance(kind, sa.Numeric) else _untyped
    known = (bind for kinds, bind in _BINDERS.items() if isinstance(kind, kinds))
    return next(known, _as_it_is)


def _string_binder(kind: sa.String, dialect: str) -> Bind:
    if isinstance(kind, sa.Enum):
        names = frozenset(kind.enums)
        return lambda text: (text,) if text in names else ()
    length = kind.length
    if length and is_padded(kind, dialect):
        return lambda text: tuple(dict.fromkeys((text, text.ljust(length))))
    return _text(getattr(kind, "charset", None))


def _as_it_is(text: str) -> tuple[object, ...]:
    return (text,)


def _text(character_set: str | None) -> Bind:
    """MySQL refuses to compare a column with characters that its character set has not."""
    codec = _CODECS.get(character_set or "")

    def bind(text: str) -> tuple[object, ...]:
        try:
            text.encode(codec or "utf-8")
        except UnicodeEncodeError:
            return ()
        return (text,)

    return bind


def _bits(kind: sa.Integer) -> int:
    more = 1 if getattr(kind, "unsigned", False) else 0
    if isinstance(kind, sa.BigInteger):
        return 63 + more
    return (15 if isinstance(kind, sa.SmallInteger) else 31) + more


def _integer(bits: int) -> Bind:
    def bind(text: str) -> tuple[object, ...]:
        if not text.isascii() or len(text) > _MOST_DIGITS or not text.removeprefix("-").isdigit():
            return ()
        number = int(text)
        return (number,) if str(number) == text and abs(number) < 2**bits else ()

    return bind


def _decimal(text: str) -> tuple[object, ...]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return ()
    return (number,) if number.is_finite() and abs(number.adjusted()) < 60 else ()


def _decimal_text(text: str) -> tuple[object, ...]:
    """SQLite's driver takes no Decimal; the column's affinity turns the text into a number."""
    return (text,) if _decimal(text) else ()


def _untyped(text: str) -> tuple[object, ...]:
    """A column without a type holds what was put in: the number is another value than its text."""
    return (text, *_integer(63)(text))


def _uuid(text: str) -> tuple[object, ...]:
    try:
        return (text,) if str(UUID(text)) == text else ()
    except ValueError:
        return ()


def _day(text: str) -> tuple[object, ...]:
    try:
        return (date.fromisoformat(text),)
    except ValueError:
        return ()


def _instant(text: str) -> tuple[object, ...]:
    try:
        return (datetime.fromisoformat(text),)
    except ValueError:
        return ()


_BINDERS: Final[dict[type[TypeEngine[Any]], Bind]] = {
    sa.Numeric: _decimal,
    sa.Uuid: _uuid,
    sa.Date: _day,
    sa.DateTime: _instant,
}


def key_binds(key: str, binders: Sequence[Binder]) -> list[tuple[object, ...]]:
    """The bind values of one local key, a tuple a spelling with one value a key column."""
    if len(binders) == 1:
        return [(value,) for value in binders[0](key)]
    parts = key.split(KEY_SEPARATOR)
    if len(parts) != len(binders):
        return []
    spellings: list[tuple[object, ...]] = [()]
    for part, bind in zip(parts, binders, strict=True):
        spellings = [(*head, value) for head in spellings for value in bind(part)]
    return spellings


def keys_binds(keys: Collection[str], binders: Sequence[Binder]) -> list[tuple[object, ...]]:
    """The bind values of many local keys, as `key_binds` gives those of one."""
    if len(binders) == 1:
        return list(zip(binders[0].all_of(keys), strict=True))
    return [bind for key in keys for bind in key_binds(key, binders)]


def bucket(size: int) -> int:
    """The next power of two: statements exist for a few sizes only."""
    return 1 << max(0, size - 1).bit_length()


def padded(values: Sequence[T]) -> list[T]:
    """The values filled up to their bucket with the last one."""
    return [*values, *[values[-1]] * (bucket(len(values)) - len(values))]


def date_bind(day: date, kind: TypeEngine[Any] | None, pattern: str | None, dialect: str) -> object:
    """A day as the column holds it: by its text pattern, as ISO text, or as a date."""
    plain = plain_type(kind)
    if isinstance(plain, sa.DateTime) and dialect != "sqlite":
        return datetime.combine(day, time.min)
    if isinstance(plain, sa.Date) and dialect != "sqlite":
        return day
    text = day.strftime(pattern) if pattern else day.isoformat()
    return int(text) if isinstance(plain, sa.Integer) and text.isdigit() else text
