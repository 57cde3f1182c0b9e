"""Many subjects as JSON text, a column at a time; what is not usual is shown value by value."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any, Final, Protocol

from orjson import OPT_INDENT_2, Fragment, JSONEncodeError, dumps

from adapters.stored import Form
from domain.model.alike import Rows
from domain.model.global_ids import encode_ids_in_ascii
from domain.model.keys import IndicatorName
from resolvers.planning.reasons import AnomalyError, Reason

Stored = Sequence[Any]  # Any: stored values of one column, or rows of either kind
Show = Callable[[Any], object]  # Any: as above
NULL: Final = b"null"
UNKNOWN: Final = "\ufffd"
REPETITIVE: Final = frozenset({str, int})
_MAY_BE_KEPT: Final = REPETITIVE | {type(None)}
_BETWEEN: Final = b",\n  "
_MOST_MONEY: Final = 20
_POINT: Final = itemgetter(-3)
_WHOLE: Final = 2**31


class Cells:
    """The ids of subjects, and what their rows hold."""

    __slots__ = ("_rows", "_tables", "ids")

    def __init__(self, ids: Sequence[str], rows: Mapping[int, Stored]) -> None:
        self.ids = ids
        self._rows = rows
        self._tables: dict[int, Sequence[Stored]] = {}

    def of(self, place: int, at: int | IndicatorName) -> Stored:
        """One column of the rows at a place; by its name where they are known by value."""
        if at.__class__ is not int:
            return list(map(itemgetter(at), self._rows[place]))
        table = self._tables.get(place)
        if table is None:
            table = self._tables[place] = list(zip(*self._rows[place], strict=False))
        return table[at]


def scalars(values: Sequence[object]) -> list[bytes]:
    """The JSON of each of many scalars, which are no fewer than one.

    Each stands in a line of its own, and no line ends inside of one.
    """
    return dumps(values, option=OPT_INDENT_2)[4:-2].split(_BETWEEN)


def _texts(stored: Stored) -> list[str] | None:
    try:
        texts = list(map(str.strip, stored))
    except TypeError:
        return None
    return texts if all(texts) and UNKNOWN not in "".join(texts) else None


def _are_texts(stored: Stored) -> bool:
    """Whether all are, without a look at each in Python."""
    try:
        "".join(stored)
    except TypeError:
        return False
    return True


def _days(stored: Stored) -> Stored | None:
    is_usual = set(map(type, stored)) == {date} and date.min < min(stored)
    return stored if is_usual and max(stored) < date.max else None


def _wholes(stored: Stored) -> Stored | None:
    is_usual = set(map(type, stored)) == {int} and min(stored) > -_WHOLE
    return stored if is_usual and max(stored) < _WHOLE else None


def _money(stored: Stored) -> list[str] | None:
    if set(map(type, stored)) != {Decimal}:
        return None
    texts = list(map(str, stored))
    if max(map(len, texts)) >= _MOST_MONEY or min(map(len, texts)) < len("0.00"):
        return None
    return texts if set(map(_POINT, texts)) == {"."} else None


_USUAL: Final[Mapping[Form, Callable[[Stored], Sequence[object] | None]]] = {
    Form.TEXT: _texts,
    Form.DAY: _days,
    Form.WHOLE: _wholes,
    Form.MONEY: _money,
}
"""What is shown of a column all of whose values are usual ones of a form; None where not all are.

As `Telling` tells it of one value.
"""


class Column(Protocol):
    """One field of all subjects; `before` stands before each value and is not part of it."""

    @property
    def before(self) -> bytes:
        """The text before each."""

    def written(self, cells: Cells, /) -> Iterable[bytes]:
        """What is shown of each, in their order. Raises AnomalyError."""


@dataclass(frozen=True, slots=True)
class OwnId:
    """The public ids, between quotes that stand in what is before and behind them."""

    before: bytes
    kind: str

    def written(self, cells: Cells) -> Iterable[bytes]:
        """The id of each."""
        return encode_ids_in_ascii(self.kind, cells.ids)


@dataclass(frozen=True, slots=True)
class Same:
    """What all show alike, made of one value."""

    before: bytes
    show: Show
    value: object

    def written(self, _cells: Cells) -> Iterable[bytes]:
        """The same for each."""
        return repeat(dumps(self.show(self.value)))


@dataclass(frozen=True, slots=True)
class Told:
    """A field that is shown value by value; `at`: where a row holds it, or under which name."""

    before: bytes
    place: int
    at: int | IndicatorName
    show: Show

    def written(self, cells: Cells) -> Iterable[bytes]:
        """Each as it is shown."""
        return map(dumps, map(self.show, cells.of(self.place, self.at)))


@dataclass(frozen=True, slots=True)
class Few:
    """A field of few different values; `kept` has the JSON of each, behind `own`."""

    own: bytes
    place: int
    at: int
    show: Show
    kept: dict[Any, bytes]  # Any: stored values
    before: bytes = b""

    def written(self, cells: Cells) -> Iterable[bytes]:
        """What is kept of each; value by value where one is of a type that others are equal to."""
        stored = cells.of(self.place, self.at)
        if _are_texts(stored) or _MAY_BE_KEPT.issuperset(map(type, stored)):
            return map(self.kept.__getitem__, stored)
        return map(self.own.__add__, map(dumps, map(self.show, stored)))


@dataclass(frozen=True, slots=True)
class Usual:
    """A field whose usual values are shown as they are."""

    before: bytes
    place: int
    at: int
    show: Show
    form: Form

    def written(self, cells: Cells) -> Iterable[bytes]:
        """All of them at once, or where some are not usual each by itself."""
        stored = cells.of(self.place, self.at)
        shown = _USUAL[self.form](stored)
        return scalars(shown) if shown is not None else self._with_gaps(stored)

    def _with_gaps(self, stored: Stored) -> Iterable[bytes]:
        """The same where the others are nothing."""
        given = [each for each in stored if each is not None]
        if not given:
            return [NULL] * len(stored)
        shown = _USUAL[self.form](given) if len(given) < len(stored) else None
        if shown is None:
            return map(dumps, map(self.show, stored))
        usual = iter(scalars(shown))
        return [NULL if each is None else next(usual) for each in stored]


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """Shows many subjects: `shape(subjects, extras, rows, columns)`, each as JSON text."""

    columns: Sequence[Column]
    behind: bytes

    def __call__(
        self, subjects: Rows, _extras: object, _rows: object, columns: Mapping[int, Stored]
    ) -> list[Fragment]:
        """Each of them. Raises AnomalyError where only the stock path can tell one."""
        cells = Cells(subjects.ids, columns)
        parts: list[Iterable[bytes]] = []
        try:
            for column in self.columns:
                if column.before:
                    parts.append(repeat(column.before))
                parts.append(column.written(cells))
            parts.append(repeat(self.behind, subjects.size))
            return list(map(Fragment, map(b"".join, zip(*parts, strict=False))))
        except JSONEncodeError as error:
            raise AnomalyError(Reason.ODD_VALUE) from error
