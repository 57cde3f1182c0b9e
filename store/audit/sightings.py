"""Who was read by whom on which day last, under keyed hashes: what alerts are judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Database
from store.tables import AUDIT_SIGHTING

CHUNK: Final = 400
BEGINNING: Final = "since"
"""The kind of the row that tells since when an account has read anything."""
_row = AUDIT_SIGHTING.c


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
            for start in range(0, len(subjects), CHUNK):
                part = _row.subject_hmac.in_(subjects[start : start + CHUNK])
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
        subjects, today = seen
        insert = _insert(connection)
        keys = [_row.reader_hmac, _row.kind, _row.subject_hmac]
        statement = insert.on_conflict_do_update(
            index_elements=keys, set_={"seen_on": insert.excluded.seen_on}
        )
        common = {"reader_hmac": reader, "kind": kind, "seen_on": today}
        # In one order everywhere, so that two processes cannot wait for each other.
        rows = [{**common, "subject_hmac": one} for one in sorted(subjects)]
        await connection.execute(statement, rows)


def _insert(connection: AsyncConnection) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(AUDIT_SIGHTING)
    return sqlite.insert(AUDIT_SIGHTING)
