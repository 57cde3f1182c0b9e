"""The tables of a mapping as they must be for it to fit; taken where no database is looked at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import (
    ColumnRule,
    EntityRule,
    JoinRule,
    RowsRule,
    SourceMapping,
    TableName,
)
from adapters.sql.kinds import mapped_columns
from adapters.sql.shapes import Shapes, TableShape
from domain.catalogue.indicators import ValueType

_TYPES: Final[Mapping[ValueType, TypeEngine[Any]]] = {
    ValueType.DATE: sa.Date(),
    ValueType.INT: sa.Integer(),
    ValueType.DECIMAL: sa.Numeric(),
}
_TEXT: Final = sa.String(60)
_Column = tuple[TableName, str, TypeEngine[Any]]


def assumed_shapes(mapping: SourceMapping) -> Shapes:
    """Keys are texts and declared; a date without a pattern is a date, a number a number."""
    columns: dict[TableName, dict[str, TypeEngine[Any]]] = {}
    keys: dict[TableName, tuple[str, ...]] = {}
    for entity in mapping.entities.values():
        keys[entity.table] = entity.key
        keys |= {join.table: tuple(join.on) for join in entity.joins.values()}
    for rule in mapping.operational.values():
        columns.setdefault(rule.table, {})
    for table, name, kind in _assumed(mapping):
        columns.setdefault(table, {}).setdefault(name, kind)
    return {table: TableShape(found, keys.get(table, ())) for table, found in columns.items()}


def _assumed(mapping: SourceMapping) -> Iterator[_Column]:
    for entity in mapping.entities.values():
        yield from ((table, name, _TEXT) for table, name in _linking(entity))
        for _, join in _joins(entity):
            yield from _of_period(join)
    for _, rule, table, value in mapped_columns(mapping):
        yield from ((table, name, _TEXT) for name in rule.parts)
        yield from _of_rule(table, rule, value)


def _of_period(join: JoinRule) -> Iterator[_Column]:
    for rule in join.period.rules if join.period else ():
        yield from _of_rule(join.table, rule, ValueType.DATE)


def _of_rule(table: TableName, rule: ColumnRule, value: ValueType) -> Iterator[_Column]:
    if rule.column is not None:
        is_plain = rule.date is None and rule.codes is None
        yield table, rule.column, _TYPES.get(value, _TEXT) if is_plain else _TEXT


def _linking(entity: EntityRule) -> Iterator[tuple[TableName, str]]:
    """The columns of keys, joins and orders."""
    yield from ((entity.table, name) for name in entity.key)
    for table, join in _joins(entity):
        yield from ((join.table, name) for name in join.on)
        yield from ((table, name) for name in join.on.values())
    for rows in entity.rows.values():
        yield from ((rows.table, name) for name in rows.on)
        yield from ((rows.table, name) for name, _ in rows.order)
        yield from ((entity.table, name) for name in rows.on.values())


def _joins(entity: EntityRule) -> Iterator[tuple[TableName, JoinRule]]:
    """Each join of the entity and of its child rows, after the table it hangs on."""
    holders: Sequence[EntityRule | RowsRule] = (entity, *entity.rows.values())
    for holder in holders:
        for join in holder.joins.values():
            yield holder.joins[join.parent].table if join.parent else holder.table, join
