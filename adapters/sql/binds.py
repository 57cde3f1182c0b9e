"""Key texts to bind values of the reflected column type; a text that cannot be such a value binds nothing."""

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from domain.model.keys import KEY_SEPARATOR

Binder = Callable[[str], tuple[object, ...]]


def binder(kind: TypeEngine[Any], dialect: str) -> Binder:
    """Text to the values to ask for: none where impossible, two where CHAR padding may be stored."""
    if isinstance(kind, sa.Integer):
        return _integer(63 if dialect == "sqlite" else _bits(kind))
    if isinstance(kind, sa.Numeric):
        return _decimal
    if isinstance(kind, sa.CHAR) and dialect == "sqlite" and kind.length:
        return _padded(kind.length)
    return lambda text: (text,)


def _bits(kind: sa.Integer) -> int:
    if isinstance(kind, sa.BigInteger):
        return 63
    return 15 if isinstance(kind, sa.SmallInteger) else 31


def _integer(bits: int) -> Binder:
    def bind(text: str) -> tuple[object, ...]:
        if not text.isascii() or len(text) > 20 or not text.removeprefix("-").isdigit():
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


def _padded(length: int) -> Binder:
    def bind(text: str) -> tuple[object, ...]:
        return tuple(dict.fromkeys((text, text.ljust(length))))

    return bind


def key_binds(key: str, binders: Sequence[Binder]) -> list[tuple[object, ...]]:
    """The bind values of one local key, a tuple a spelling with one value a key column."""
    parts = key.split(KEY_SEPARATOR)
    if len(parts) != len(binders) or "\x00" in key:
        return []
    spellings: list[tuple[object, ...]] = [()]
    for part, bind in zip(parts, binders, strict=True):
        spellings = [(*head, value) for head in spellings for value in bind(part)]
    return spellings


def bucket(size: int) -> int:
    """The next power of two: statements exist for a few sizes only."""
    return 1 << max(0, math.ceil(math.log2(size))) if size else 1


def padded(values: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """The values filled up to their bucket with the last one."""
    return [*values, *[values[-1]] * (bucket(len(values)) - len(values))]


def date_bind(day: date, kind: TypeEngine[Any] | None, pattern: str | None, dialect: str) -> object:
    """A day as the column holds it: by its text pattern, as ISO text, or as a date."""
    if pattern:
        text = day.strftime(pattern)
        return int(text) if isinstance(kind, sa.Integer) else text
    if isinstance(kind, sa.String) or dialect == "sqlite":
        return day.isoformat()
    if isinstance(kind, sa.DateTime):
        return datetime.combine(day, time.min)
    return day
