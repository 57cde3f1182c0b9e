"""Statements with a unit and an establishment type in front of each row, and their readers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from adapters.lanes.port import Row
from adapters.mapping.convert import (
    Convert,
    code_reader,
    guarded,
    int_reader,
    key_text,
)
from adapters.mapping.model import ColumnRule
from adapters.sql.binds import Binder
from adapters.sql.cells import Columns, Faults, constant, row_value
from adapters.sql.pieces import Element, Pieces, Statement
from adapters.sql.whole_columns import WHOLE_NUMBER, Words, read_cells
from domain.model.records import Value

TYPES: Final = "establishment_type"
KEY: Final[Convert] = key_text
Cells = Sequence[Any]  # Any: a column as the driver gives it


@dataclass(frozen=True, slots=True)
class Reader:
    """How one value of a row is read; `position` None: the same `constant` in every row.

    `words`: what the texts of a column of few different ones mean.
    """

    position: int | None
    convert: Convert
    constant: Value = None
    words: Words | None = None

    def of(self, row: Row, faults: Faults) -> Value:
        """The value in this row."""
        if self.position is None:
            return self.constant
        return row_value(row, self.position, self.convert, faults)

    def column(self, stored: Sequence[Cells], faults: Faults) -> Sequence[Value]:
        """The value in each row of which these are the columns."""
        if self.position is None:
            return [self.constant] * len(stored[0])
        cells = stored[self.position]
        if self.words is not None:
            return self.words.read(cells, faults)
        return read_cells(cells, self.convert, faults)


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A statement and its readers: unit, type, numbers; `days` makes dates of a today."""

    statement: Statement
    bind_unit: Binder
    readers: tuple[Reader, ...]
    values: Mapping[str, object]
    days: Mapping[str, Callable[[date], object]]

    def parameters(self, today: date | None) -> dict[str, object]:
        """All parameters but the units."""
        days = {} if today is None else {name: day(today) for name, day in self.days.items()}
        return {**self.values, **days}


@dataclass(slots=True)
class UnitSelect:
    """A UnitPlan in the making: columns and conditions over `source`."""

    pieces: Pieces
    source: sa.FromClause
    columns: Columns = field(default_factory=Columns)
    readers: list[Reader] = field(default_factory=list)
    conditions: list[Element] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    days: dict[str, Callable[[date], object]] = field(default_factory=dict)

    def read_unit(self, element: Element) -> None:
        """The unit comes first."""
        self.readers.append(Reader(self.columns.add(element), KEY))

    def read_number(
        self, rule: ColumnRule | None, element: Element | None, absent: int | None
    ) -> None:
        """A whole number; `absent` for ever where the department does not keep it."""
        divide = rule.divide if rule else None
        convert = guarded(int_reader(divide)) if divide else WHOLE_NUMBER
        if element is not None:
            self.readers.append(Reader(self.columns.add(element), convert))
        else:
            fixed = absent if rule is None or rule.const is None else constant(rule, convert)
            self.readers.append(Reader(None, convert, fixed))

    def read_type(self, rule: ColumnRule, element: Element | None) -> None:
        """The type; where several stored values mean one code, translated in the statement.

        Only then rows that differ in the stored value alone are one row.
        """
        codes = rule.codes or {}
        if element is None:
            convert = guarded(code_reader(rule.codes, TYPES))
            self.readers.append(Reader(None, convert, constant(rule, convert)))
        elif len(set(codes.values())) == len(codes):
            self._read_words(element, guarded(code_reader(rule.codes, TYPES)))
        else:
            translated = self.pieces.translated(element, codes)
            self._read_words(translated, guarded(code_reader(None, TYPES)))

    def _read_words(self, element: Element, convert: Convert) -> None:
        place = self.columns.add(element)
        self.readers.append(Reader(place, convert, words=Words(convert)))

    def rows(self, bind_unit: Binder) -> UnitPlan:
        """The rows as they are."""
        select = sa.select(*self.columns.labelled()).select_from(self.source)
        return self._plan(select.where(*self.conditions), bind_unit)

    def counted(self, bind_unit: Binder, each: Sequence[Element]) -> UnitPlan:
        """Different `each` of every unit and type, counted in the source."""
        different = (
            sa.select(*self.columns.labelled(), *(e.label(f"e{i}") for i, e in enumerate(each)))
            .distinct()
            .select_from(self.source)
            .where(*self.conditions)
            .subquery("d")
        )
        groups = [different.c[f"v{i}"] for i in range(len(self.columns.elements))]
        self.readers.append(Reader(len(groups), WHOLE_NUMBER))
        select: sa.Select[Any] = sa.select(*groups, sa.func.count().label("n")).select_from(
            different
        )
        return self._plan(select.group_by(*groups), bind_unit)

    def _plan(self, select: sa.Select[Any], bind_unit: Binder) -> UnitPlan:
        statement = self.pieces.runnable(select)
        return UnitPlan(statement, bind_unit, tuple(self.readers), self.values, self.days)
