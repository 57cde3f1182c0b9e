"""The physical tables of a layout as SQLAlchemy tables; the indexes are made after loading."""

from typing import Any, Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
)
from sqlalchemy.types import TypeEngine

from demo.layouts import Column as ColumnLayout
from demo.layouts import Layout, TableLayout
from domain.catalogue import handles as h

_PLAIN: Final[dict[str, type[TypeEngine[Any]]]] = {  # Any: each is an engine of its own value type
    "int": Integer,
    "big": BigInteger,
    "date": Date,
    "datetime": DateTime,
    "boolean": Boolean,
}
_OPERATIONAL_KEYS: Final = {
    "pool": ("@unit", "@type"),
    "plan": ("@no",),
    "leader_line": ("@unit", "@rank"),
}
_INDEXED: Final = frozenset(
    {
        h.PERSON_NAME, h.ID_NUMBER, h.OCCUPIED_UNIT_CODE, h.WORK_UNIT_CODE, h.UNIT_CODE,
        h.UNIT_NAME, h.USCC, h.PARENT_UNIT_CODE, h.COMPETENT_DEPT_CODE, h.PAYROLL_UNIT_CODE,
    }
)  # fmt: skip


def _type(text: str) -> TypeEngine[Any]:  # Any: as above
    name, _, size = text.rstrip(")").partition("(")
    if name in _PLAIN:
        return _PLAIN[name]()
    if name == "num":
        whole, places = size.split(",")
        return Numeric(int(whole), int(places))
    return (CHAR if name == "char" else String)(int(size))


def _key_sources(table: TableLayout) -> tuple[str, ...]:
    if ".rows." in table.part or table.part == "occupation":
        return ()
    return _OPERATIONAL_KEYS.get(table.part, ("@key",))


def _column(layout: ColumnLayout, keys: tuple[str, ...]) -> Column[object]:
    is_key = layout.source in keys
    return Column(
        layout.name,
        _type(layout.type),
        primary_key=is_key,
        nullable=not is_key,
        autoincrement=False,
    )


def _table(table: TableLayout, metadata: MetaData) -> Table:
    keys = _key_sources(table)
    columns = [_column(column, keys) for column in table.columns]
    return Table(table.name, metadata, *columns, mysql_engine="InnoDB", mysql_charset="utf8mb4")


def _index_groups(table: TableLayout) -> list[tuple[str, ...]]:
    groups: list[tuple[str, ...]] = [(c.name,) for c in table.columns if c.source in _INDEXED]
    by_source = {column.source: column.name for column in table.columns}
    if ".rows." in table.part:
        groups.append((by_source["@key"],))
    if table.part == "occupation":
        groups += [(by_source["@unit"], by_source["@type"]), (by_source["@person"],)]
    if table.part == "plan":
        groups.append((by_source["@unit"], by_source["@type"]))
    return groups


def build_tables(layout: Layout) -> MetaData:
    """All tables of one department, without the indexes that `build_indexes` adds after loading."""
    metadata = MetaData()
    for table in layout.tables:
        _table(table, metadata)
    return metadata


def build_indexes(layout: Layout, metadata: MetaData) -> list[Index]:
    """The indexes of all tables: keys of child tables, numbers, names, units, occupation."""
    return [
        Index(
            f"ix_{table.name}_{'_'.join(names)}"[:60],
            *(metadata.tables[table.name].c[n] for n in names),
        )
        for table in layout.tables
        for names in _index_groups(table)
    ]
