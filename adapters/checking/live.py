"""The live schema as a check needs it: shapes, nullability, indexes, views, rights, version."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import unquote

import sqlalchemy as sa

from adapters.mapping.model import TableName
from adapters.sql.shapes import Shapes, look_at

_MYSQL: Final = frozenset({"mysql", "mariadb"})
_GRANT: Final = re.compile(r"GRANT (?P<rights>.+?) ON (?:TABLE )?(?P<place>\S+) TO", re.IGNORECASE)
_WRITES: Final = re.compile(
    r"\b(ALL PRIVILEGES|INSERT|UPDATE|DELETE|DROP|ALTER|CREATE|TRUNCATE)\b", re.IGNORECASE
)
_PG_WRITES: Final = sa.text(
    "SELECT has_table_privilege(to_regclass(CAST(:name AS text)), 'INSERT, UPDATE, DELETE')"
)
_MSSQL_WRITES: Final = sa.text("SELECT HAS_PERMS_BY_NAME(:name, 'OBJECT', 'INSERT')")
ORACLE_WRITES: Final = sa.text(
    "SELECT COUNT(*) FROM ("
    "SELECT privilege FROM session_privs "
    "WHERE privilege IN ('INSERT ANY TABLE', 'UPDATE ANY TABLE', 'DELETE ANY TABLE') "
    "UNION ALL SELECT privilege FROM all_tab_privs "
    "WHERE table_schema = :owner AND table_name = :name "
    "AND privilege IN ('INSERT', 'UPDATE', 'DELETE') "
    "UNION ALL SELECT 'OWNER' FROM dual WHERE :owner = USER)"
)
"""Rights of the account, of its roles and of everybody; an owner may always write."""


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """The columns of an index, in its order."""

    columns: tuple[str, ...]
    is_unique: bool

    def serves(self, columns: frozenset[str]) -> bool:
        """Whether rows are found by these columns without reading others."""
        return frozenset(self.columns[: len(columns)]) == columns


@dataclass(frozen=True, slots=True)
class LiveTable:
    """What stands around the columns of one table or view."""

    nullable: frozenset[str]
    indexes: tuple[LiveIndex, ...]
    is_view: bool

    def has_index(self, columns: frozenset[str]) -> bool:
        """Whether some index begins with these columns."""
        return any(index.serves(columns) for index in self.indexes)

    def is_unique(self, columns: frozenset[str]) -> bool:
        """Whether an index declares that no two rows are equal in these columns."""
        return any(i.is_unique and columns.issuperset(i.columns) for i in self.indexes)


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """One look at a database; `writable` names tables that the account could change."""

    backend: str
    version: tuple[int, ...]
    shapes: Shapes
    tables: Mapping[TableName, LiveTable]
    writable: tuple[str, ...]
    encoding: str | None


def look(connection: sa.Connection, names: Iterable[TableName]) -> LiveSchema:
    """Everything at once, from the catalog alone."""
    shapes = look_at(connection, names)
    inspector = sa.inspect(connection)
    return LiveSchema(
        backend=_backend(connection),
        version=_version(connection),
        shapes=shapes,
        tables={name: _table(inspector, name, shapes[name].primary_key) for name in shapes},
        writable=tuple(str(name) for name in shapes if _is_writable(connection, name)),
        encoding=_encoding(connection),
    )


def _backend(connection: sa.Connection) -> str:
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    return "mariadb" if is_mariadb else connection.dialect.name


def _version(connection: sa.Connection) -> tuple[int, ...]:
    found = connection.dialect.server_version_info or ()
    return tuple(part for part in found if isinstance(part, int))


def _table(inspector: sa.Inspector, name: TableName, key: tuple[str, ...]) -> LiveTable:
    columns = inspector.get_columns(name.name, schema=name.schema)
    indexes = [LiveIndex(key, is_unique=True)] if key else []
    constraints = _constraints(inspector, name)
    indexes += [LiveIndex(tuple(each["column_names"]), is_unique=True) for each in constraints]
    for index in inspector.get_indexes(name.name, schema=name.schema):
        options = index.get("dialect_options", {})
        is_whole = not options.get("postgresql_where") and not _has_lengths(options)
        names = _plain(index["column_names"])
        is_unique = bool(index["unique"]) and is_whole and len(names) == len(index["column_names"])
        indexes.append(LiveIndex(names, is_unique))
    return LiveTable(
        nullable=frozenset(c["name"] for c in columns if c["nullable"] and c["name"] not in key),
        indexes=tuple(index for index in indexes if index.columns),
        is_view=name.name in _views(inspector, name.schema),
    )


def _constraints(inspector: sa.Inspector, name: TableName) -> Iterable[Mapping[str, Any]]:
    try:
        return inspector.get_unique_constraints(name.name, schema=name.schema)
    except sa.exc.NoSuchTableError:
        # SQLite finds columns whatever the case of the name, and constraints by the very name.
        return ()


def _has_lengths(options: Mapping[str, object]) -> bool:
    """MySQL may index the first characters only: those being unique says nothing."""
    return any(key.endswith("_length") and value for key, value in options.items())


def _plain(names: Iterable[str | None]) -> tuple[str, ...]:
    """The columns before the first expression."""
    plain: list[str] = []
    for name in names:
        if name is None:
            break
        plain.append(name)
    return tuple(plain)


def _views(inspector: sa.Inspector, schema: str | None) -> frozenset[str]:
    views = set(inspector.get_view_names(schema=schema))
    if inspector.dialect.name == "postgresql":
        views |= set(inspector.get_materialized_view_names(schema=schema))
    return frozenset(views)


def _encoding(connection: sa.Connection) -> str | None:
    if connection.dialect.name != "postgresql":
        return None
    return str(connection.scalar(sa.text("SHOW server_encoding")))


def _is_writable(connection: sa.Connection, name: TableName) -> bool:
    """Asks the catalog; nothing is tried. Databases whose catalog is not known here: no."""
    backend = connection.dialect.name
    if backend in _MYSQL:
        database = name.schema or str(connection.scalar(sa.text("SELECT DATABASE()")))
        grants = connection.exec_driver_sql("SHOW GRANTS").scalars()
        return any(grants_write(str(grant), database, name.name) for grant in grants)
    if backend == "sqlite":
        path = unquote((connection.engine.url.database or "").removeprefix("file:"))
        return os.access(path, os.W_OK)
    if backend == "oracle":
        return bool(connection.scalar(ORACLE_WRITES, oracle_names(connection.dialect, name)))
    questions = {"postgresql": _PG_WRITES, "mssql": _MSSQL_WRITES}
    if backend not in questions:
        return False
    prepare = connection.dialect.identifier_preparer
    quoted = prepare.format_table(sa.table(name.name, schema=name.schema))
    return bool(connection.scalar(questions[backend], {"name": quoted}))


def oracle_names(dialect: sa.Dialect, name: TableName) -> dict[str, str]:
    """Owner and table as Oracle's catalog writes them: in capitals what needs no quotes."""
    prepare: Callable[[str], str] = dialect.denormalize_name
    owner = name.schema or dialect.default_schema_name or ""
    return {"owner": prepare(owner), "name": prepare(name.name)}


def grants_write(grant: str, database: str, table: str) -> bool:
    """Whether a line of SHOW GRANTS lets the account change this table."""
    found = _GRANT.match(grant)
    if found is None or not _WRITES.search(found["rights"]):
        return False
    place = found["place"].replace("`", "")
    of_database, _, of_table = place.rpartition(".")
    return _matches(of_database, database) and of_table in {"*", table}


def _matches(pattern: str, database: str) -> bool:
    """Database names of grants are LIKE patterns."""
    if pattern == "*":
        return True
    escaped = pattern.replace("\\_", "\0").replace("_", "?").replace("%", "*").replace("\0", "_")
    return fnmatchcase(database, escaped)
