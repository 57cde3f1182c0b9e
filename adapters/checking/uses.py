"""How the statements of a mapping find rows: keys, joins, child tables, searches, units."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adapters.mapping.expressions import Expression
from adapters.mapping.model import MAIN, EntityRule, RowsRule, SourceMapping, TableName
from adapters.sql.headcount import keeps_headcount, unit_rule
from adapters.sql.shapes import table_of
from domain.catalogue import handles
from domain.model.keys import EntityKind, IndicatorName

_SEARCHED: Final[dict[EntityKind, tuple[IndicatorName, ...]]] = {
    EntityKind.PERSON: (handles.ID_NUMBER, handles.PERSON_NAME, handles.OCCUPIED_UNIT_CODE),
    EntityKind.UNIT: (handles.UNIT_CODE, handles.USCC, handles.PARENT_UNIT_CODE),
}
_FILTERED: Final[dict[EntityKind, tuple[IndicatorName, ...]]] = {
    EntityKind.PERSON: (handles.ESTABLISHMENT_ENTRY_DATE,),
    EntityKind.UNIT: (handles.UNIT_NAME, handles.UNIT_DIVISION),
}
"""Filters that leave few rows; one by a code leaves so many that no index would be used."""


@dataclass(frozen=True, slots=True)
class Use:
    """Columns that rows are looked up by; `one_row`: at most one row is meant to be found.

    `is_seldom`: by lists that are asked for so, by nothing else.
    """

    purpose: str
    line: int
    table: TableName
    columns: tuple[str, ...]
    where: Expression | None = None
    is_key: bool = False
    one_row: bool = False
    is_seldom: bool = False


def uses_of(mapping: SourceMapping) -> Iterator[Use]:
    """Every way rows are looked up."""
    for entity in mapping.entities.values():
        yield _key(entity)
        yield from _joins(entity)
        for rows in entity.rows.values():
            purpose = f"rows of {rows.category}"
            yield Use(purpose, rows.line, rows.table, tuple(rows.on), rows.where)
            yield from _joins(rows)
        yield from _searches(entity)
    for name, rule in mapping.operational.items():
        unit = rule.columns.get("unit")
        if unit is not None and unit.column is not None:
            yield Use(f"{name} of a unit", unit.line, rule.table, (unit.column,), rule.where)


def link_key_use(mapping: SourceMapping) -> Use | None:
    """The key that links persons without ID numbers: nothing is looked up by it here."""
    person = mapping.entities.get(EntityKind.PERSON)
    rule = person.link_key.rule if person and person.link_key else None
    if person is None or rule is None or rule.column is None:
        return None
    where = person.where if rule.join == MAIN else person.joins[rule.join].where
    table = table_of(person, rule)
    return Use("the link key", rule.line, table, (rule.column,), where, one_row=True)


def _key(entity: EntityRule) -> Use:
    return Use(
        f"the key of {entity.kind}",
        entity.line,
        entity.table,
        entity.key,
        entity.where,
        is_key=True,
        one_row=True,
    )


def _joins(holder: EntityRule | RowsRule) -> Iterator[Use]:
    """A join of periods may find many rows: the one in force is chosen."""
    for join in holder.joins.values():
        purpose, is_one = f"the join {join.name!r}", join.period is None
        yield Use(purpose, join.line, join.table, tuple(join.on), join.where, one_row=is_one)


def _searches(entity: EntityRule) -> Iterator[Use]:
    found = {name: entity.columns.get(name) for name in _SEARCHED[entity.kind]}
    if entity.kind is EntityKind.PERSON and keeps_headcount(entity):
        found[handles.PAYROLL_UNIT_CODE] = unit_rule(entity)
    for name, rule in found.items():
        if rule is not None and rule.column is not None:
            yield Use(f"search by {name}", rule.line, table_of(entity, rule), (rule.column,))
    for name in _FILTERED[entity.kind]:
        if (rule := entity.columns.get(name)) is not None and rule.column is not None:
            place = table_of(entity, rule)
            purpose = f"lists filtered by {name}"
            yield Use(purpose, rule.line, place, (rule.column,), is_seldom=True)
