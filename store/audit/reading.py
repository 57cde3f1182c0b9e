"""Reads the audit log back: chains link by link, and the entries that touched somebody."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Select, and_, func, or_, select, tuple_

from domain.audit.chain import Link
from domain.audit.entry import Told, told
from domain.audit.erasing import Spot
from domain.audit.verifying import Payload, Row
from store.audit.keys import AuditKeys
from store.audit.subjects import all_hashes
from store.engine import Database, Found
from store.tables import AUDIT_ENTRY, AUDIT_SUBJECT

PAGE: Final = 1000
_entry = AUDIT_ENTRY.c
_subject = AUDIT_SUBJECT.c


Indexed = set[tuple[str, datetime]]
"""Whom the index says that one entry touched, and when."""


class Place(NamedTuple):
    """Where an entry stands among all entries: newest first, then by chain."""

    at: datetime
    chain: str
    sequence: int


class Use(NamedTuple):
    """One entry that is shown: its place, and what it tells; None where that is not there.

    `state` says why: it was erased, or nobody can read it.
    """

    place: Place
    told: Told | None
    state: Payload = Payload.HERE


@dataclass(frozen=True, slots=True)
class AuditBook:
    """The kept entries."""

    database: Database
    keys: AuditKeys

    async def chains(self) -> list[str]:
        """Every chain that has entries. Raises PlatformError."""
        return await self._chains(_entry.chain)

    async def indexed_chains(self) -> list[str]:
        """Every chain that the index knows. Raises PlatformError."""
        return await self._chains(_subject.chain)

    async def _chains(self, column: Column[str]) -> list[str]:
        found: list[str] = []
        # One look into the index a chain: DISTINCT would read every entry.
        following = first = select(column).order_by(column).limit(1)
        while rows := await self.database.read(following, {}):
            found.append(rows[0]["chain"])
            following = first.where(column > found[-1])
        return found

    async def rows(self, chain: str, after: int = 0) -> AsyncIterator[list[Row]]:
        """The links of a chain behind a place, in order, so many at a time."""
        statement = select(AUDIT_ENTRY).where(_entry.chain == chain).order_by(_entry.sequence)
        while True:
            page = statement.where(_entry.sequence > after).limit(PAGE)
            found = [self._row(row) for row in await self.database.read(page, {})]
            if found:
                yield found
                after = found[-1].link.sequence
            if len(found) < PAGE:
                return

    async def indexed(self, chain: str, first: int, last: int) -> Mapping[int, Indexed]:
        """What the index has for entries of a chain, by sequence."""
        statement = select(_subject.sequence, _subject.subject_hmac, _subject.at).where(
            _subject.chain == chain, _subject.sequence.between(first, last)
        )
        found: dict[int, Indexed] = {}
        for row in await self.database.read(statement, {}):
            found.setdefault(row["sequence"], set()).add((row["subject_hmac"], row["at"]))
        return found

    async def strays(self, chain: str, first: int, last: int) -> list[int]:
        """Places outside of a stretch that the index has and the log has not; some of many."""
        entry = select(_entry.chain).where(
            _entry.chain == chain, _entry.sequence == _subject.sequence
        )
        outside = or_(_subject.sequence < first, _subject.sequence > last)
        found = select(_subject.sequence).where(_subject.chain == chain, outside, ~entry.exists())
        rows = await self.database.read(found.distinct().limit(PAGE), {})
        return sorted(row["sequence"] for row in rows)

    async def naming(self, places: Sequence[Spot], hashes: frozenset[str]) -> list[Spot]:
        """Those of some entries that name one of the hashes themselves, whatever the index says."""
        at = tuple_(_entry.chain, _entry.sequence).in_(places)
        rows = map(self._row, await self.database.read(select(AUDIT_ENTRY).where(at), {}))
        return [
            Spot(row.link.chain, row.link.sequence)
            for row in rows
            if row.state is Payload.HERE
            and not hashes.isdisjoint(all_hashes(told(row.payload)["subjects"]))
        ]

    async def uses(
        self,
        every: Sequence[Sequence[str]],
        *,
        since: datetime | None = None,
        before: Place | None = None,
        limit: int = PAGE,
    ) -> list[Use]:
        """Entries that touched one of the hashes of each group, newest first.

        Without groups every entry.
        """
        hits, at = _hits(every, since)
        if before is not None:
            hits = hits.where(_is_behind(at, before))
        places = hits.order_by(*(column.desc() for column in at)).limit(limit).distinct()
        hit = places.subquery()
        statement = (
            select(AUDIT_ENTRY)
            .join(hit, and_(hit.c.chain == _entry.chain, hit.c.sequence == _entry.sequence))
            .order_by(hit.c.at.desc(), hit.c.chain.desc(), hit.c.sequence.desc())
        )
        return [self._use(row) for row in await self.database.read(statement, {})]

    async def count(self, every: Sequence[Sequence[str]], since: datetime | None) -> int:
        """How many entries `uses` would give."""
        hits, _ = _hits(every, since)
        found = select(func.count().label("found")).select_from(hits.distinct().subquery())
        [row] = await self.database.read(found, {})
        return int(row["found"])

    def _use(self, found: Found) -> Use:
        row = self._row(found)
        link = row.link
        is_here = row.state is Payload.HERE
        place = Place(link.at, link.chain, link.sequence)
        return Use(place, told(row.payload) if is_here else None, row.state)

    def _row(self, found: Found) -> Row:
        link = Link(*(found[name] for name in Link._fields))
        sealed: bytes | None = found["payload_sealed"]
        if sealed is None:
            return Row(link, Payload.ERASED)
        payload = self.keys.unseal(link, sealed)
        if payload is None:
            return Row(link, Payload.UNREADABLE)
        return Row(link, Payload.HERE, payload)


Columns = tuple[Column[Any], Column[Any], Column[Any]]


def _hits(
    every: Sequence[Sequence[str]], since: datetime | None
) -> tuple[Select[tuple[Any, ...]], Columns]:
    """The places of entries, and the columns that say them in order."""
    table = AUDIT_SUBJECT if every else AUDIT_ENTRY
    at: Columns = (table.c.at, table.c.chain, table.c.sequence)
    hits = select(*at)
    if every:
        first, *others = every
        hits = hits.where(_subject.subject_hmac.in_(first), *map(_touches, others))
    return (hits if since is None else hits.where(table.c.at >= since)), at


def _touches(hashes: Sequence[str]) -> ColumnElement[bool]:
    other = AUDIT_SUBJECT.alias()
    return (
        select(other.c.chain)
        .where(
            other.c.chain == _subject.chain,
            other.c.sequence == _subject.sequence,
            other.c.subject_hmac.in_(hashes),
        )
        .exists()
    )


def _is_behind(columns: Columns, place: Place) -> ColumnElement[bool]:
    (at, chain, sequence), (then, in_chain, after) = columns, place
    return or_(
        at < then,
        and_(at == then, chain < in_chain),
        and_(at == then, chain == in_chain, sequence < after),
    )
