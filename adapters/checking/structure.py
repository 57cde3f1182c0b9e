"""What the catalog alone says of keys, indexes, views and character sets. Pure."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateIndex

from adapters.checking.live import LiveSchema
from adapters.checking.problems import Problems
from adapters.checking.uses import Use
from adapters.mapping.model import SourceMapping, TableName
from adapters.sql.binds import is_text
from adapters.sql.kinds import mapped_columns

_LONGEST_NAME: Final = 30
"""What the strictest of the databases lets an index be called."""
_INDEXED: Final = 64
"""Characters of a text without a length that MySQL is to index."""
_WHOLE: Final = frozenset({"utf8mb4", "utf16", "utf32", "binary"})
_SHORT: Final = frozenset({"utf8", "utf8mb3", "ucs2"})
_NO_CHINESE: Final = frozenset({"latin1", "ascii", "latin2", "cp1250", "cp1251"})


def judge_uses(
    uses: Sequence[Use], live: LiveSchema, dialect: sa.Dialect, problems: Problems
) -> None:
    """Keys that may be NULL, and look-ups that no index serves."""
    told: set[tuple[TableName, frozenset[str]]] = set()
    for use in standing(uses, live):
        if use.is_key:
            _judge_key(use, live, problems)
        columns = frozenset(use.columns)
        if (use.table, columns) in told or live.tables[use.table].has_index(columns):
            continue
        told.add((use.table, columns))
        _missing_index(use, live, dialect, problems)


def standing(uses: Sequence[Use], live: LiveSchema) -> Iterator[Use]:
    """The uses whose table and columns are there."""
    for use in uses:
        shape = live.shapes.get(use.table)
        if shape is not None and shape.columns.keys() >= set(use.columns):
            yield use


def to_measure(uses: Sequence[Use], live: LiveSchema) -> list[Use]:
    """The uses that want one row where no index declares it."""
    return [
        use
        for use in standing(uses, live)
        if use.one_row and not live.tables[use.table].is_unique(frozenset(use.columns))
    ]


def _judge_key(use: Use, live: LiveSchema, problems: Problems) -> None:
    found = live.tables[use.table]
    nullable = [] if found.is_view else [name for name in use.columns if name in found.nullable]
    if nullable:
        names = ", ".join(nullable)
        message = f"{use.purpose} ({use.table}): {names} may be NULL: such rows are skipped"
        problems.warning(use.line, message, f"declare {names} NOT NULL")
    if found.is_view:
        message = f"{use.table} is a view: nothing declares its key, and its columns may be NULL"
        problems.info(use.line, message, "make sure that the tables beneath have a unique key")


def _missing_index(use: Use, live: LiveSchema, dialect: sa.Dialect, problems: Problems) -> None:
    names = ", ".join(use.columns)
    message = f"{use.purpose}: no index of {use.table} begins with {names}"
    if live.tables[use.table].is_view:
        problems.info(use.line, message, "index the tables beneath the view by these columns")
    else:
        tell = problems.info if use.is_seldom else problems.warning
        tell(use.line, message, f"{index_text(use, live, dialect)};")


def index_text(use: Use, live: LiveSchema, dialect: sa.Dialect) -> str:
    """The CREATE INDEX statement, quoted as the database wants it."""
    kinds = live.shapes[use.table].columns
    columns = [sa.Column(name, kinds[name]) for name in use.columns]
    table = sa.Table(use.table.name, sa.MetaData(), *columns, schema=use.table.schema)
    endless = [c.name for c in columns if isinstance(c.type, sa.Text | mysql.TEXT)]
    lengths = dict.fromkeys(endless, _INDEXED)
    options: dict[str, Any] = {f"{name}_length": lengths for name in ("mysql", "mariadb")}
    index = sa.Index(_index_name(use), *table.c, **(options if endless else {}))
    return " ".join(str(CreateIndex(index).compile(dialect=dialect)).split())


def _index_name(use: Use) -> str:
    name = "_".join(("ix", use.table.name, *use.columns))
    if len(name.encode()) <= _LONGEST_NAME and name.isascii():
        return name.lower()
    return f"ix_fourfold_{sha256(name.encode()).hexdigest()[:12]}"


def judge_texts(
    mapping: SourceMapping, live: LiveSchema, dialect: sa.Dialect, problems: Problems
) -> None:
    """Character sets that cannot hold every name."""
    if live.encoding not in {None, "UTF8"}:
        message = f"the database is encoded as {live.encoding}: not every name can be kept or asked"
        problems.warning(1, message, "move it to a database with ENCODING 'UTF8'")
    told: set[tuple[TableName, str]] = set()
    for _, rule, table, _ in mapped_columns(mapping):
        shape = live.shapes.get(table)
        kind = shape.columns.get(rule.column or "") if shape else None
        found = getattr(kind, "charset", None)
        if not is_text(kind) or found is None or found in _WHOLE or (table, found) in told:
            continue
        told.add((table, found))
        place = dialect.identifier_preparer.format_table(sa.table(table.name, schema=table.schema))
        remedy = f"ALTER TABLE {place} CONVERT TO CHARACTER SET utf8mb4;"
        _judge_character_set(rule.line, table, (found, remedy), problems)


def _judge_character_set(
    line: int, table: TableName, told: tuple[str, str], problems: Problems
) -> None:
    found, remedy = told
    if found in _SHORT:
        message = f"table {table} has {found} columns: rare characters of names are lost in them"
        problems.info(line, message, remedy)
        return
    what = "Chinese texts" if found in _NO_CHINESE else "characters outside of it"
    message = f"table {table} has {found} columns: {what} can neither be kept nor asked for"
    problems.warning(line, message, remedy)
