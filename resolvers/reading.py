"""The one place every departmental read passes: failures are noted, secret own keys hidden."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Protocol, TypeVar

from adapters.port import Reach, ReadOrder, SearchOrder, SourceReader
from domain.identity.holding import OWN_KEYS
from domain.model.errors import SourceError
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.records import Facet
from domain.model.subjects import Subject
from domain.model.tally import Tally
from resolvers.sources import Sources
from resolvers.touching import Touches
from resolvers.troubles import Troubles, category_fields

T = TypeVar("T")
MAX_FAN_OUT: Final = 16
"""Sources asked at the same moment when it is not known which one holds a row."""


@dataclass(frozen=True, slots=True)
class Known:
    """A row read earlier in this request, and what was asked of it; `raw` of all of that."""

    facet: Facet
    indicators: frozenset[IndicatorName]
    rows: frozenset[CategoryCode]
    raw: bool


JudgedHosts = tuple[Reach, date]


class Bounds(Protocol):
    """What bounds the rows that a caller may reach."""

    @property
    def is_of_units(self) -> bool:
        """Whether units alone are in scope."""

    @property
    def passed(self) -> set[LocalKey]:
        """Units of which a row within reach has told."""

    def near(self, readers: Sequence[SourceReader]) -> list[SourceReader]:
        """The sources that may hold rows within reach."""

    async def of(self, reader: SourceReader) -> Reach | None:
        """What bounds the rows of a source; None where all are within reach."""

    async def hosting(self, reader: SourceReader) -> JudgedHosts | None:
        """The units in scope as hosts in a source, and the day; None where none is named."""

    async def has_unit(self, unit: Subject) -> bool:
        """Whether a unit is known to be in scope without asking for it."""


@dataclass(slots=True)
class Reads:
    """The reads of one request: what they cost and touched, who failed, what is known already.

    `absent` are rows that a source was asked for and does not have, `ways` how levels of plans were
    read. `bounds` None: every row is within the caller's reach.
    """

    sources: Sources
    tally: Tally
    troubles: Troubles = field(default_factory=Troubles)
    touches: Touches = field(default_factory=Touches)
    known: dict[tuple[EntityKind, LocalKey], Known] = field(default_factory=dict)
    absent: set[tuple[EntityKind, LocalKey]] = field(default_factory=set)
    bounds: Bounds | None = None
    ways: Counter[str] = field(default_factory=Counter)
    _fan_out: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_FAN_OUT))

    async def reach(self, reader: SourceReader) -> Reach | None:
        """What bounds the rows of a source; None where all are within reach."""
        return None if self.bounds is None else await self.bounds.of(reader)

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
        """The result of a read; None and a note where the source fails or has failed before."""
        name = reader.description.name
        if self.troubles.is_down(name):
            self.troubles.again(name, fields)
            return None
        try:
            result = await work()
        except SourceError as error:
            self.troubles.note(error, fields)
            return None
        self.touches.answered(name, result)
        return result

    def remember(self, order: ReadOrder | SearchOrder, facets: Sequence[Facet]) -> None:
        """Keeps rows for the rest of the request, so that the same cell is not asked for twice."""
        for facet in facets:
            key = (order.entity, facet.key)
            self.known[key] = merged(self.known.get(key), self.shown(order, facet), order)

    def shown(self, order: ReadOrder | SearchOrder, facet: Facet) -> Facet:
        """A row keyed by ID number does not show its key a second time under another name."""
        if order.indicators.isdisjoint(OWN_KEYS):
            return facet
        description = self.sources.by_name[facet.key.source].description
        return without_own_key(facet) if description.personal_keys.get(order.entity) else facet


def without_own_key(facet: Facet) -> Facet:
    """The facet and its twins as if their own key were empty."""
    return replace(
        facet,
        values={name: None if name in OWN_KEYS else v for name, v in facet.values.items()},
        raws={name: text for name, text in facet.raws.items() if name not in OWN_KEYS},
        twins=tuple(map(without_own_key, facet.twins)),
    )


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
