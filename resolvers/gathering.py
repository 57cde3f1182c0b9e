"""Reads what a batch of persons or units is asked for: one order per source and wave."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from adapters.port import ReadOrder
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import Gathered
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.records import Facet
from domain.model.subjects import Subject
from resolvers.needs import Ask, Needing, Needs
from resolvers.reading import Reads
from resolvers.wanted import Wanted

MAX_WAVES: Final = 16
"""Each wave reads something new or loses a row for good: more waves than this have no reason."""


async def gather(reads: Reads, kind: EntityKind, asks: Sequence[Ask]) -> list[Gathered]:
    """What was read for each ask, in their order.

    First the first holders of everything; then, wave by wave, the next holder of what is still open
    because a source did not answer or lacks the row. After the first wave no source is asked more
    than once.
    """
    reads.touches.add([subject for subject, _ in asks])
    gathering = _Gathering(reads, kind, asks)
    needs = gathering.needing.of(asks)
    for _ in range(MAX_WAVES):
        if not needs:
            break
        await gathering.ask(needs)
        needs = gathering.needing.of_next_holders(asks)
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

    async def ask(self, needs: Needs) -> None:
        """One order per source, all sources at once."""
        by_source: dict[SourceName, Needs] = {}
        for key, need in needs.items():
            by_source.setdefault(key.source, {})[key] = need
        await asyncio.gather(*(self._ask_source(name, part) for name, part in by_source.items()))

    async def _ask_source(self, source: SourceName, needs: Needs) -> None:
        order = ReadOrder(
            entity=self._kind,
            keys=tuple(key.text for key in needs),
            indicators=frozenset().union(*(need.indicators for need in needs.values())),
            rows=frozenset().union(*(need.rows for need in needs.values())),
            raw=any(need.raw for need in needs.values()),
        )
        facets = await self._reads.read(source, order)
        if facets is None:
            self.needing.lost |= needs.keys()
            self._unanswered |= needs.keys()
            return
        # By their own keys, so that no place in the answer gives one person's row to another.
        found = {facet.key: facet for facet in facets if facet is not None and facet.key in needs}
        missing = needs.keys() - found.keys()
        self.needing.lost |= missing
        self._reads.absent |= {(self._kind, key) for key in missing}
        self._reads.remember(order, list(found.values()))

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
