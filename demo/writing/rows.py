"""Renders a subject into the rows of one department's tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from demo.changes import Subject
from demo.layouts import ROWS, Layout, TableLayout
from demo.rendering import Cell, Render, UnitKeys, renderer
from demo.values import Rows, Values
from domain.model.departments import Department
from domain.model.keys import CategoryCode, IndicatorName

KEY: Final = IndicatorName("@key")
SERIAL: Final = IndicatorName("@serial")
VERSION: Final = IndicatorName("@version")
CHANGED: Final = IndicatorName("@changed")
FIRST_CHANGE: Final = datetime(2026, 1, 1, 8)  # noqa: DTZ001 - as a department stores it
SECONDS_APART: Final = 80
Row = tuple[Cell, ...]


def stamps(number: int) -> Values:
    """When and as which change a row was written: every row has its own."""
    changed = FIRST_CHANGE + timedelta(seconds=number * SECONDS_APART)
    return {VERSION: number, CHANGED: changed.isoformat(" ")}


@dataclass(frozen=True, slots=True)
class _Field:
    source: IndicatorName
    render: Render
    category: CategoryCode | None


@dataclass(frozen=True, slots=True)
class TableWriter:
    """Makes the rows of one table; `category` is None for tables with one row a subject."""

    table: str
    category: CategoryCode | None
    fields: tuple[_Field, ...]

    def row(self, values: Values, rows: Mapping[CategoryCode, list[Values]]) -> list[Cell]:
        """One row from single values; columns of a repeated category take its first row."""
        cells: list[Cell] = []
        for own in self.fields:
            source = values
            if own.category is not None:
                source = (rows.get(own.category) or [{}])[0]
            cells.append(own.render(source.get(own.source)))
        return cells

    def place(self, source: IndicatorName) -> int | None:
        """Where a source stands in the row."""
        return next((i for i, own in enumerate(self.fields) if own.source == source), None)


def _category(part: str) -> CategoryCode | None:
    return CategoryCode(part.rpartition(".")[2]) if ROWS in part else None


def _writer(layout: Layout, table: TableLayout, keys: UnitKeys) -> TableWriter:
    is_child = ROWS in table.part
    fields = tuple(
        _Field(
            IndicatorName(column.source),
            renderer(column, layout.codes, keys),
            None if is_child else _category(column.part),
        )
        for column in table.columns
    )
    return TableWriter(table.name, _category(table.part), fields)


class Scribe:
    """Writes the subjects of one department: every table of an entity, in layout order."""

    def __init__(self, layout: Layout, keys: UnitKeys, constants: Values) -> None:
        self.department: Department = layout.department
        self._constants = constants
        self._written = 0
        self._writers: dict[str, list[TableWriter]] = {}
        for table in layout.tables:
            entity = table.part.partition(".")[0]
            self._writers.setdefault(entity, []).append(_writer(layout, table, keys))

    def _stamped(self) -> Values:
        self._written += 1
        return self._constants | stamps(self._written)

    def operational(self, entity: str, values: Mapping[str, object]) -> tuple[str, Row]:
        """The table and the row of an operational entity."""
        writer = self._writers[entity][0]
        own: Values = {IndicatorName(f"@{k}"): v for k, v in values.items()}  # type: ignore[misc]  # canonical values
        return writer.table, tuple(writer.row(own, {}))

    def headers(
        self, entity: str, key: str | int, values: Values, rows: Rows
    ) -> Iterator[tuple[str, Row]]:
        """Only the tables with one row, for second records of a person."""
        own = self._stamped() | values | {KEY: key}
        for writer in self._writers[entity]:
            if writer.category is None:
                yield writer.table, tuple(writer.row(own, rows))

    def write(self, entity: str, key: str | int, subject: Subject) -> Iterator[tuple[str, Row]]:
        """All rows of a subject: (table, row)."""
        values = subject.values_in(self.department) | self._stamped() | {KEY: key}
        rows = subject.rows_in(self.department)
        for writer in self._writers[entity]:
            if writer.category is None:
                cells = writer.row(values, rows)
                self._overwrite(writer, cells, subject, None)
                yield writer.table, tuple(cells)
                continue
            for place, row in enumerate(rows.get(writer.category, ())):
                cells = writer.row(row | {KEY: key, SERIAL: place + 1}, {})
                self._overwrite(writer, cells, subject, place)
                yield writer.table, tuple(cells)

    def _overwrite(
        self, writer: TableWriter, cells: list[Cell], subject: Subject, row: int | None
    ) -> None:
        for change in subject.raws_in(self.department):
            place = writer.place(change.indicator)
            if place is None:
                continue
            is_first_in_wide_table = writer.fields[place].category is not None and change.row == 0
            if change.row == row or is_first_in_wide_table:
                cells[place] = change.stored


def scribes(
    layouts: Sequence[Layout], keys: Mapping[Department, UnitKeys], constants: Values
) -> dict[Department, Scribe]:
    """A scribe for every department."""
    return {one.department: Scribe(one, keys[one.department], constants) for one in layouts}
