"""The one place every departmental read passes: failures are noted, secret own keys hidden."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple, Protocol, TypeVar

from adapters.listed import ListedRows
from adapters.port import (
    ListCells,
    Listed,
    Reach,
    ReadOrder,
    SearchOrder,
    SourceReader,
)
from adapters.stored import StoredRow
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
_PAGE: Final = attrgetter("page")
_TEXT: Final = attrgetter("text")
_FIRST: Final = itemgetter(0)
MAX_FAN_OUT: Final = 16
"""Sources asked at the same moment when it is not known which one holds a row."""


@dataclass(frozen=True, slots=True)
class Known:
    """A row read earlier in this request, and what was asked of it; `raw` of all of that."""

    facet: Facet
    indicators: frozenset[IndicatorName]
    rows: frozenset[CategoryCode]
    raw: bool


class BroughtRows(NamedTuple):
    """The rows that lists have brought from one source, by key, and how they are read."""

    cells: ListCells
    rows: dict[str, StoredRow]


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
    read. `bounds` None: every row is within the caller's reach. `shows_links`: whether what is
    asked for shows links themselves; where it does not, keys alone are read.
    """

    sources: Sources
    tally: Tally
    troubles: Troubles = field(default_factory=Troubles)
    touches: Touches = field(default_factory=Touches)
    absent: set[tuple[EntityKind, LocalKey]] = field(default_factory=set)
    bounds: Bounds | None = None
    ways: defaultdict[str, int] = field(default_factory=partial(defaultdict, int))
    shows_links: bool = True
    _known: dict[tuple[EntityKind, LocalKey], Known] = field(default_factory=dict)
    _listed: list[tuple[EntityKind, Sequence[Listed], bool]] = field(default_factory=list)
    _fan_out: asyncio.Semaphore | None = None

    @property
    def known(self) -> dict[tuple[EntityKind, LocalKey], Known]:
        """What every row that was read so far says; rows of lists are converted by this."""
        if self._listed:
            self._settle()
        return self._known

    def _settle(self) -> None:
        listed, self._listed = self._listed, []
        for kind, rows, is_raw in listed:
            for row in rows:
                order = ReadOrder(kind, (), row.page.cells.names, raw=is_raw)
                self.remember(order, [row.facet])

    @property
    def is_new(self) -> bool:
        """Whether no row was read so far."""
        return not self._known and not self._listed

    def bring(self, kind: EntityKind, rows: Sequence[Listed], *, is_raw: bool) -> None:
        """Keeps rows of a list as they are, until somebody asks for what they say."""
        if rows:
            self._listed.append((kind, rows, is_raw))

    def brought(self, kind: EntityKind) -> Mapping[SourceName, BroughtRows] | None:
        """The stored rows of this kind that lists have brought; None where some are known by value.

        None too where lists of one source have read them differently.
        """
        if any(each is kind for each, _ in self._known):
            return None
        found: dict[SourceName, BroughtRows] = {}
        for rows in (rows for each, rows, _ in self._listed if each is kind):
            for source, cells, texts, stored in _by_page(rows):
                own = found.get(source)
                if own is None:
                    own = found[source] = BroughtRows(cells, {})
                elif own.cells is not cells:
                    return None
                own.rows.update(zip(texts, stored, strict=True))
        return found

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
        if self._fan_out is None:
            self._fan_out = asyncio.Semaphore(MAX_FAN_OUT)
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
        if self._listed:  # what was read before is told before
            self._settle()
        for facet in facets:
            key = (order.entity, facet.key)
            self._known[key] = merged(self._known.get(key), self.shown(order, facet), order)

    def shown(self, order: ReadOrder | SearchOrder, facet: Facet) -> Facet:
        """A row keyed by ID number does not show its key a second time under another name."""
        if order.indicators.isdisjoint(OWN_KEYS):
            return facet
        description = self.sources.by_name[facet.key.source].description
        return without_own_key(facet) if description.personal_keys.get(order.entity) else facet


_Brought = tuple[SourceName, ListCells, Iterable[str], Iterable[StoredRow]]


def _by_page(rows: Sequence[Listed]) -> Iterator[_Brought]:
    """The source of each page, how its rows are read, their keys, and the first row of each."""
    if isinstance(rows, ListedRows):
        yield rows.keys.source, rows.page.cells, rows.keys.texts, rows.rows
        return
    for page, run in groupby(rows, _PAGE):  # A page is of one source.
        keys, stored, *_ = zip(*run, strict=True)
        yield keys[0].source, page.cells, map(_TEXT, keys), map(_FIRST, stored)


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
