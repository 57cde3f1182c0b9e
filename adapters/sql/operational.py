"""Statements over pools, plans and occupations."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import ColumnRule, OperationalRule
from adapters.sql.binds import Binder, binder
from adapters.sql.in_force import InForce
from adapters.sql.kept import kept
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, table
from adapters.sql.shapes import Shapes
from adapters.sql.successions import SuccessionPlan, succession_plan
from adapters.sql.unit_plans import UnitPlan, UnitSelect


class OperationalPlans:
    """All statements over the operational entities; `size` is the number of unit slots."""

    def __init__(
        self, rules: Mapping[str, OperationalRule], shapes: Shapes, pieces: Pieces
    ) -> None:
        self._rules = rules
        self._shapes = shapes
        self._pieces = pieces
        self.pools = kept(self._pools)
        self.plans = kept(self._plans)
        self.occupied = kept(self._occupied)
        self.successions = kept(self._successions)

    def _pools(self, size: int) -> UnitPlan:
        """unit, type, approved, locked."""
        rule = self._rules["pool"]
        select = self._select(rule, size)
        self._read_numbers(select, rule, "approved", "locked")
        return select.rows(self._bind_unit(rule))

    def _plans(self, size: int) -> UnitPlan:
        """unit, type, approved, used, returned of each plan in force."""
        rule = self._rules["plan"]
        select = self._select(rule, size)
        self._read_numbers(select, rule, "approved")
        self._read_numbers(select, rule, "used", "returned", absent=0)
        in_force = InForce(rule, self._shapes[rule.table], self._pieces, select.days)
        select.conditions += in_force.plans()
        return select.rows(self._bind_unit(rule))

    def _occupied(self, size: int) -> UnitPlan:
        """unit, type, persons in force; several occupations of one person count once."""
        rule = self._rules["occupation"]
        select = self._select(rule, size)
        person = self._element(rule.columns["person"])
        in_force = InForce(rule, self._shapes[rule.table], self._pieces, select.days)
        select.conditions += [*in_force.occupations(), person.is_not(None)]
        exact = self._pieces.exact(person, self._type(rule, rule.columns["person"]))
        return select.counted(self._bind_unit(rule), [exact])

    def _successions(self) -> SuccessionPlan:
        """predecessor, successor, kind, day of every event."""
        return succession_plan(self._rules["succession"], self._pieces)

    def _select(self, rule: OperationalRule, size: int) -> UnitSelect:
        select = UnitSelect(self._pieces, table(rule.table, MAIN_ALIAS))
        unit, kind = rule.columns["unit"], rule.columns["type"]
        element, unit_type = self._element(unit), self._type(rule, unit)
        select.read_unit(self._pieces.exact(element, unit_type))
        stored = self._pieces.value(kind, MAIN_ALIAS)
        if stored is not None:
            stored = self._pieces.exact(stored, self._type(rule, kind))
        select.read_type(kind, stored)
        select.conditions += [
            self._pieces.keys_in([self._pieces.compared(element, unit_type)], size),
            *self._pieces.live(rule.where, MAIN_ALIAS),
        ]
        return select

    def _read_numbers(
        self, select: UnitSelect, rule: OperationalRule, *names: str, absent: int | None = None
    ) -> None:
        for name in names:
            column = rule.columns.get(name)
            element = self._pieces.value(column, MAIN_ALIAS) if column else None
            select.read_number(column, element, absent)

    def _element(self, column: ColumnRule) -> Element:
        element = self._pieces.value(column, MAIN_ALIAS)
        return sa.null() if element is None else element

    def _type(self, rule: OperationalRule, column: ColumnRule) -> TypeEngine[Any] | None:
        return self._shapes[rule.table].columns[column.column] if column.column else None

    def _bind_unit(self, rule: OperationalRule) -> Binder:
        unit, backend = rule.columns["unit"].column, self._pieces.backend
        return self._shapes[rule.table].binder(unit, backend) if unit else binder(None, backend)
