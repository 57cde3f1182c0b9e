"""Notes of what was written, so that the caches of every process forget it in time."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.model.changes import Change
from domain.model.keys import SourceName
from store.engine import Database
from store.tables import CACHE_CHANGE

MOST_TOKENS: Final = 200
"""Where one transaction changes more than this, its note says: everything."""
KEPT: Final = timedelta(hours=1)
ADVISORY_LOCK: Final = 4_004_005


@dataclass(slots=True)
class Changed:
    """What one transaction changes of the links."""

    tokens: set[str] = field(default_factory=set)
    everything: bool = False

    @property
    def noted(self) -> Sequence[str | None]:
        """The tokens of the notes to write; None for all there are."""
        if self.everything or len(self.tokens) > MOST_TOKENS:
            return [None]
        return sorted(self.tokens)


@asynccontextmanager
async def changing_links(database: Database) -> AsyncIterator[tuple[AsyncConnection, Changed]]:
    """A transaction that changes links: what it changed is noted with it and forgotten after it."""
    changed = Changed()
    async with database.writing() as connection:
        yield connection, changed
        await note_changes(connection, None, changed.noted)
    for memory in (database.memory, database.units):
        if memory is None:
            continue
        if None in changed.noted:
            memory.forget_all()
        else:
            memory.forget(changed.tokens)


async def note_changes(
    connection: AsyncConnection, source: SourceName | None, tokens: Iterable[str | None]
) -> None:
    """Notes what this transaction changes of a source's rows, or of the links (None).

    The last statement of its transaction: others who note wait until it has ended, so that a
    number is never seen before a smaller one.
    """
    rows = [{"source": source, "token": token} for token in tokens]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:key)")
        await connection.execute(lock, {"key": ADVISORY_LOCK})
    await connection.execute(insert(CACHE_CHANGE), rows)


class ChangeLog:
    """The notes of all processes, in the order of their commits."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def note_rows(self, source: SourceName, key_hashes: Sequence[str]) -> None:
        """Notes that rows of a source were changed; by `key_index`, for a key may be personal."""
        tokens: list[str | None] = [*key_hashes] if len(key_hashes) <= MOST_TOKENS else [None]
        async with self._database.writing() as connection:
            await note_changes(connection, source, tokens)

    async def newest(self) -> int:
        """The number of the last note; 0 where there is none."""
        statement = select(func.coalesce(func.max(CACHE_CHANGE.c.id), 0).label("newest"))
        (row,) = await self._database.read(statement, {})
        return int(row["newest"])

    async def list_behind(self, number: int, limit: int) -> list[Change]:
        """The first so many notes behind this number, in their order."""
        note = CACHE_CHANGE.c
        statement = (
            select(note.id, note.source, note.token)
            .where(note.id > bindparam("number"))
            .order_by(note.id)
            .limit(limit)
        )
        return [
            Change(*row.values())
            for row in await self._database.read(statement, {"number": number})
        ]

    async def clean(self) -> None:
        """Takes away notes that every process has seen long ago, or was told to forget all."""
        old = CACHE_CHANGE.c.made_at < self._clock() - KEPT
        if await self._database.read(select(CACHE_CHANGE.c.id).where(old).limit(1), {}):
            async with self._database.writing() as connection:
                await connection.execute(delete(CACHE_CHANGE).where(old))
