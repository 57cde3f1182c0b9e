"""Reads a source, whole or its changes, and says which records are not as they were seen last."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from adapters.port import VERSION, ListOrder, SourceReader
from bulk.approach import Approach, Why
from bulk.reading import Wanted, stream
from bulk.reports import Progress
from domain.identity.versions import Versions
from domain.model.keys import SourceName
from domain.model.records import Facet
from domain.model.tally import Tally
from store.records import LinkRecords, Seen, SeenRecord

See = Callable[[SourceReader, Facet], Seen]


@dataclass(slots=True)
class Survey:
    """What was found out about one source: new or changed records, and those that are gone."""

    reader: SourceReader
    versions: Versions
    why: Why | None
    rows: int = 0
    changed: dict[str, Seen] = field(default_factory=dict)
    before: dict[str, SeenRecord] = field(default_factory=dict)
    gone: dict[str, SeenRecord] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    @property
    def name(self) -> SourceName:
        """The source."""
        return self.reader.description.name

    @property
    def size(self) -> int:
        """How many records are not as they were."""
        return len(self.changed) + len(self.gone)


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Surveys sources of one kind of records."""

    records: LinkRecords
    wanted: Wanted
    see: See
    progress: Progress
    today: date

    async def survey(self, reader: SourceReader, approach: Approach) -> Survey:
        """Read the changes and count; or whole, where the count does not agree. Raises SourceError.

        A record that comes or goes without a version is not among the changes, but counted.
        """
        if approach.why is None:
            found = await self._read(reader, approach, None)
            new = sum(key not in found.before for key in found.changed)
            if await self.records.count(found.name) + new == await self._count(reader):
                return found
        found = await self._read(reader, approach, approach.why or Why.COUNT)
        found.gone = await self._gone(found)
        return found

    async def _read(self, reader: SourceReader, approach: Approach, why: Why | None) -> Survey:
        known = approach.mark.version if why is None and approach.mark is not None else None
        found = Survey(reader, Versions(self.today, known), why)
        since = approach.since if why is None else None
        async for facets in stream(reader, self.wanted, self.progress, since):
            found.rows += len(facets)
            await self._compare(found, facets)
        return found

    async def _compare(self, found: Survey, facets: list[Facet]) -> None:
        seen = [self.see(found.reader, facet) for facet in facets]
        for facet in facets:
            see_versions(found.versions, facet)
        before = await self.records.of_keys(found.name, [each.key_hash for each in seen])
        for each in seen:
            was = before.get(each.key_hash)
            if was is None or was.seen != each:
                found.changed[each.key_hash] = each
                if was is not None:
                    found.before[each.key_hash] = was
            if found.why is not None:
                found.met.add(each.key_hash)

    async def _count(self, reader: SourceReader) -> int:
        order = ListOrder(self.wanted.entity, (), 1, frozenset())
        return (await reader.count(order, Tally())).get(None, 0)

    async def _gone(self, found: Survey) -> dict[str, SeenRecord]:
        gone: dict[str, SeenRecord] = {}
        after = ""
        while page := await self.records.page(found.name, after):
            after = page[-1].seen.key_hash
            gone |= {r.seen.key_hash: r for r in page if r.seen.key_hash not in found.met}
        return gone


def see_versions(versions: Versions, facet: Facet) -> None:
    """Take the versions of a record in, with those of its twins."""
    for row in (facet, *facet.twins):
        version = row.values.get(VERSION)
        versions.see(None if version is None else str(version))
