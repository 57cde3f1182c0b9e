"""How one field shows a value wherever it stands: the usual stored ones without a call."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from orjson import dumps

from adapters.stored import Cell, Form
from domain.model.keys import IndicatorName
from resolvers.planning.source import Source
from resolvers.planning.steps import InRow, Place, Places
from resolvers.planning.written import NULL, REPETITIVE, UNKNOWN, Column, Same, Told, Usual
from resolvers.planning.written import Few as FewWritten

MOST_FEW: Final = 1024
"""More than a career has months, and than any code set that departments use has codes."""
_SHOWN_BY: Final = {
    Form.TEXT: "String",
    Form.DAY: "Date",
    Form.WHOLE: "Int",
    Form.MONEY: "Decimal",
}
"""The scalar that shows such a value as it is."""


class Few(dict[Any, Any]):  # Any: stored values of a column, bounded by MOST_FEW
    """What is shown for each stored value of a column that holds few different ones."""

    def __init__(self, make: Callable[[object], object], cell: Cell) -> None:
        super().__init__()
        self._make = make
        self._cell = cell

    def __missing__(self, stored: Any) -> object:  # noqa: ANN401 - as above
        made = self._make(stored)
        if len(self) < MOST_FEW and self._cell.is_told(stored):
            self[stored] = made
        return made


def place_at(places: Places, name: IndicatorName) -> Place:
    """Where an indicator stands; None where nobody holds it."""
    return places.get(name)


class Telling:
    """Writes one field over the values of an indicator.

    `show` turns the expression of a canonical value into that of what is shown; `leaf` names the
    scalar that shows the value as it is, None where a mask or an object stands between.
    """

    def __init__(
        self, source: Source, name: IndicatorName, show: Callable[[str], str], leaf: str | None
    ) -> None:
        self._source = source
        self._name = name
        self._show = show
        self._leaf = leaf
        self._shown: Callable[[object], object] | None = None
        self._kept: dict[int, tuple[Cell, str, str]] = {}
        self._ones: dict[int, tuple[Cell, Callable[[object], object]]] = {}
        self._texts: dict[int, Few] = {}

    def __call__(self, places: Places) -> str:
        """The expression of what is shown, of a subject whose values stand there."""
        place = place_at(places, self._name)
        if isinstance(place, InRow):
            return self._in_row(place.cell, f"v{place.place}[{place.cell.position}]")
        value = "None" if place is None else f"v{place}[{self._source.text(self._name)}]"
        return self._show(value)

    def column(self, places: Places, before: bytes) -> Column:
        """The same of many subjects, in JSON; `before` stands before each."""
        place = place_at(places, self._name)
        if not isinstance(place, InRow):
            if place is None:
                return Same(before, self._shown_alone(), None)
            return Told(before, place, self._name, self._shown_alone())
        cell, at = place.cell, place.cell.position
        if at is None:
            return Same(before, self._shown_alone(), cell.constant)
        show = self._one(cell)
        if cell.form is None or not self._takes(cell.form):
            return Told(before, place.place, at, show)
        if cell.form is Form.FEW:
            kept = self._texts.get(id(cell))
            if kept is None:
                kept = self._texts[id(cell)] = _kept(before, cell, show)
            return FewWritten(before, place.place, at, show, kept)
        return Usual(before, place.place, at, show, cell.form)

    def _one(self, cell: Cell) -> Callable[[object], object]:
        """Shows any stored value of a cell."""
        known = self._ones.get(id(cell))
        if known is not None:
            return known[1]
        name = self._source.function("o", [f"return {self._in_row(cell, 'o')}"])
        found: Callable[[object], object] = self._source.namespace[name]
        self._ones[id(cell)] = (cell, found)
        return found

    def _shown_alone(self) -> Callable[[object], object]:
        """Shows a canonical value."""
        return self._shown or self._make_shown()

    def _in_row(self, cell: Cell, stored: str) -> str:
        if cell.position is None:
            return self._show(self._source.hold("k", cell.constant))
        if cell.form is None or not self._takes(cell.form):
            return self._show(f"{self._source.hold_once('r', cell.read)}({stored})")
        held = self._source.name("t")
        others, few = self._readers(cell)
        shown = self._usual(cell.form, held, stored, few)
        return f"({shown} else None if {held} is None else {others}({held}))"

    def _takes(self, form: Form) -> bool:
        """Whether usual values of this form are shown without being read."""
        return form is Form.FEW or (self._leaf is not None and _SHOWN_BY[form] == self._leaf)

    def _usual(self, form: Form, held: str, stored: str, few: str) -> str:
        """What is shown of usual values, and what tells them."""
        hold, kind = self._source.hold_once, f"({held} := {stored}).__class__"
        match form:
            case Form.FEW:
                return f"{few}[{held}] if {kind} in {hold('c', REPETITIVE)}"
            case Form.TEXT:
                text, unknown = self._source.name("t"), self._source.text(UNKNOWN)
                is_text = f"{kind} is {hold('c', str)} and ({text} := {held}.strip())"
                return f"{text} if {is_text} and {unknown} not in {text}"
            case Form.DAY:
                first, last = hold("k", date.min), hold("k", date.max)
                return f"{held} if {kind} is {hold('c', date)} and {first} < {held} < {last}"
            case Form.WHOLE:
                return f"{held} if {kind} is {hold('c', int)} and -2147483648 < {held} < 2147483648"
            case Form.MONEY:
                text = self._source.name("t")
                made = f"({text} := {hold('c', str)}({held}))[-3:-2] == {self._source.text('.')}"
                is_money = f"{kind} is {hold('c', Decimal)} and {made}"
                return f"{text} if {is_money} and len({text}) < 20"

    def _readers(self, cell: Cell) -> tuple[str, str]:
        """What shows any stored value of a cell, and what remembers that."""
        found = self._kept.get(id(cell))
        if found is None:
            shown, read = self._shown_alone(), cell.read
            show = self._source.hold("h", lambda stored: shown(read(stored)))
            few = Few(self._source.namespace[show], cell)
            found = self._kept[id(cell)] = (cell, show, self._source.hold("d", few))
        return found[1], found[2]

    def _make_shown(self) -> Callable[[object], object]:
        name = self._source.function("o", [f"return {self._show('o')}"])
        found: Callable[[object], object] = self._source.namespace[name]
        self._shown = found
        return found


def _kept(before: bytes, cell: Cell, show: Callable[[object], object]) -> Few:
    """The JSON of each stored value of a cell, behind what stands before it."""
    kept = Few(lambda stored: before + dumps(show(stored)), cell)
    kept[None] = before + NULL
    return kept
