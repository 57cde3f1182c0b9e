"""Reads what a batch of persons or units is asked for: one order per source and wave."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from adapters.port import ReadOrder
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import Gathered
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.records import Facet
from domain.model.subjects import Subject
from resolvers.needs import Ask, Need, Needing, Needs
from resolvers.reading import Reads
from resolvers.troubles import category_fields
from resolvers.wanted import Wanted

NOTHING: Final[Needs] = {}
MAX_WAVES: Final = 16
"""Each wave reads something new or loses a row for good: more waves than this have no reason."""


async def gather(reads: Reads, kind: EntityKind, asks: Sequence[Ask]) -> list[Gathered]:
    """What was read for each ask, in their order.

    First the first holders of everything; then, wave by wave, the next holder of what is still open
    because a source did not answer or lacks the row. After the first wave no source is asked more
    than once. What a source that did not answer owes does not depend on what is asked together.
    """
    reads.touches.add([subject for subject, _ in asks])
    gathering = _Gathering(reads, kind, asks)
    needing = gathering.needing
    needs, beside = needing.of(asks), NOTHING
    for _ in range(MAX_WAVES):
        if not needs:
            break
        await gathering.ask(needs, beside)
        needs = needing.of_next_holders(asks)
        beside = needing.beside(needs, asks) if needs else NOTHING
    gathering.note_owed(asks)
    return [gathering.result(subject, wanted) for subject, wanted in asks]


class _Gathering:
    def __init__(self, reads: Reads, kind: EntityKind, asks: Sequence[Ask]) -> None:
        self._reads = reads
        self._kind = kind
        self._unanswered: set[LocalKey] = set()
        absent = {
            key
            for subject, _ in asks
            for key in (*subject.keys, *subject.apart)
            if (kind, key) in reads.absent
        }
        self.needing = Needing(kind, reads.sources.coverage(kind), reads.known, absent)

    async def ask(self, needs: Needs, beside: Needs) -> None:
        """One order per source, all sources at once."""
        parts, more = _by_source(needs), _by_source(beside)
        await asyncio.gather(
            *(self._ask_source(name, own, more.get(name, NOTHING)) for name, own in parts.items())
        )

    async def _ask_source(self, source: SourceName, needs: Needs, beside: Needs) -> None:
        reader = self._reads.sources.by_name[source]
        keys = dict.fromkeys((*needs, *beside))
        order = self._order(keys, (*needs.values(), *beside.values()))
        facets = await self._reads.attempt(
            reader, self._fields(needs.values()), lambda: reader.read(order, self._reads.tally)
        )
        if facets is None:
            self.needing.lost |= keys.keys()
            self._unanswered |= keys.keys()
            return
        # By their own keys, so that no place in the answer gives one person's row to another.
        found = {facet.key: facet for facet in facets if facet is not None and facet.key in keys}
        missing = keys.keys() - found.keys()
        self.needing.lost |= missing
        self._reads.absent |= {(self._kind, key) for key in missing}
        self._reads.remember(order, list(found.values()))

    def _order(self, keys: Iterable[LocalKey], needs: Sequence[Need]) -> ReadOrder:
        return ReadOrder(
            entity=self._kind,
            keys=tuple(key.text for key in keys),
            indicators=frozenset().union(*(need.indicators for need in needs)),
            rows=frozenset().union(*(need.rows for need in needs)),
            raw=any(need.raw for need in needs),
        )

    def _fields(self, needs: Iterable[Need]) -> set[str]:
        """The fields of the graph that these reads are for."""
        names, rows = set[IndicatorName](), set[CategoryCode]()
        for need in needs:
            names |= need.indicators
            rows |= need.rows
        return category_fields(self._kind, frozenset(names), frozenset(rows))

    def note_owed(self, asks: Sequence[Ask]) -> None:
        """Notes what sources that did not answer owe to these asks."""
        for source in {key.source for key in self._unanswered}:
            silent = {key for key in self._unanswered if key.source == source}
            owed = self.needing.owed(silent, asks)
            self._reads.troubles.again(source, self._fields(owed.values()))

    def result(self, subject: Subject, wanted: Wanted) -> Gathered:
        """What is known of a subject now."""
        keys = (*subject.keys, *subject.apart)
        facets = {key: facet for key in keys if (facet := self._facet(key, wanted)) is not None}
        coverage = self.needing.coverage
        return Gathered(subject, facets, coverage, frozenset(self._unanswered.intersection(keys)))

    def _facet(self, key: LocalKey, wanted: Wanted) -> Facet | None:
        """What is known of a row; child rows that lack a wanted column are no answer."""
        known = self._reads.known.get((self._kind, key))
        if known is None:
            return None
        if key not in self.needing.lost:
            return known.facet
        categories = (catalogue().categories[code] for code in known.facet.rows)
        whole = {
            c.code for c in categories if self.needing.gives_rows(key, c, wanted.row_values(c))
        }
        rows = {code: rows for code, rows in known.facet.rows.items() if code in whole}
        return replace(known.facet, rows=rows)


def _by_source(needs: Needs) -> dict[SourceName, Needs]:
    found: dict[SourceName, Needs] = {}
    for key, need in needs.items():
        found.setdefault(key.source, {})[key] = need
    return found
