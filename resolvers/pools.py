"""The pools of a batch of units: quota and use from the Establishment Office, pay from Finance."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from adapters.port import SourceReader
from domain.catalogue.codes import code_set
from domain.catalogue.hierarchy import is_below
from domain.model.departments import Department
from domain.model.headcount import spread_headcount
from domain.model.keys import LocalKey, SourceName
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.quota import PoolNumbers
from domain.model.subjects import Subject
from resolvers.reading import Reads

Row = TypeVar("Row", PoolRow, OccupiedRow, PlanRow, HeadcountRow)
POOLS_FIELD = "Unit.pools"
HEADCOUNT_FIELD = "EstablishmentPool.payrollHeadcount"


@dataclass(frozen=True, slots=True)
class PoolsWanted:
    """Which of a pool's numbers are asked for."""

    occupied: bool
    plans: bool
    headcount: bool


class PoolAsk(NamedTuple):
    """The pools of one unit; `today` is the day in the city."""

    unit: Subject
    wanted: PoolsWanted
    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool of one unit with its numbers."""

    unit: Subject
    type: str
    numbers: PoolNumbers
    headcount: int | None
    as_of: datetime


UnitPools = tuple[Pool, ...]
Counts = Mapping[LocalKey, Mapping[str, int | None]]


async def gather_pools(reads: Reads, asks: Sequence[PoolAsk]) -> list[UnitPools | None]:
    """The pools of each unit, by type; None where the Establishment Office gave none of it."""
    batch = _PoolBatch(reads, asks)
    await batch.read()
    return [batch.answer(ask) for ask in asks]


class _PoolBatch:
    def __init__(self, reads: Reads, asks: Sequence[PoolAsk]) -> None:
        self._reads = reads
        self._asks = asks
        self._pools: dict[LocalKey, list[PoolRow]] = {}
        self._occupied: dict[LocalKey, dict[str, int | None]] = {}
        self._plans: dict[LocalKey, dict[str, int | None]] = {}
        self._headcount: dict[LocalKey, list[HeadcountRow]] = {}

    async def read(self) -> None:
        """Every needed statement of every source at the same time."""
        today = self._asks[0].today
        work: list[Awaitable[None]] = []
        for reader, units in self._readers(Department.ESTABLISHMENT, self._asks):
            if not reader.description.holds_pools:
                continue
            work.append(self._read_pools(reader, units))
            if any(ask.wanted.occupied for ask in self._asks):
                work.append(self._read_occupied(reader, units, today))
            if any(ask.wanted.plans for ask in self._asks):
                work.append(self._read_plans(reader, units, today))
        counted = [ask for ask in self._asks if ask.wanted.headcount]
        for reader, units in self._readers(Department.FINANCE, counted):
            work.append(self._read_headcount(reader, units))
        await asyncio.gather(*work)

    def _readers(
        self, department: Department, asks: Sequence[PoolAsk]
    ) -> list[tuple[SourceReader, list[LocalKey]]]:
        by_source: dict[SourceName, dict[LocalKey, None]] = {}
        for ask in asks:
            for key in ask.unit.keys_of(department):
                by_source.setdefault(key.source, {})[key] = None
        readers = self._reads.sources.by_name
        return [(readers[name], list(keys)) for name, keys in by_source.items()]

    async def _read_pools(self, reader: SourceReader, units: Sequence[LocalKey]) -> None:
        rows = await self._ask(
            reader, POOLS_FIELD, lambda: reader.pools(_texts(units), self._reads.tally)
        )
        self._pools |= _by_key(units, rows or [], answered=rows is not None)

    async def _read_occupied(
        self, reader: SourceReader, units: Sequence[LocalKey], today: date
    ) -> None:
        rows = await self._ask(
            reader, POOLS_FIELD, lambda: reader.occupied(_texts(units), today, self._reads.tally)
        )
        if rows is not None:
            grouped = _by_key(units, rows, answered=True)
            self._occupied |= {
                key: {r.type: r.count for r in part} for key, part in grouped.items()
            }

    async def _read_plans(
        self, reader: SourceReader, units: Sequence[LocalKey], today: date
    ) -> None:
        rows = await self._ask(
            reader, POOLS_FIELD, lambda: reader.plans(_texts(units), today, self._reads.tally)
        )
        if rows is not None:
            grouped = _by_key(units, rows, answered=True)
            self._plans |= {key: {r.type: r.unused for r in part} for key, part in grouped.items()}

    async def _read_headcount(self, reader: SourceReader, units: Sequence[LocalKey]) -> None:
        rows = await self._ask(
            reader, HEADCOUNT_FIELD, lambda: reader.headcount(_texts(units), self._reads.tally)
        )
        self._headcount |= _by_key(units, rows or [], answered=rows is not None)

    async def _ask(
        self, reader: SourceReader, field: str, work: Callable[[], Awaitable[list[Row] | None]]
    ) -> list[Row] | None:
        return await self._reads.attempt(reader, {field}, work)

    def answer(self, ask: PoolAsk) -> UnitPools | None:
        """The pools of one unit."""
        keys = [key for key in ask.unit.keys_of(Department.ESTABLISHMENT) if key in self._pools]
        if not keys:
            return None
        rows = [(key, row) for key in keys[:1] for row in self._pools[key]]
        counts = self._headcounts(ask, [row.type for _, row in rows])
        return tuple(
            Pool(ask.unit, row.type, self._numbers(key, row), counts.get(row.type), ask.now)
            for key, row in rows
        )

    def _numbers(self, key: LocalKey, row: PoolRow) -> PoolNumbers:
        return PoolNumbers(
            approved=row.approved,
            occupied=_count(self._occupied, key, row.type),
            locked=row.locked,
            plan_unused=_count(self._plans, key, row.type),
        )

    def _headcounts(self, ask: PoolAsk, types: Sequence[str]) -> Mapping[str, int | None]:
        keys = ask.unit.keys_of(Department.FINANCE)
        if not keys or any(key not in self._headcount for key in keys):
            return {}
        rows = [row for key in keys for row in self._headcount[key]]
        codes = code_set("establishment_type")
        return spread_headcount(rows, types, lambda code, above: is_below(codes, code, above))


def _texts(units: Sequence[LocalKey]) -> list[str]:
    return [key.text for key in units]


def _by_key(
    units: Sequence[LocalKey], rows: Sequence[Row], *, answered: bool
) -> dict[LocalKey, list[Row]]:
    """The rows of each unit; no entry for units whose source did not answer."""
    if not answered:
        return {}
    by_text: dict[str, list[Row]] = {}
    for row in rows:
        by_text.setdefault(row.unit, []).append(row)
    return {key: by_text.get(key.text, []) for key in units}


def _count(counts: Counts, key: LocalKey, kind: str) -> int | None:
    """The number of a pool: 0 where the department answered without a row of it, else unknown."""
    found = counts.get(key)
    return None if found is None else found.get(kind, 0)
