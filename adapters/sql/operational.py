"""Statements over pools, plans, occupations and the payroll: sums and counts by unit and type, made in the source."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import MAIN, ColumnRule, EntityRule, OperationalRule, TableName
from adapters.sql.binds import Binder, binder, date_bind
from adapters.sql.pieces import (
    MAIN_ALIAS,
    ZERO,
    Element,
    Pieces,
    Statement,
    join_alias,
    slot,
    table,
)
from adapters.sql.shapes import Shapes, table_of
from domain.catalogue import handles

FIRST_DAY: Final = date(1000, 1, 1)
"""Anything before it, an empty text and 0000-00-00 are no date."""
IN_PAY: Final = "1"
GONE: Final = frozenset({"4", "5", "6", "7"})
"""personStatus: left, retired on veteran terms, retired, deceased."""


@dataclass(frozen=True, slots=True)
class UnitStatement:
    """A statement over one row or group a (unit, type, …); `bind_unit` turns unit keys into parameters."""

    statement: Statement
    bind_unit: Binder
    type_rule: ColumnRule


class OperationalStatements:
    """Builds the statements; `size` is the number of unit slots."""

    def __init__(self, rules: dict[str, OperationalRule], shapes: Shapes, pieces: Pieces) -> None:
        self._rules = rules
        self._shapes = shapes
        self._pieces = pieces

    def pools(self, size: int) -> UnitStatement:
        """unit, type, approved, locked of each pool."""
        rule = self._rules["pool"]
        numbers = [self._element(rule, name) for name in ("approved", "locked")]
        return self._by_unit(rule, numbers, [], size, grouped=False)

    def occupied(self, size: int) -> UnitStatement:
        """unit, type, persons of the occupations in force."""
        rule = self._rules["occupation"]
        person = self._element(rule, "person")
        return self._by_unit(
            rule, [sa.func.count(sa.distinct(person))], self._in_force(rule), size, grouped=True
        )

    def plans(self, size: int) -> UnitStatement:
        """unit, type, approved - used - returned of the plans in force."""
        rule = self._rules["plan"]
        spent = [sa.func.coalesce(self._element(rule, name), ZERO) for name in ("used", "returned")]
        unused = sa.func.sum(self._element(rule, "approved") - spent[0] - spent[1])
        return self._by_unit(
            rule, [unused], self._open_end(rule, "valid_until"), size, grouped=True
        )

    def dates(self, name: str, today: date, tomorrow: date) -> dict[str, object]:
        """The date parameters of the statement over `name`."""
        rule = self._rules[name]
        days = {"tomorrow": tomorrow, "today": today, "first_day": FIRST_DAY}
        words = {
            "from": ("tomorrow",),
            "to": ("tomorrow", "first_day"),
            "valid_until": ("today", "first_day"),
        }
        return {
            f"{column}_{day}": self._date(rule, column, days[day])
            for column, needed in words.items()
            if column in rule.columns
            for day in needed
        }

    def _date(self, rule: OperationalRule, name: str, day: date) -> object:
        column = rule.columns[name]
        return date_bind(day, self._type(rule.table, column), column.date, self._pieces.backend)

    def _in_force(self, rule: OperationalRule) -> list[Element]:
        conditions = self._open_end(rule, "to")
        if "from" in rule.columns:
            conditions.append(self._element(rule, "from") < slot("from_tomorrow"))
        return conditions

    def _open_end(self, rule: OperationalRule, name: str) -> list[Element]:
        if name not in rule.columns:
            return []
        element = self._element(rule, name)
        last = slot("to_tomorrow" if name == "to" else f"{name}_today")
        return [sa.or_(element.is_(None), element >= last, element < slot(f"{name}_first_day"))]

    def _by_unit(
        self,
        rule: OperationalRule,
        numbers: list[Element],
        conditions: list[Element],
        size: int,
        *,
        grouped: bool,
    ) -> UnitStatement:
        unit, kind = self._element(rule, "unit"), self._element(rule, "type")
        select = (
            sa.select(
                unit.label("u"), kind.label("t"), *(n.label(f"n{i}") for i, n in enumerate(numbers))
            )
            .select_from(table(rule.table, MAIN_ALIAS))
            .where(
                self._pieces.keys_in([unit], size),
                *conditions,
                *self._pieces.live(rule.where, MAIN_ALIAS),
            )
        )
        if grouped:
            select = select.group_by(unit, kind)
        bind = self._binder(rule.table, rule.columns["unit"])
        return UnitStatement(self._pieces.runnable(select), bind, rule.columns["type"])

    def _element(self, rule: OperationalRule, name: str) -> Element:
        column = rule.columns.get(name)
        element = self._pieces.value(column, MAIN_ALIAS) if column else None
        return sa.null() if element is None else element

    def _type(self, name: TableName, rule: ColumnRule) -> TypeEngine[Any] | None:
        return self._shapes[name].columns[rule.column] if rule.column else None

    def _binder(self, name: TableName, rule: ColumnRule) -> Binder:
        return binder(self._type(name, rule) or sa.types.NullType(), self._pieces.backend)

    def headcount(
        self, person: EntityRule, size: int
    ) -> tuple[UnitStatement, dict[str, object]] | None:
        """unit, type, persons in pay, with the parameters for the status columns; None where that is not kept."""
        columns = person.columns
        unit = columns.get(handles.PAYROLL_UNIT_CODE) or columns.get(handles.OCCUPIED_UNIT_CODE)
        kind, status = columns.get(handles.ESTABLISHMENT_TYPE), columns.get(handles.PAYROLL_STATUS)
        if unit is None or kind is None or status is None:
            return None
        statuses = _StatusFilter(self, person)
        conditions = [statuses.among(status, frozenset({IN_PAY}))]
        if gone := columns.get(handles.PERSON_STATUS):
            conditions.append(statuses.not_among(gone, GONE))
        used = [unit, kind, status, *([gone] if gone else [])]
        unit_element, kind_element = (self._of_person(person, rule) for rule in (unit, kind))
        select = (
            sa.select(unit_element.label("u"), kind_element.label("t"), sa.func.count().label("n0"))
            .select_from(
                self._pieces.entity_from(person, sorted({rule.join for rule in used} - {MAIN}))
            )
            .where(self._pieces.keys_in([unit_element], size), *conditions)
            .where(*self._pieces.live(person.where, MAIN_ALIAS))
            .group_by(unit_element, kind_element)
        )
        bind = self._binder(table_of(person, unit), unit)
        return UnitStatement(self._pieces.runnable(select), bind, kind), statuses.values

    def _of_person(self, person: EntityRule, rule: ColumnRule) -> Element:
        element = self._pieces.value(rule, join_alias(person, rule.join))
        return sa.null() if element is None else element


class _StatusFilter:
    """Conditions on coded columns, standard codes translated back to what the department stores."""

    def __init__(self, statements: OperationalStatements, person: EntityRule) -> None:
        self._statements = statements
        self._person = person
        self.values: dict[str, object] = {}

    def among(self, rule: ColumnRule, codes: frozenset[str]) -> Element:
        """The column holds one of the codes."""
        return self._statements._of_person(self._person, rule).in_(self._slots(rule, codes))  # noqa: SLF001 - its own helper

    def not_among(self, rule: ColumnRule, codes: frozenset[str]) -> Element:
        """The column is empty or holds none of the codes."""
        element = self._statements._of_person(self._person, rule)  # noqa: SLF001
        return sa.or_(element.is_(None), element.not_in(self._slots(rule, codes)))

    def _slots(self, rule: ColumnRule, codes: frozenset[str]) -> list[Element]:
        bind = self._statements._binder(table_of(self._person, rule), rule)  # noqa: SLF001
        names = []
        for value in (v for text in _stored(rule, codes) for v in bind(text)):
            names.append(f"s{len(self.values)}")
            self.values[names[-1]] = value
        return [slot(name) for name in names]


def _stored(rule: ColumnRule, codes: frozenset[str]) -> list[str]:
    if rule.codes is None:
        return sorted(codes)
    return [stored for stored, code in rule.codes.items() if code in codes]
