"""What the live schema looks like: reflected at opening, again after it proved wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import MAIN, ColumnRule, EntityRule, RowsRule, SourceMapping, TableName
from adapters.sql.binds import NO_SPACES, Binder, Spaces, binder

_WITH_CHARACTER_SETS: Final = frozenset({"mysql", "mariadb"})
_CHARACTER_SETS: Final = sa.text(
    "SELECT column_name, character_set_name FROM information_schema.columns "
    "WHERE table_schema = COALESCE(:schema, DATABASE()) AND table_name = :name"
)


@dataclass(frozen=True, slots=True)
class TableShape:
    """Columns with their types, and the primary key, of one live table or view."""

    columns: Mapping[str, TypeEngine[Any]]
    primary_key: tuple[str, ...]
    spaces: Mapping[str, Spaces] = field(default_factory=dict)
    """The text columns that hold keys with blanks around them."""

    def binder(self, column: str, dialect: str) -> Binder:
        """Key texts to the values to ask this column for."""
        return binder(self.columns[column], dialect, self.spaces.get(column, NO_SPACES))


Shapes = Mapping[TableName, TableShape]


def look_at(connection: sa.Connection, names: Iterable[TableName]) -> dict[TableName, TableShape]:
    """The shapes of the tables that exist."""
    inspector = sa.inspect(connection)
    shapes: dict[TableName, TableShape] = {}
    for name in names:
        try:
            columns = inspector.get_columns(name.name, schema=name.schema)
            # SQLite finds columns whatever the case of the name, a key by the very name.
            key = inspector.get_pk_constraint(name.name, schema=name.schema)["constrained_columns"]
        except sa.exc.NoSuchTableError:
            continue
        types = {column["name"]: column["type"] for column in columns}
        if connection.dialect.name in _WITH_CHARACTER_SETS:
            _note_character_sets(connection, name, types)
        shapes[name] = TableShape(types, tuple(key))
    return shapes


def _note_character_sets(
    connection: sa.Connection, name: TableName, types: Mapping[str, TypeEngine[Any]]
) -> None:
    """Completes the types: reflection gives a character set only where it is not the table's."""
    rows = connection.execute(_CHARACTER_SETS, {"schema": name.schema, "name": name.name})
    for column, character_set in rows:
        if hasattr(types.get(column), "charset"):
            types[column].charset = character_set  # type: ignore[attr-defined] # just tested


def tables_of(mapping: SourceMapping) -> list[TableName]:
    """Every table a mapping names, once."""
    names: dict[TableName, None] = {}
    for entity in mapping.entities.values():
        names[entity.table] = None
        names |= dict.fromkeys(join.table for join in entity.joins.values())
        for rows in entity.rows.values():
            names[rows.table] = None
            names |= dict.fromkeys(join.table for join in rows.joins.values())
    names |= dict.fromkeys(rule.table for rule in mapping.operational.values())
    return list(names)


def table_of(holder: EntityRule | RowsRule, rule: ColumnRule) -> TableName:
    """The table a column of the entity, or of child rows, is read from."""
    return holder.table if rule.join == MAIN else holder.joins[rule.join].table


def tie_breakers(
    shape: TableShape, known: frozenset[str], mapped: Iterable[str]
) -> tuple[str, ...]:
    """Columns that tell rows apart whose `known` ones are equal: the key's, else all mapped."""
    if shape.primary_key and known.issuperset(shape.primary_key):
        return ()
    names = shape.primary_key or sorted(set(mapped))
    return tuple(name for name in names if name not in known)
