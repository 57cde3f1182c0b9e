"""Counters of failed sign-ins under keyed hashes, changed by one process at a time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.model.attempts import Charge, Count
from store.engine import Database
from store.sealing import Seals
from store.tables import SIGN_IN_COUNT

_CONTEXT: Final = "sign-in-count"
_KEPT: Final = timedelta(hours=1)
Hashes = Mapping[str, str]


class SignInCounts:
    """The table of counters."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def charge(
        self, keys: Sequence[str], decide: Callable[[Mapping[str, Count]], Charge], now: datetime
    ) -> Charge:
        """Read the counters, decide, and keep the new ones; no other process comes between."""
        hashes = {key: self._seals.blind_index(key, _CONTEXT) for key in keys}
        async with self._database.writing() as connection:
            await _forget_old(connection, now)
            await _add_missing(connection, hashes, now)
            charge = decide(await _read(connection, hashes))
            for key, count in charge.counts.items():
                await _write(connection, hashes[key], count)
        return charge


async def _forget_old(connection: AsyncConnection, now: datetime) -> None:
    column = SIGN_IN_COUNT.c
    is_open = or_(column.locked_until.is_(None), column.locked_until < now)
    old = select(column.subject_hmac).where(column.first_at < now - _KEPT, is_open)
    # Rows that another process holds are left to it: waiting for them could end in a circle.
    free = old.with_for_update(skip_locked=True)
    await connection.execute(delete(SIGN_IN_COUNT).where(column.subject_hmac.in_(free)))


async def _add_missing(connection: AsyncConnection, hashes: Hashes, now: datetime) -> None:
    # Sorted, so that two processes that need the same rows take them in the same order.
    rows = [
        {"subject_hmac": each, "failures": 0, "first_at": now} for each in sorted(hashes.values())
    ]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(dialect.insert(SIGN_IN_COUNT).on_conflict_do_nothing(), rows)


async def _read(connection: AsyncConnection, hashes: Hashes) -> dict[str, Count]:
    column = SIGN_IN_COUNT.c
    query = (
        select(SIGN_IN_COUNT)
        .where(column.subject_hmac.in_(hashes.values()))
        .order_by(column.subject_hmac)
        .with_for_update()
    )
    rows = {row["subject_hmac"]: row for row in (await connection.execute(query)).mappings()}
    return {
        key: Count(rows[h]["failures"], rows[h]["first_at"], rows[h]["locked_until"])
        for key, h in hashes.items()
    }


async def _write(connection: AsyncConnection, subject: str, count: Count) -> None:
    query = update(SIGN_IN_COUNT).where(SIGN_IN_COUNT.c.subject_hmac == subject)
    await connection.execute(
        query.values(
            failures=count.failures, first_at=count.first_at, locked_until=count.locked_until
        )
    )
