"""Conditions on the days of an operational row: has it begun, has it not yet ended."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import ColumnRule, OperationalRule
from adapters.sql.binds import date_bind
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, slot
from adapters.sql.shapes import TableShape

OfToday = Callable[[date], date]
Days = dict[str, Callable[[date], object]]
"""Parameters that today gives."""
FIRST_DAY: Final = date(1000, 1, 1)
"""Anything before it, an empty text and 0000-00-00 are no date."""


class InForce:
    """Conditions over one operational rule; `days` collects their parameters."""

    def __init__(
        self, rule: OperationalRule, shape: TableShape, pieces: Pieces, days: Days
    ) -> None:
        self._rule = rule
        self._shape = shape
        self._pieces = pieces
        self._days = days

    def plans(self) -> Iterator[Element]:
        """Valid until today or later, or for ever."""
        yield from self._open_end("valid_until", lambda today: today)

    def occupations(self) -> Iterator[Element]:
        """Begun by today and not ended, the day of the end not included."""
        yield from self._open_end("to", _tomorrow)
        if "from" in self._rule.columns:
            yield self._dated("from") < self._day("from", _tomorrow)

    def _open_end(self, name: str, first: OfToday) -> Iterator[Element]:
        """Ends on the day `first` gives or later, or never: NULL, empty, a date that is none."""
        if name not in self._rule.columns:
            return
        element = self._dated(name)
        yield sa.or_(
            element.is_(None),
            element >= self._day(name, first),
            element < self._day(name, lambda _: FIRST_DAY),
        )

    def _dated(self, name: str) -> Element:
        column = self._rule.columns[name]
        element = self._pieces.value(column, MAIN_ALIAS)
        stored: Element = sa.null() if element is None else element
        return self._pieces.exact(stored, self._type(column))

    def _day(self, name: str, day: OfToday) -> Element:
        column, kind = self._rule.columns[name], self._type(self._rule.columns[name])
        parameter = f"d{len(self._days)}"
        self._days[parameter] = lambda today: date_bind(
            day(today), kind, column.date, self._pieces.backend
        )
        return slot(parameter)

    def _type(self, column: ColumnRule) -> TypeEngine[Any] | None:
        return self._shape.columns[column.column] if column.column else None


def _tomorrow(today: date) -> date:
    return today + timedelta(days=1)
