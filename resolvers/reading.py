"""The one place every departmental read passes: deadlines and failures are noted here, scope and masks will enter here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from adapters.port import ReadOrder, SearchOrder, SourceReader
from domain.model.errors import SourceError
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.records import Facet
from domain.model.tally import Tally
from resolvers.sources import Sources
from resolvers.troubles import Troubles, category_fields

T = TypeVar("T")
MAX_FAN_OUT: Final = 16
"""Sources asked at the same moment when it is not known which one holds a row."""


@dataclass(frozen=True, slots=True)
class Known:
    """A row read earlier in this request, and what was asked of it."""

    facet: Facet
    indicators: frozenset[IndicatorName]
    rows: frozenset[CategoryCode]
    raw: bool


@dataclass(slots=True)
class Reads:
    """The reads of one request: what they cost, who failed, and what is known already."""

    sources: Sources
    tally: Tally
    troubles: Troubles = field(default_factory=Troubles)
    known: dict[tuple[EntityKind, LocalKey], Known] = field(default_factory=dict)
    _fan_out: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_FAN_OUT))

    async def read(self, source: SourceName, order: ReadOrder) -> list[Facet | None] | None:
        """One facet per key of the order; None where the source did not answer, which is noted."""
        reader = self.sources.by_name[source]
        fields = category_fields(order.entity, order.indicators, order.rows)
        return await self.attempt(reader, fields, lambda: reader.read(order, self.tally))

    async def search(
        self, reader: SourceReader, order: SearchOrder, fields: set[str]
    ) -> list[Facet] | None:
        """The rows a search finds; None where the source did not answer, which is noted."""
        async with self._fan_out:
            return await self.attempt(reader, fields, lambda: reader.search(order, self.tally))

    async def attempt(
        self, reader: SourceReader, fields: set[str], work: Callable[[], Awaitable[T]]
    ) -> T | None:
        """The result of a read; None and a note where the source fails, or has failed in this request already."""
        name = reader.description.name
        if self.troubles.is_down(name):
            self.troubles.again(name, fields)
            return None
        try:
            return await work()
        except SourceError as error:
            self.troubles.note(error, fields)
            return None

    def remember(self, order: ReadOrder | SearchOrder, facets: Sequence[Facet]) -> None:
        """Keeps rows for the rest of the request, so that the same cell is not asked for twice."""
        for facet in facets:
            key = (order.entity, facet.key)
            self.known[key] = merged(self.known.get(key), facet, order)


def merged(known: Known | None, facet: Facet, order: ReadOrder | SearchOrder) -> Known:
    """What is known of a row after one more read; rows of a category are replaced, never mixed."""
    if known is None:
        return Known(facet, order.indicators, order.rows, order.raw)
    together = Facet(
        key=facet.key,
        values={**known.facet.values, **facet.values},
        rows={**known.facet.rows, **facet.rows},
        read_at=facet.read_at,
        raws={**known.facet.raws, **facet.raws},
        twins=facet.twins or known.facet.twins,
    )
    is_raw = order.raw and (known.raw or known.indicators <= order.indicators)
    return Known(together, known.indicators | order.indicators, known.rows | order.rows, is_raw)
