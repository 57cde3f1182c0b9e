"""The statement that counts persons in pay by unit and type, from the person's mapping."""

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.convert import code_reader, guarded
from adapters.mapping.model import ColumnRule, EntityRule
from adapters.sql.binds import Binder, binder, is_native, is_text
from adapters.sql.cells import constant, stored_words
from adapters.sql.kept import kept
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, join_alias, slot
from adapters.sql.shapes import Shapes, table_of
from adapters.sql.unit_plans import UnitPlan, UnitSelect
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.keys import IndicatorName

IN_PAY: Final = frozenset({"1"})
GONE: Final = frozenset({"4", "5", "6", "7"})
"""personStatus: left, retired on veteran terms, retired, deceased."""


def keeps_headcount(person: EntityRule) -> bool:
    """Whether the payroll is kept: a paying unit, a type and a payroll status."""
    return unit_rule(person) is not None and {
        handles.ESTABLISHMENT_TYPE,
        handles.PAYROLL_STATUS,
    } <= set(person.columns)


def unit_rule(person: EntityRule) -> ColumnRule | None:
    """The column of the unit that pays a person."""
    columns = person.columns
    return columns.get(handles.PAYROLL_UNIT_CODE) or columns.get(handles.OCCUPIED_UNIT_CODE)


class HeadcountPlans:
    """The headcount of one source; `size` is the number of unit slots."""

    def __init__(self, person: EntityRule, shapes: Shapes, pieces: Pieces) -> None:
        self._person = person
        self._shapes = shapes
        self._pieces = pieces
        self.headcount = kept(self._headcount)

    def _headcount(self, size: int) -> UnitPlan:
        columns, unit = self._person.columns, unit_rule(self._person)
        assert unit is not None  # noqa: S101 - `keeps_headcount` was asked
        kind, gone = columns[handles.ESTABLISHMENT_TYPE], columns.get(handles.PERSON_STATUS)
        used = [unit, kind, columns[handles.PAYROLL_STATUS], *([gone] if gone else [])]
        joins = sorted({rule.join for rule in used})
        select = UnitSelect(self._pieces, self._pieces.entity_from(self._person, joins))
        element = self._element(unit)
        select.read_unit(self._pieces.exact(element, self._type(unit)))
        stored = self._value(kind)
        select.read_type(
            kind, None if stored is None else self._pieces.exact(stored, self._type(kind))
        )
        select.conditions += [
            self._pieces.keys_in([self._pieces.compared(element, self._type(unit))], size),
            *self._in_pay(select),
            *self._pieces.live(self._person.where, MAIN_ALIAS),
        ]
        bind_unit = self._bind_unit(unit)
        each = list(self._exact_key())
        select.conditions += [key.is_not(None) for key in each]
        return select.counted(bind_unit, each)

    def _bind_unit(self, unit: ColumnRule) -> Binder:
        if unit.column is None:
            return binder(None, self._pieces.backend)
        return self._shapes[table_of(self._person, unit)].binder(unit.column, self._pieces.backend)

    def _in_pay(self, select: UnitSelect) -> Iterator[Element]:
        yield self._among(select, handles.PAYROLL_STATUS, IN_PAY)
        if handles.PERSON_STATUS in self._person.columns:
            status = self._element(self._person.columns[handles.PERSON_STATUS])
            yield sa.or_(
                status.is_(None), sa.not_(self._among(select, handles.PERSON_STATUS, GONE))
            )

    def _among(self, select: UnitSelect, name: IndicatorName, codes: frozenset[str]) -> Element:
        """The coded column holds one of the codes, in the department's own words."""
        rule, kind = self._person.columns[name], self._type(self._person.columns[name])
        if rule.const is not None:
            convert = guarded(code_reader(rule.codes, catalogue().indicators[name].code_set))
            return sa.true() if constant(rule, convert) in codes else sa.false()
        slots: list[Element] = []
        bind = binder(kind, self._pieces.backend)
        for value in (value for text in stored_words(rule, codes) for value in bind(text)):
            slots.append(slot(f"s{len(select.values)}"))
            select.values[f"s{len(select.values)}"] = value
        stored = self._pieces.compared(self._element(rule), kind)
        if is_text(kind) or not is_native(kind):
            stored = sa.func.trim(stored)
        return stored.in_(slots)

    def _exact_key(self) -> Iterator[Element]:
        columns = self._shapes[self._person.table].columns
        for name in self._person.key:
            yield self._pieces.exact(self._pieces.column(MAIN_ALIAS, name), columns[name])

    def _value(self, rule: ColumnRule) -> Element | None:
        return self._pieces.value(rule, join_alias(self._person, rule.join))

    def _element(self, rule: ColumnRule) -> Element:
        element = self._value(rule)
        return sa.null() if element is None else element

    def _type(self, rule: ColumnRule) -> TypeEngine[Any] | None:
        if rule.column is None:
            return None
        return self._shapes[table_of(self._person, rule)].columns[rule.column]
