"""Lets parts of the log go: contents that must be forgotten, and entries whose time is over."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, func, literal, select, tuple_, update

from domain.audit.anchors import AnchorKind
from domain.audit.chain import Head
from domain.audit.erasing import ErasedPlaces, Spot, by_chain
from store.audit.anchoring import Anchors
from store.audit.reading import AuditBook
from store.tables import AUDIT_ENTRY, AUDIT_SIGHTING, AUDIT_SUBJECT

CHUNK: Final = 500
_entry = AUDIT_ENTRY.c
_subject = AUDIT_SUBJECT.c
Attest = Callable[[ErasedPlaces], Awaitable[None]]
"""Keeps an entry which says that the contents of these go."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What may be taken out of the log, and how its chains stay whole."""

    book: AuditBook
    anchors: Anchors

    async def erase(self, hashes: Sequence[str], attest: Attest) -> int:
        """Forgets the contents of every entry that touched one of these; their links stay.

        Each is attested first: what is cut short leaves entries that may go, never ones that went
        without a word.
        """
        erased, last = 0, Spot("", 0)
        while places := await self._touched(hashes, last):
            last = places[-1]
            # The index alone is believed by nobody: a forged line would take others' entries away.
            named = await self.book.naming(places, frozenset(hashes))
            if named:
                await attest(by_chain(named))
                await self._forget(named)
            erased += len(named)
        if not erased:
            await attest({})
        await self._forget_sightings(AUDIT_SIGHTING.c.subject_hmac.in_(hashes))
        return erased

    async def heads_before(self, before: datetime) -> list[Head]:
        """Up to where each chain may be purged, of those that have something to purge."""
        heads = [await self._last_before(chain, before) for chain in await self.book.chains()]
        return [head for head in heads if head is not None]

    async def purge(self, heads: Iterable[Head], before: datetime, now: datetime) -> int:
        """Takes whole entries from the beginning of each chain; a signed head stays behind."""
        purged = 0
        for head in heads:
            purged += await self._cut(head, now)
        await self._forget_sightings(AUDIT_SIGHTING.c.seen_on < before.date())
        await self.anchors.thin_out()
        return purged

    async def _touched(self, hashes: Sequence[str], last: Spot) -> list[Spot]:
        at = _subject.chain, _subject.sequence
        hit = _subject.subject_hmac.in_(hashes)
        behind = tuple_(*at) > tuple_(literal(last.chain), literal(last.sequence))
        statement = select(*at).where(hit, behind).distinct().order_by(*at).limit(CHUNK)
        rows = await self.book.database.read(statement, {})
        return [Spot(row["chain"], row["sequence"]) for row in rows]

    async def _forget(self, places: Sequence[Spot]) -> None:
        async with self.book.database.writing() as connection:
            at = tuple_(_entry.chain, _entry.sequence).in_(places)
            await connection.execute(update(AUDIT_ENTRY).where(at).values(payload_sealed=None))
            own = tuple_(_subject.chain, _subject.sequence).in_(places)
            await connection.execute(delete(AUDIT_SUBJECT).where(own))

    async def _last_before(self, chain: str, before: datetime) -> Head | None:
        """The last entry in front of the first one that must stay."""
        own = _entry.chain == chain
        first = select(func.min(_entry.sequence)).where(own, _entry.at >= before)
        [kept] = await self.book.database.read(first, {})
        statement = select(_entry.sequence, _entry.hash).where(own)
        if (stays := kept["min_1"]) is not None:
            statement = statement.where(_entry.sequence < stays)
        last = statement.order_by(_entry.sequence.desc()).limit(1)
        rows = await self.book.database.read(last, {})
        return Head(chain, rows[0]["sequence"], rows[0]["hash"]) if rows else None

    async def _cut(self, head: Head, now: datetime) -> int:
        """The checkpoint is kept first: what a cut leaves undone, the next one finishes."""
        await self.anchors.add(AnchorKind.PURGED, [head], now)
        async with self.book.database.writing() as connection:
            await connection.execute(delete(AUDIT_SUBJECT).where(*_upto(AUDIT_SUBJECT, head)))
            gone = await connection.execute(delete(AUDIT_ENTRY).where(*_upto(AUDIT_ENTRY, head)))
            return gone.rowcount

    async def _forget_sightings(self, which: ColumnElement[bool]) -> None:
        async with self.book.database.writing() as connection:
            await connection.execute(delete(AUDIT_SIGHTING).where(which))


def _upto(table: Table, head: Head) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.chain == head.chain, table.c.sequence <= head.sequence
