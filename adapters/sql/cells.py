"""From driver rows to values: which position holds which indicator, and how it is converted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from adapters.convert import Convert, Fault, converter, stored_text
from adapters.lanes.port import Row
from adapters.mapping.model import ColumnRule
from adapters.sql.pieces import Element
from domain.catalogue.indicators import catalogue
from domain.model.keys import IndicatorName
from domain.model.records import Value
from domain.model.values import canonical_text


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator of a row: where it stands and how it is read; `position` None: `const` for every row."""

    name: IndicatorName
    position: int | None
    convert: Convert
    const: object = None


@dataclass(slots=True)
class Columns:
    """Collects what a statement selects; the same element is selected once."""

    elements: list[Element] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def add(self, element: Element) -> int:
        """The position of the element in each row."""
        text = str(element)
        if text not in self._places:
            self._places[text] = len(self.elements)
            self.elements.append(element)
        return self._places[text]

    def labelled(self) -> list[Any]:
        """The elements with labels of ours, so that names of the department never clash."""
        return [element.label(f"v{i}") for i, element in enumerate(self.elements)]

    def label(self, position: int) -> Element:
        """A reference to a selected element by its label."""
        return sa.literal_column(f"v{position}")


def cell(name: IndicatorName, rule: ColumnRule, element: Element | None, columns: Columns) -> Cell:
    """The cell of one rule; its element joins the selected columns."""
    position = None if element is None else columns.add(element)
    return Cell(name, position, converter(rule, catalogue().indicators[name]), rule.const)


@dataclass(slots=True)
class Reading:
    """Values read from one row, with the stored texts that differ, and the number of unreadable cells."""

    values: dict[IndicatorName, Value] = field(default_factory=dict)
    raws: dict[IndicatorName, str] = field(default_factory=dict)
    faults: int = 0


def read_cells(row: Row, cells: Sequence[Cell], *, raw: bool) -> Reading:
    """One row's values; an unreadable cell is None and counted."""
    reading = Reading()
    for cell_ in cells:
        stored = cell_.const if cell_.position is None else row[cell_.position]
        found = cell_.convert(stored)
        if isinstance(found, Fault):
            reading.faults += 1
            found = None
        reading.values[cell_.name] = found
        if raw:
            _keep_raw(reading.raws, cell_.name, found, stored)
    return reading


def _keep_raw(
    raws: dict[IndicatorName, str], name: IndicatorName, found: Value, stored: object
) -> None:
    text = ";".join(map(str, stored)) if isinstance(stored, list | tuple) else stored_text(stored)
    if text is not None and text != (canonical_text(found) or ""):
        raws[name] = text


def mapped(
    rules: Mapping[IndicatorName, ColumnRule], wanted: frozenset[IndicatorName]
) -> list[IndicatorName]:
    """The wanted indicators that are mapped, in the mapping's order."""
    return [name for name in rules if name in wanted]
