"""How entries become rows and are added: one statement on PostgreSQL, one transaction elsewhere."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, Insert, Text, bindparam, func, insert, select

from domain.audit.chain import Link
from store.engine import Database
from store.tables import AUDIT_ENTRY, AUDIT_SUBJECT

_SUBJECTS: Final = "subjects"
_SEPARATOR: Final = ","


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
    """Entries by arrays, one a column; the subjects of each come as one text, told apart there."""
    columns = list(AUDIT_ENTRY.c)
    arrays = [bindparam(c.name, type_=ARRAY(c.type)) for c in columns]
    texts = bindparam(_SUBJECTS, type_=ARRAY(Text))
    unnested = [func.unnest(array).label(c.name) for array, c in zip(arrays, columns, strict=True)]
    given = select(*unnested, func.unnest(texts).label(_SUBJECTS)).cte("given")
    kept = insert(AUDIT_ENTRY).from_select(columns, select(*(given.c[c.name] for c in columns)))
    hashes = func.unnest(func.string_to_array(given.c[_SUBJECTS], _SEPARATOR))
    index = AUDIT_SUBJECT.c
    each = select(given.c.chain, given.c.sequence, hashes, given.c.at)
    return (
        insert(AUDIT_SUBJECT)
        .from_select([index.chain, index.sequence, index.subject_hmac, index.at], each)
        .add_cte(kept.cte("kept"))
    )


def _columns(rows: Sequence[Chained]) -> dict[str, list[Any]]:
    entries = [_entry(row) for row in rows]
    return {
        **{c.name: [entry[c.name] for entry in entries] for c in AUDIT_ENTRY.c},
        _SUBJECTS: [_SEPARATOR.join(row.subjects) for row in rows],
    }
