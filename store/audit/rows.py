"""How entries become rows and are added: one statement on PostgreSQL, one transaction elsewhere."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, Insert, Table, bindparam, func, insert, select

from domain.audit.chain import Link
from store.engine import Database
from store.tables import AUDIT_ENTRY, AUDIT_SUBJECT

_ENTRY: Final = "e_"
_SUBJECT: Final = "s_"


class Chained(NamedTuple):
    """One entry ready to be kept: its link, its sealed payload and the hashes of its subjects."""

    link: Link
    sealed: bytes
    subjects: tuple[str, ...]


async def add_rows(database: Database, rows: Sequence[Chained]) -> None:
    """Adds all of them or none. Raises PlatformError."""
    if database.engine.dialect.name == "postgresql":
        await database.add_arrays("audit", _arrays(), _columns(rows))
        return
    async with database.writing() as connection:
        await connection.execute(insert(AUDIT_ENTRY), [_entry(row) for row in rows])
        if subjects := [subject for row in rows for subject in _subjects(row)]:
            await connection.execute(insert(AUDIT_SUBJECT), subjects)


def _entry(row: Chained) -> Mapping[str, Any]:
    return {**row.link._asdict(), "payload_sealed": row.sealed}


def _subjects(row: Chained) -> list[Mapping[str, Any]]:
    link = row.link
    return [
        {"chain": link.chain, "sequence": link.sequence, "subject_hmac": one, "at": link.at}
        for one in row.subjects
    ]


@cache
def _arrays() -> Insert:
    entries = _from_arrays(AUDIT_ENTRY, _ENTRY).cte("entries")
    return _from_arrays(AUDIT_SUBJECT, _SUBJECT).add_cte(entries)


def _from_arrays(table: Table, prefix: str) -> Insert:
    columns = list(table.c)
    arrays = (bindparam(f"{prefix}{c.name}", type_=ARRAY(c.type)) for c in columns)
    return insert(table).from_select(columns, select(*(func.unnest(array) for array in arrays)))


def _columns(rows: Sequence[Chained]) -> dict[str, list[Any]]:
    entries = [_entry(row) for row in rows]
    subjects = [subject for row in rows for subject in _subjects(row)]
    return {
        **{f"{_ENTRY}{c.name}": [row[c.name] for row in entries] for c in AUDIT_ENTRY.c},
        **{f"{_SUBJECT}{c.name}": [row[c.name] for row in subjects] for c in AUDIT_SUBJECT.c},
    }
