"""Who was read by whom on which day last, under keyed hashes: what alerts are judged by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, and_, any_, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Database
from store.tables import AUDIT_SIGHTING

CHUNK: Final = 400
BEGINNING: Final = "since"
"""The kind of the row that tells since when an account has read anything."""
_row = AUDIT_SIGHTING.c
_COLUMNS: Final = [_row.reader_hmac, _row.kind, _row.subject_hmac, _row.seen_on]
_TEXTS: Final = ARRAY(_row.subject_hmac.type)


class Seen(NamedTuple):
    """What is new: how many were not seen since a day, and how many have been seen today."""

    fresh: int
    today: int


@dataclass(frozen=True, slots=True)
class Sightings:
    """The table of sightings; all workers write to the same."""

    database: Database

    async def known_since(self, reader: str, today: date) -> date:
        """The first day on which an account read anything; today where it is its first."""
        first = {"reader_hmac": reader, "kind": BEGINNING, "subject_hmac": reader}
        async with self.database.writing() as connection:
            kept = _insert(connection).values(**first, seen_on=today).on_conflict_do_nothing()
            await connection.execute(kept)
            statement = select(_row.seen_on).where(*(_row[k] == v for k, v in first.items()))
            day: date = (await connection.execute(statement)).scalar_one()
            return day

    async def note(
        self, reader: str, kind: str, subjects: Sequence[str], days: tuple[date, date]
    ) -> Seen:
        """Notes that these were read today; `days` are today and since when one is usual."""
        today, usual = days
        known: dict[str, date] = {}
        own = and_(_row.reader_hmac == reader, _row.kind == kind)
        async with self.database.writing() as connection:
            for part in _parts(connection, subjects):
                rows = select(_row.subject_hmac, _row.seen_on).where(own, part)
                known |= dict((await connection.execute(rows)).tuples().all())
            changed = [one for one in subjects if known.get(one) != today]
            if changed:
                await self._upsert(connection, reader, kind, (changed, today))
            count = select(func.count()).where(own, _row.seen_on == today)
            total = (await connection.execute(count)).scalar_one()
        fresh = sum(one not in known or known[one] < usual for one in subjects)
        return Seen(fresh, total)

    async def _upsert(
        self, connection: AsyncConnection, reader: str, kind: str, seen: tuple[list[str], date]
    ) -> None:
        # In one order everywhere, so that two processes cannot wait for each other.
        subjects, today = sorted(seen[0]), seen[1]
        if connection.dialect.name == "postgresql":
            each = func.unnest(literal(subjects, _TEXTS))
            given = select(literal(reader), literal(kind), each, literal(today))
            await connection.execute(_again(_insert(connection).from_select(_COLUMNS, given)))
            return
        common = {"reader_hmac": reader, "kind": kind, "seen_on": today}
        rows = [{**common, "subject_hmac": one} for one in subjects]
        await connection.execute(_again(_insert(connection)), rows)


def _parts(connection: AsyncConnection, subjects: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """Conditions that find all of these together; one list where the database takes lists."""
    if connection.dialect.name == "postgresql":
        yield _row.subject_hmac == any_(literal(list(subjects), _TEXTS))
        return
    for start in range(0, len(subjects), CHUNK):
        yield _row.subject_hmac.in_(subjects[start : start + CHUNK])


def _again(insert: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    """The same, where what is there already is seen anew."""
    new = {"seen_on": insert.excluded.seen_on}
    return insert.on_conflict_do_update(index_elements=_COLUMNS[:3], set_=new)


def _insert(connection: AsyncConnection) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(AUDIT_SIGHTING)
    return sqlite.insert(AUDIT_SIGHTING)
