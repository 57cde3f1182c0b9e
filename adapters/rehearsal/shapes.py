"""The tables of a mapping as they must be for it to fit; taken where no database is looked at."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import EntityRule, SourceMapping, TableName
from adapters.sql.kinds import mapped_columns
from adapters.sql.shapes import Shapes, TableShape
from domain.catalogue.indicators import ValueType

_TYPES: Final[Mapping[ValueType, TypeEngine[Any]]] = {
    ValueType.DATE: sa.Date(),
    ValueType.INT: sa.Integer(),
    ValueType.DECIMAL: sa.Numeric(),
}
_TEXT: Final = sa.String(60)


def assumed_shapes(mapping: SourceMapping) -> Shapes:
    """Keys are texts and declared; a date without a pattern is a date, a number a number."""
    columns: dict[TableName, dict[str, TypeEngine[Any]]] = {}
    keys: dict[TableName, tuple[str, ...]] = {}
    for entity in mapping.entities.values():
        keys[entity.table] = entity.key
        keys |= {join.table: tuple(join.on) for join in entity.joins.values()}
        for table, name in _linking(entity):
            columns.setdefault(table, {}).setdefault(name, _TEXT)
    for rule in mapping.operational.values():
        columns.setdefault(rule.table, {})
    for _, column, table, value in mapped_columns(mapping):
        if column.column is not None:
            is_plain = column.date is None and column.codes is None
            kind = _TYPES.get(value, _TEXT) if is_plain else _TEXT
            columns.setdefault(table, {}).setdefault(column.column, kind)
    return {table: TableShape(found, keys.get(table, ())) for table, found in columns.items()}


def _linking(entity: EntityRule) -> Iterator[tuple[TableName, str]]:
    """The columns of keys, joins and orders."""
    yield from ((entity.table, name) for name in entity.key)
    for join in entity.joins.values():
        parent = entity.joins[join.parent].table if join.parent else entity.table
        yield from ((join.table, name) for name in join.on)
        yield from ((parent, name) for name in join.on.values())
    for rows in entity.rows.values():
        yield from ((rows.table, name) for name in rows.on)
        yield from ((rows.table, name) for name, _ in rows.order)
        yield from ((entity.table, name) for name in rows.on.values())
