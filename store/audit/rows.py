"""How entries become rows and are added: one statement on PostgreSQL, one transaction elsewhere."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, Insert, Label, Text, bindparam, func, insert, select
from sqlalchemy.types import TypeEngine

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
    if database.is_leased:
        # An entry that comes alone, as most do, is given as it is: lists of one cost half as much.
        is_lone = len(rows) == 1
        values = _lone(rows[0]) if is_lone else _columns(rows)
        await database.add_given(("audit", is_lone), _added(is_lone=is_lone), values)
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
def _added(*, is_lone: bool) -> Insert:
    """One entry, or many by arrays, one a column; subjects come as one text, told apart there."""
    columns = list(AUDIT_ENTRY.c)
    entries = [_cell(c.name, c.type, is_lone=is_lone) for c in columns]
    texts = _cell(_SUBJECTS, Text(), is_lone=is_lone)
    given = select(*entries, texts).cte("given")
    kept = insert(AUDIT_ENTRY).from_select(columns, select(*(given.c[c.name] for c in columns)))
    hashes = func.unnest(func.string_to_array(given.c[_SUBJECTS], _SEPARATOR))
    index = AUDIT_SUBJECT.c
    each = select(given.c.chain, given.c.sequence, hashes, given.c.at)
    return (
        insert(AUDIT_SUBJECT)
        .from_select([index.chain, index.sequence, index.subject_hmac, index.at], each)
        .add_cte(kept.cte("kept"))
    )


def _cell(name: str, kind: TypeEngine[Any], *, is_lone: bool) -> Label[Any]:
    if is_lone:
        return bindparam(name, type_=kind).label(name)
    return func.unnest(bindparam(name, type_=ARRAY(kind))).label(name)


def _lone(row: Chained) -> dict[str, Any]:
    link, sealed, subjects = row
    return {**link._asdict(), "payload_sealed": sealed, _SUBJECTS: _SEPARATOR.join(subjects)}


def _columns(rows: Sequence[Chained]) -> dict[str, list[Any]]:
    links, sealed, subjects = zip(*rows, strict=True)
    columns: dict[str, list[Any]] = dict(
        zip(Link._fields, map(list, zip(*links, strict=True)), strict=True)
    )
    columns["payload_sealed"] = list(sealed)
    columns[_SUBJECTS] = list(map(_SEPARATOR.join, subjects))
    return columns
