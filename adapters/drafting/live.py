"""Every table and view of a database with columns, keys, foreign keys and comments."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import Inspector, ObjectKind
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import TableName

_OWN: Final = frozenset({"information_schema", "crdb_internal"})
_BESIDE: Final = (" COLLATE", " CHARACTER SET")


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """One column; `text` is its type as the database writes it."""

    name: str
    kind: TypeEngine[Any]
    text: str
    is_nullable: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: own columns, the other table, its columns."""

    columns: tuple[str, ...]
    table: TableName
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveTable:
    """One table or view; `unique` are the column sets that an index declares unique."""

    name: TableName
    columns: tuple[LiveColumn, ...]
    key: tuple[str, ...]
    unique: tuple[frozenset[str], ...]
    references: tuple[Reference, ...]
    comment: str

    @property
    def names(self) -> frozenset[str]:
        """The names of its columns."""
        return frozenset(column.name for column in self.columns)


def look_around(connection: sa.Connection) -> list[LiveTable]:
    """All tables and views, those of the default schema first; a fixed number of questions."""
    inspector = sa.inspect(connection)
    tables: list[LiveTable] = []
    for schema in _schemas(connection, inspector):
        tables += _of_schema(connection, inspector, schema)
    return tables


def _schemas(connection: sa.Connection, inspector: Inspector) -> list[str | None]:
    """Other schemas belong to the database on PostgreSQL; elsewhere to other owners."""
    if connection.dialect.name != "postgresql":
        return [None]
    others = (
        name
        for name in inspector.get_schema_names()
        if name not in {*_OWN, inspector.default_schema_name} and not name.startswith("pg_")
    )
    return [None, *sorted(others)]


def _of_schema(
    connection: sa.Connection, inspector: Inspector, schema: str | None
) -> Iterator[LiveTable]:
    asked: dict[str, Any] = {
        "schema": schema,
        "kind": ObjectKind.ANY,
    }  # Any: as SQLAlchemy takes it
    columns = inspector.get_multi_columns(**asked)
    keys = inspector.get_multi_pk_constraint(**asked)
    foreign = inspector.get_multi_foreign_keys(**asked)
    unique = inspector.get_multi_unique_constraints(**asked)
    indexes = inspector.get_multi_indexes(**asked)
    comments: Mapping[Any, Any] = {}  # Any: as above
    with suppress(NotImplementedError):  # SQLite keeps no comments.
        comments = inspector.get_multi_table_comment(**asked)
    for each in sorted(columns, key=lambda found: found[1]):
        sets = [frozenset(one["column_names"]) for one in unique.get(each, [])]
        sets += [_whole(one["column_names"]) for one in indexes.get(each, []) if one["unique"]]
        yield LiveTable(
            name=TableName(each[1], schema),
            columns=tuple(_column(connection, column) for column in columns[each]),
            key=tuple(keys[each]["constrained_columns"] if keys.get(each) else ()),
            unique=tuple(one for one in sets if one),
            references=tuple(_references(foreign.get(each, []), schema)),
            comment=(comments.get(each) or {}).get("text") or "",
        )


def _whole(names: Iterable[str | None]) -> frozenset[str]:
    """The columns of an index; none where it holds an expression."""
    listed = list(names)
    return frozenset() if None in listed else frozenset(str(name) for name in listed)


def _references(found: Iterable[Any], schema: str | None) -> Iterator[Reference]:  # Any: reflected
    for each in found:
        table = TableName(each["referred_table"], each["referred_schema"] or schema)
        yield Reference(tuple(each["constrained_columns"]), table, tuple(each["referred_columns"]))


def _column(connection: sa.Connection, column: ReflectedColumn) -> LiveColumn:
    return LiveColumn(
        column["name"],
        column["type"],
        _type_text(connection.dialect, column["type"]),
        bool(column["nullable"]),
        column.get("comment") or "",
    )


def _type_text(dialect: sa.Dialect, kind: TypeEngine[Any]) -> str:
    try:
        text = kind.compile(dialect=dialect)
    except sa.exc.CompileError:  # as of maps and shapes
        return "unknown type"
    for word in _BESIDE:
        text = text.partition(word)[0]
    return text
