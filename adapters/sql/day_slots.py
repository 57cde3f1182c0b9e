"""Parameters of statements that hang on the day in the city: of periods in force today."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import ColumnRule, TableName
from adapters.sql.binds import binder, date_bind
from adapters.sql.shapes import Shapes

OfDay = Callable[[date], object]
"""From the day in the city to the value of a parameter."""
TODAY: Final = "today"
TOMORROW: Final = "tomorrow"
FIRST_EVER: Final = "first_ever"
_DAYS: Final[Mapping[str, Callable[[date], date]]] = {
    TODAY: lambda today: today,
    TOMORROW: lambda today: today + timedelta(days=1),
    # Anything before it, an empty text and 0000-00-00 are no date.
    FIRST_EVER: lambda _: date(1000, 1, 1),
}


def kind_of(shapes: Shapes, name: TableName, rule: ColumnRule) -> TypeEngine[Any] | None:
    """The reflected type of a column of the table; None for an expression."""
    return shapes[name].columns[rule.column] if rule.column else None


class DaySlots:
    """Names the day parameters of one source: one a column's form and day."""

    def __init__(self, shapes: Shapes, backend: str) -> None:
        self._shapes = shapes
        self._backend = backend
        self._days: dict[str, OfDay] = {}
        self._names: dict[tuple[str, str | None, str], str] = {}

    def slot(self, name: TableName, rule: ColumnRule, day: str) -> ColumnElement[Any]:
        """The parameter for a day, as the column holds days."""
        kind = kind_of(self._shapes, name, rule)
        key = repr(kind), rule.date, day
        if key not in self._names:
            self._names[key] = f"{day}_{len(self._names)}"
            pattern, backend = rule.date, self._backend
            self._days[self._names[key]] = lambda today: date_bind(
                _DAYS[day](today), kind, pattern, backend
            )
        return sa.bindparam(self._names[key], None, type_=sa.types.NullType())

    def values(
        self, name: TableName, rule: ColumnRule, texts: Iterable[str]
    ) -> list[ColumnElement[Any]]:
        """The stored values that the texts mean; none for a text that the column cannot hold."""
        bind = binder(kind_of(self._shapes, name, rule), self._backend)
        untyped = sa.types.NullType()
        return [sa.literal(value, untyped) for text in texts for value in bind(text)]

    def among(self, names: Iterable[str]) -> dict[str, OfDay]:
        """The day parameters among the names."""
        return {name: self._days[name] for name in names if name in self._days}
