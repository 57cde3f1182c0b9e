"""Lets parts of the log go: contents that must be forgotten, and entries whose time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Table, delete, func, select, tuple_, update

from domain.audit.anchors import AnchorKind
from domain.audit.chain import Head
from store.audit.anchoring import Anchors
from store.audit.reading import AuditBook
from store.tables import AUDIT_ENTRY, AUDIT_SIGHTING, AUDIT_SUBJECT

CHUNK: Final = 500
_entry = AUDIT_ENTRY.c
_subject = AUDIT_SUBJECT.c


@dataclass(frozen=True, slots=True)
class Keeping:
    """What may be taken out of the log, and how its chains stay whole."""

    book: AuditBook
    anchors: Anchors

    async def erase(self, hashes: Sequence[str]) -> int:
        """Forgets the contents of every entry that touched one of these; their links stay."""
        erased = 0
        while places := await self._touched(hashes):
            async with self.book.database.writing() as connection:
                at = tuple_(_entry.chain, _entry.sequence).in_(places)
                await connection.execute(update(AUDIT_ENTRY).where(at).values(payload_sealed=None))
                own = tuple_(_subject.chain, _subject.sequence).in_(places)
                await connection.execute(delete(AUDIT_SUBJECT).where(own))
                seen = AUDIT_SIGHTING.c.subject_hmac.in_(hashes)
                await connection.execute(delete(AUDIT_SIGHTING).where(seen))
            erased += len(places)
        return erased

    async def purge(self, before: datetime, now: datetime) -> int:
        """Takes whole entries from the beginning of each chain; a signed head stays behind."""
        purged = 0
        for chain in await self.book.chains():
            if (head := await self._last_before(chain, before)) is not None:
                purged += await self._cut(head, now)
        await self._forget_sightings(before.date())
        return purged

    async def _touched(self, hashes: Sequence[str]) -> list[tuple[str, int]]:
        statement = (
            select(_subject.chain, _subject.sequence)
            .where(_subject.subject_hmac.in_(hashes))
            .distinct()
            .limit(CHUNK)
        )
        rows = await self.book.database.read(statement, {})
        return [(row["chain"], row["sequence"]) for row in rows]

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

    async def _forget_sightings(self, day: date) -> None:
        async with self.book.database.writing() as connection:
            await connection.execute(delete(AUDIT_SIGHTING).where(AUDIT_SIGHTING.c.seen_on < day))


def _upto(table: Table, head: Head) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.chain == head.chain, table.c.sequence <= head.sequence
