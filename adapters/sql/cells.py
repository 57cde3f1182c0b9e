"""From driver rows to values: which position holds which indicator, and how it is converted."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from adapters.lanes.port import Row
from adapters.mapping.convert import (
    FAULT,
    Convert,
    Fault,
    converter,
    stored_text,
    text_converter,
)
from adapters.mapping.forms import form_of
from adapters.mapping.model import ColumnRule
from adapters.port import LINK_KEY
from adapters.sql.pieces import Element
from adapters.stored import Form
from domain.catalogue.indicators import catalogue
from domain.model.keys import IndicatorName
from domain.model.records import Value
from domain.model.values import canonical_text


class Cell(NamedTuple):
    """One indicator of a row: where it stands and how it is read."""

    name: IndicatorName
    position: int
    convert: Convert
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """What the rows of one statement say; `constants` holds for every row."""

    read: tuple[Cell, ...]
    constants: Mapping[IndicatorName, Value]

    def values(self, row: Row, faults: "Faults") -> dict[IndicatorName, Value]:
        """The values of one row; an unreadable one is None and counted."""
        values = dict(self.constants)
        for name, position, convert, _ in self.read:
            stored = row[position]
            found = None if stored is None else convert(stored)
            if found is FAULT:
                faults.bad_values += 1
                found = None
            values[name] = found  # type: ignore[assignment] # FAULT is the only Fault
        return values

    def raws(self, row: Row, values: Mapping[IndicatorName, Value]) -> dict[IndicatorName, str]:
        """The stored texts of one row that differ from its values; none of what counts as empty."""
        found: dict[IndicatorName, str] = {}
        for name, position, convert, _ in self.read:
            text = stored_text(row[position])
            is_empty = values[name] is None and (text is None or convert(row[position]) is None)
            if text and not is_empty and text != canonical_text(values[name]):
                found[name] = text
        return found


@dataclass(slots=True)
class Faults:
    """What was wrong with the rows of one answer."""

    bad_values: int = 0
    null_keys: int = 0
    twins: int = 0
    unmatched: int = 0
    """Child rows whose key the database takes for one that was asked for, and we do not."""

    def known(self, found: Value | Fault) -> Value:
        """What was read; None for what cannot be, which is counted."""
        if isinstance(found, Fault):
            self.bad_values += 1
            return None
        return found


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

    def cells(self, rules: Iterable[tuple[IndicatorName, ColumnRule, Element | None]]) -> Cells:
        """The cells of some rules; their elements join the selected columns."""
        read, constants = [], {}
        for name, rule, element in rules:
            convert = _converter(name, rule)
            if element is None:
                constants[name] = constant(rule, convert)
            else:
                read.append(Cell(name, self.add(element), convert, _form(name, rule)))
        return Cells(tuple(read), constants)


def _converter(name: IndicatorName, rule: ColumnRule) -> Convert:
    if name == LINK_KEY:
        return text_converter(rule)
    return converter(rule, catalogue().indicators[name])


def _form(name: IndicatorName, rule: ColumnRule) -> Form | None:
    return None if name == LINK_KEY else form_of(rule, catalogue().indicators[name])


def constant(rule: ColumnRule, convert: Convert) -> Value:
    """What a rule with `const` says of every row."""
    found = convert(rule.const)
    return None if isinstance(found, Fault) else found


def row_value(row: Row, position: int, convert: Convert, faults: Faults) -> Value:
    """One value outside of the cells."""
    stored = row[position]
    return None if stored is None else faults.known(convert(stored))


def mapped(
    rules: Mapping[IndicatorName, ColumnRule], wanted: frozenset[IndicatorName]
) -> list[IndicatorName]:
    """The wanted indicators that are mapped, in the mapping's order."""
    return [name for name in rules if name in wanted]


def stored_words(rule: ColumnRule, codes: Collection[str]) -> list[str]:
    """What the department stores for these codes."""
    if rule.codes is None:
        return sorted(codes)
    return [stored for stored, code in rule.codes.items() if code in codes]
