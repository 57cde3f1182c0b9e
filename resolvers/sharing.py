"""A source whose reads are shared while they are under way, and whose rows are kept for seconds."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial
from itertools import count
from typing import Final, TypeVar

from adapters.port import (
    JudgeOrder,
    Listed,
    ListedPool,
    ListOrder,
    PairReader,
    PoolFilter,
    PoolListOrder,
    ReadOrder,
    RowReader,
    SearchOrder,
    SourceDescription,
    SourceReader,
    StreamOrder,
)
from adapters.stored import Cell
from cache.figures import CacheFigures
from cache.flights import Flights
from cache.memory import Memory
from domain.catalogue.keeping import may_be_kept
from domain.model.errors import SourceTimeoutError
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import Facet
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally

T = TypeVar("T")
Rows = Mapping[str, Sequence[object]]
Share = Callable[[object, Tally, Callable[[Tally], Awaitable[Rows]], int], Awaitable[Rows]]
LARGE: Final = 16
"""Reads of fewer keys go alone by default: sharing costs more than it is likely to save."""

CacheCounts = Mapping[str, Mapping[str, int]]
"""What caches have saved, by source and kind."""

MOST_SHAPES: Final = 1024
RowKey = tuple[int, str]
"""The number of the order's shape, and the key; each source has a memory of its own."""
_Shape = tuple[EntityKind, frozenset[IndicatorName], frozenset[CategoryCode], bool]
"""Everything that an order asks for but the keys."""


class Collapse(StrEnum):
    """Which reads are shared: none, lists and reads of many keys, all."""

    OFF = "off"
    LARGE = "large"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class SharingOptions:
    """How reads of one source are shared; `deadline` is the source's own, in seconds."""

    deadline: float
    collapse: Collapse = Collapse.LARGE
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Where rows of a source are kept, and how changes name its keys."""

    memory: Memory[RowKey, Facet | None]
    digest: Callable[[LocalKey], str]


class SharedRows:
    """A prepared read behind the same flights, but for fewer keys than are shared."""

    def __init__(self, rows: RowReader, share: Share, least: int, what: object) -> None:
        self._rows = rows
        self._share = share
        self._least = least
        self._what = what
        self.cells: Mapping[IndicatorName, Cell] = rows.cells
        self.facet = rows.facet
        self.look = rows.look
        self.fetch_one = self._fetch_one if least <= 1 else rows.fetch_one

    async def fetch(self, keys: Sequence[str], tally: Tally) -> Mapping[str, Sequence[object]]:
        """The row of each key that the source has."""
        if len(keys) < self._least:
            return await self._rows.fetch(keys, tally)
        asked = (self._rows, self._what, tuple(keys))  # another look: another place of the cells
        return await self._share(asked, tally, lambda own: self._rows.fetch(keys, own), len(keys))

    async def _fetch_one(self, key: str, tally: Tally) -> Sequence[object] | None:
        return (await self.fetch((key,), tally)).get(key)

    def pair(self, by: IndicatorName, names: frozenset[IndicatorName]) -> PairReader | None:
        """The same with the unit beside it; none where reads of one row are shared."""
        return self._rows.pair(by, names) if self._least > 1 else None


class SharedReader:
    """The reading contract of a source over the source itself.

    Each caller waits no longer than its own deadline; statements count for whoever asked first.
    """

    def __init__(
        self, reader: SourceReader, options: SharingOptions, kept: Kept | None = None
    ) -> None:
        self._reader = reader
        self._options = options
        self._kept = kept
        self._flights = Flights()
        self._least = {Collapse.ALL: 1, Collapse.LARGE: LARGE}.get(options.collapse)
        self.description: Final[SourceDescription] = reader.description
        self._shapes: dict[_Shape, int] = {}
        self._numbers = count()

    @property
    def keeps_rows(self) -> bool:
        """Whether it holds anything longer than a read takes."""
        return self._kept is not None

    @property
    def figures(self) -> CacheFigures:
        """What was saved so far."""
        figures = CacheFigures() if self._kept is None else replace(self._kept.memory.figures)
        figures.collapsed = self._flights.joined
        return figures

    def forget(self, tokens: Iterable[str]) -> None:
        """Rows were written: whatever was read of them, or is being read, is old.

        Tokens are the keyed hashes of their keys, as the store's `key_index` makes them.
        """
        self._flights.depart()
        if self._kept is not None:
            self._kept.memory.forget(tokens)

    def forget_all(self) -> None:
        """Anything may have been written."""
        self._flights.depart()
        if self._kept is not None:
            self._kept.memory.forget_all()

    async def close(self) -> None:
        """Ends whatever is under way."""
        await self._flights.close()

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        """One facet per key, in the order of the keys; None where the source has no such row."""
        kept = self._kept
        if kept is None or not self._may_keep(order):
            return await self._read(order, tally)
        shape = self._shape_of(order)
        row_keys = {key: (shape, key) for key in order.keys}
        since = kept.memory.begin()
        found = kept.memory.find(row_keys.values())
        missing = tuple(key for key, row_key in row_keys.items() if row_key not in found)
        if missing:
            facets = await self._read(replace(order, keys=missing), tally)
            for key, facet in zip(missing, facets, strict=True):
                found[row_keys[key]] = facet
                kept.memory.keep(row_keys[key], facet, (kept.digest(self._local(key)),), since)
        return [found[row_keys[key]] for key in order.keys]

    def row_reader(
        self, entity: EntityKind, indicators: frozenset[IndicatorName]
    ) -> RowReader | None:
        """The source's own prepared read, shared as other reads are; none where rows are kept."""
        if self._kept is not None:
            return None
        rows = self._reader.row_reader(entity, indicators)
        if rows is None or self._least is None:
            return rows
        return SharedRows(rows, self._shared, self._least, (entity, indicators))

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        """The matching rows, ordered by local key."""
        return await self._shared(order, tally, lambda own: self._reader.search(order, own))

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        """The rows of one page."""
        return await self._shared(order, tally, lambda own: self._reader.page(order, own))

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        """How many rows meet the conditions, by group."""
        key = ("count", order)
        return await self._shared(key, tally, lambda own: self._reader.count(order, own))

    async def judge(self, order: JudgeOrder, tally: Tally) -> Mapping[str, bool]:
        """Which rows are within reach; whoever decides what a caller may see asks for itself."""
        return await self._reader.judge(order, tally)

    def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        """Batches of facets in key order; nobody shares them."""
        return self._reader.stream(order, tally)

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        """The pools of these units, ordered by unit and type."""
        return await self._shared(
            ("pools", *units), tally, lambda own: self._reader.pools(units, own), len(units)
        )

    async def list_pools(self, order: PoolListOrder, tally: Tally) -> Sequence[ListedPool]:
        """One page of pools."""
        return await self._shared(order, tally, lambda own: self._reader.list_pools(order, own))

    async def count_pools(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        """How many pools the filter lets through."""
        return await self._shared(
            (wanted, today), tally, lambda own: self._reader.count_pools(wanted, today, own)
        )

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        """Occupations in force by unit and type; None where the source keeps none."""
        return await self._shared(
            ("occupied", today, *units),
            tally,
            lambda own: self._reader.occupied(units, today, own),
            len(units),
        )

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Plans in force, summed by unit and type; None where the source keeps no plans."""
        return await self._shared(
            ("plans", today, *units),
            tally,
            lambda own: self._reader.plans(units, today, own),
            len(units),
        )

    async def headcount(self, units: Sequence[str], tally: Tally) -> Sequence[HeadcountRow] | None:
        """Persons in pay by the source's own unit code and type; None where not kept."""
        return await self._shared(
            ("headcount", *units), tally, lambda own: self._reader.headcount(units, own), len(units)
        )

    async def successions(self, tally: Tally) -> list[SuccessionRow] | None:
        """What became of units, by day; None where the source keeps no register of it."""
        return await self._reader.successions(tally)

    async def _read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        return await self._shared(
            order, tally, lambda own: self._reader.read(order, own), len(order.keys)
        )

    async def _shared(
        self,
        key: object,
        tally: Tally,
        work: Callable[[Tally], Awaitable[T]],
        size: int = LARGE,
    ) -> T:
        """The result of the work, or of the same work that is under way for a like caller.

        Each caller waits as long as it has left; who leaves while he does the work takes it along,
        and the next one begins anew.
        """
        if self._least is None or size < self._least:
            return await work(tally)
        name, mark = self.description.name, (tally.viewer, key)
        waited = tally.begin(name, time.monotonic())
        own = partial(work, Tally(tally.statements))
        try:
            flight = self._flights.joinable(mark)
            if not waited and flight is None:  # The source's own deadline is this caller's too.
                return await self._flights.fly(mark, own)
            async with asyncio.timeout(self._options.deadline - waited):
                if flight is None:
                    return await self._flights.fly(mark, own)
                return await self._flights.join(flight, own)
        except TimeoutError as error:
            department = self.description.department
            raise SourceTimeoutError(name, department, "the deadline passed") from error
        finally:
            tally.end(name, time.monotonic())

    def _shape_of(self, order: ReadOrder) -> int:
        """A number that stands for this shape only; to hash it for every key would cost more."""
        shape = (order.entity, order.indicators, order.rows, order.raw)
        number = self._shapes.get(shape)
        if number is None:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            number = self._shapes[shape] = next(self._numbers)
        return number

    def _may_keep(self, order: ReadOrder) -> bool:
        is_personal = self._options.personal
        if self.description.personal_keys.get(order.entity) and not is_personal:
            return False
        return may_be_kept(order.indicators, order.rows, personal=is_personal)

    def _local(self, key: str) -> LocalKey:
        return LocalKey(self.description.department, self.description.name, key)
