"""Reads what a batch of persons or units is asked for: one order per source and wave, next holders in later waves."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.port import ReadOrder
from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.identity.holding import filler_keys, row_keys, value_keys
from domain.identity.stitching import Gathered, row_key
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.subjects import Subject
from resolvers.reading import Known, Reads
from resolvers.wanted import Wanted

Ask = tuple[Subject, Wanted]
MAX_WAVES: Final = 16
"""Holders are four and rows have at most as many fillers: more waves than this cannot have a reason."""


@dataclass(slots=True)
class Need:
    """What is still to be read of one row."""

    indicators: set[IndicatorName] = field(default_factory=set)
    rows: set[CategoryCode] = field(default_factory=set)
    raw: bool = False


Needs = dict[LocalKey, Need]


async def gather(reads: Reads, kind: EntityKind, asks: Sequence[Ask]) -> list[Gathered]:
    """What was read for each ask, in their order.

    First the first holders of everything, one order per source; then, wave by wave, the next holder of what is still
    open because a source did not answer or lacks the row. A source asked in such a wave is asked for all that is open
    and that it holds, so that no source is asked more than once for next holders.
    """
    gathering = _Gathering(reads, kind, asks)
    needs = gathering.needs()
    for _ in range(MAX_WAVES):
        if not needs:
            break
        await gathering.ask(needs)
        needs = gathering.next_needs()
    return gathering.results()


class _Gathering:
    def __init__(self, reads: Reads, kind: EntityKind, asks: Sequence[Ask]) -> None:
        self._reads = reads
        self._kind = kind
        self._asks = asks
        self._coverage = reads.sources.coverage(kind)
        self._lost: set[LocalKey] = set()
        self._unanswered: set[LocalKey] = set()

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
            self._lost |= needs.keys()
            self._unanswered |= needs.keys()
            return
        self._lost |= {key for key, facet in zip(needs, facets, strict=True) if facet is None}
        self._reads.remember(order, [facet for facet in facets if facet is not None])

    def results(self) -> list[Gathered]:
        """What is known of each subject now."""
        return [
            Gathered(
                subject=subject,
                facets={
                    key: known.facet
                    for key in (*subject.keys, *subject.apart)
                    if (known := self._known(key)) is not None
                },
                coverage=self._coverage,
                unanswered=frozenset(self._unanswered & {*subject.keys, *subject.apart}),
            )
            for subject, _ in self._asks
        ]

    def needs(self) -> Needs:
        """What is to be read now: for everything open, the first holder that may still answer."""
        needs: Needs = {}
        for subject, wanted in self._asks:
            for name in wanted.singles:
                self._need_value(needs, subject, name, raw=wanted.is_raw)
            for category in wanted.row_categories:
                self._need_rows(needs, subject, wanted, category)
            self._need_everywhere(needs, subject, wanted)
        return needs

    def next_needs(self) -> Needs:
        """What is still open after a wave; the sources asked again are asked for all that is open."""
        needs = self.needs()
        sources = {key.source for key in needs}
        for subject, wanted in self._asks:
            for key in subject.keys:
                if key.source in sources and key not in self._lost:
                    self._need_open(needs, key, subject, wanted)
        return needs

    def _need_open(self, needs: Needs, key: LocalKey, subject: Subject, wanted: Wanted) -> None:
        for name in wanted.singles:
            candidates = value_keys(catalogue().indicators[name], subject, self._coverage)
            if key in candidates and not any(self._has(other, name) for other in candidates):
                self._add(needs, key, {name}, set(), raw=wanted.is_raw)

    def _need_value(
        self, needs: Needs, subject: Subject, name: IndicatorName, *, raw: bool
    ) -> None:
        for key in value_keys(catalogue().indicators[name], subject, self._coverage):
            if key not in self._lost or self._has(key, name):
                self._add(needs, key, {name}, set(), raw=raw)
                return

    def _need_rows(
        self, needs: Needs, subject: Subject, wanted: Wanted, category: Category
    ) -> None:
        shown = next(
            (key for key in row_keys(category, subject, self._coverage) if key not in self._lost),
            None,
        )
        if shown is None:
            return
        values = wanted.row_values(category)
        self._add(needs, shown, {*values, *category.row_key}, {category.code}, raw=wanted.is_raw)
        for name in values:
            for filler in self._fillers(subject, category, shown, catalogue().indicators[name]):
                self._add(
                    needs, filler, {name, *category.row_key}, {category.code}, raw=wanted.is_raw
                )

    def _fillers(
        self, subject: Subject, category: Category, shown: LocalKey, indicator: Indicator
    ) -> Iterator[LocalKey]:
        """The first filler, and each next one only while rows stay unmatched."""
        for key in filler_keys(indicator, category, shown, subject, self._coverage):
            if key in self._lost:
                continue
            yield key
            if not self._leaves_open(key, shown, category):
                return

    def _leaves_open(self, filler: LocalKey, shown: LocalKey, category: Category) -> bool:
        known, own = self._known(filler), self._known(shown)
        if known is None or own is None or category.code not in known.facet.rows:
            return False
        filled = {row_key(row, category) for row in known.facet.rows[category.code]}
        return any(
            key is not None and key not in filled
            for key in (row_key(row, category) for row in own.facet.rows.get(category.code, ()))
        )

    def _need_everywhere(self, needs: Needs, subject: Subject, wanted: Wanted) -> None:
        keys = (*subject.keys, *subject.apart)
        for key in keys:
            if key in self._lost:
                continue
            mapped = self._coverage.by_source.get(key.source, frozenset())
            names = mapped if wanted.whole else self._with_row_keys(wanted.everywhere) & mapped
            if names or wanted.whole:
                self._add(needs, key, set(names), _row_codes(names), raw=True)

    def _with_row_keys(self, names: frozenset[IndicatorName]) -> frozenset[IndicatorName]:
        return names.union(*(catalogue().category_of(name).row_key for name in names))

    def _add(
        self,
        needs: Needs,
        key: LocalKey,
        names: set[IndicatorName],
        rows: set[CategoryCode],
        *,
        raw: bool,
    ) -> None:
        """Adds what is not known yet; rows of a category are always read with all columns asked so far."""
        mapped = self._coverage.by_source.get(key.source, frozenset())
        known = self._known(key)
        if known is not None and _is_known(known, frozenset(names & mapped), rows, raw=raw):
            return
        need = needs.setdefault(key, Need())
        need.raw |= raw
        need.rows |= rows
        need.indicators |= names & mapped
        if known is not None:
            _complete(need, known)

    def _has(self, key: LocalKey, name: IndicatorName) -> bool:
        known = self._known(key)
        return known is not None and name in known.facet.values

    def _known(self, key: LocalKey) -> Known | None:
        return self._reads.known.get((self._kind, key))


def _complete(need: Need, known: Known) -> None:
    """Reads again what must stay of one read: the columns of a row, and everything where stored texts are new."""
    need.raw |= known.raw
    if need.raw and not known.raw:
        need.rows |= known.rows
        need.indicators |= known.indicators
    need.indicators |= {
        n for n in known.indicators if catalogue().indicators[n].category in need.rows
    }


def _is_known(
    known: Known, names: frozenset[IndicatorName], rows: set[CategoryCode], *, raw: bool
) -> bool:
    return names <= known.indicators and rows <= known.facet.rows.keys() and (known.raw or not raw)


def _row_codes(names: frozenset[IndicatorName]) -> set[CategoryCode]:
    found = (catalogue().indicators[name] for name in names)
    return {i.category for i in found if catalogue().categories[i.category].is_row(i)}
