"""The pools of a batch of units: quota and use from the Establishment Office, pay from Finance."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import repeat
from typing import Final, NamedTuple

from adapters.port import SourceReader
from domain.model.departments import Department
from domain.model.global_ids import POOL, SEALED, encode_ids
from domain.model.keys import KEY_SEPARATOR, LocalKey
from domain.model.many import made
from domain.model.pools import PoolRow
from domain.model.quota import PoolNumbers
from domain.model.subjects import Subject
from resolvers.pool_counts import PoolCounts, by_reader, rows_by_key, texts_of
from resolvers.pool_pay import Payroll
from resolvers.reading import Reads

POOLS_FIELD: Final = "Unit.pools"
SEPARATOR: Final = "/"
MOST_TYPES: Final = 256


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


class Pool(NamedTuple):
    """One pool of one unit with its numbers; `key` is the unit at the Establishment Office."""

    unit: Subject
    key: LocalKey
    type: str
    numbers: PoolNumbers
    headcount: int | None
    as_of: datetime


UnitPools = tuple[Pool, ...]


def pool_id(pool: Pool) -> str:
    """The public id; a pool of another record than the unit's first one names that record too."""
    return pool_ids((pool,))[0]


def pool_ids(pools: Sequence[Pool]) -> list[str]:
    """The public ids of pools, in their order."""
    kinds = {kind: SEPARATOR + type_part(kind) for kind in {pool.type for pool in pools}}
    units = {id(pool.unit): pool.unit for pool in pools}
    firsts = {mark: _first_record(unit) for mark, unit in units.items()}
    return encode_ids(
        POOL,
        [
            unit.id + kinds[kind] + ("" if firsts[id(unit)] == key else record_part(key))
            for unit, key, kind, _, _, _ in pools
        ],
    )


def _first_record(unit: Subject) -> LocalKey | None:
    """The record of the Establishment Office that ids need not name."""
    for key in unit.keys:
        if key.department is Department.ESTABLISHMENT:
            return key
    return None


def record_part(key: LocalKey) -> str:
    """The end of the id of a pool that is of another record than the unit's first one."""
    record = f"{key.source}{KEY_SEPARATOR}{key.text}"
    return SEPARATOR + hashlib.sha256(record.encode()).hexdigest()[:16]


def unit_of_pool(local: str) -> str:
    """The local id of the unit in that of a pool."""
    return local.partition(SEPARATOR)[0]


@lru_cache(maxsize=MOST_TYPES)
def type_part(kind: str) -> str:
    """The type in an id; one that no code set knows may hold any character."""
    if kind.isascii() and kind.isalnum():
        return kind
    return SEALED + base64.urlsafe_b64encode(kind.encode()).rstrip(b"=").decode()


async def gather_pools(reads: Reads, asks: Sequence[PoolAsk]) -> list[UnitPools | None]:
    """The pools of each unit, by type; None where the Establishment Office gave none of it."""
    if not asks:
        return []
    batch = _PoolBatch(reads, asks)
    await batch.read()
    return [batch.answer(ask) for ask in asks]


class _PoolBatch:
    def __init__(self, reads: Reads, asks: Sequence[PoolAsk]) -> None:
        self._reads = reads
        self._asks = asks
        self._pools: dict[LocalKey, list[PoolRow]] = {}
        self._counts = PoolCounts(reads, POOLS_FIELD)
        self._payroll = Payroll(reads)

    async def read(self) -> None:
        """Every needed statement of every source at the same time."""
        today, counts, asks = self._asks[0].today, self._counts, self._asks
        keys = [key for ask in asks for key in ask.unit.keys_of(Department.ESTABLISHMENT)]
        by_name = self._reads.sources.by_name
        keys = [key for key in keys if by_name[key.source].description.holds_pools]
        work: list[Awaitable[None]] = [
            self._read_pools(*asked) for asked in by_reader(self._reads, keys)
        ]
        if any(ask.wanted.occupied for ask in asks):
            work += counts.occupations(keys, today)
        if any(ask.wanted.plans for ask in asks):
            work += counts.plans(keys, today)
        work += self._payroll.read([ask.unit for ask in asks if ask.wanted.headcount])
        await asyncio.gather(*work)

    async def _read_pools(self, reader: SourceReader, units: Sequence[LocalKey]) -> None:
        rows = await self._reads.attempt(
            reader, {POOLS_FIELD}, lambda: reader.pools(texts_of(units), self._reads.tally)
        )
        if rows is not None:
            self._pools |= rows_by_key(units, rows)

    def answer(self, ask: PoolAsk) -> UnitPools | None:
        """The pools of one unit, those of a second record of it behind those of the first."""
        keys = [key for key in ask.unit.keys_of(Department.ESTABLISHMENT) if key in self._pools]
        if not keys:
            return None
        rows = [row for key in keys for row in self._pools[key]]
        of_rows = [key for key in keys for _ in self._pools[key]]
        kinds, numbers = [row.type for row in rows], self._counts.numbers(of_rows, rows)
        (spread,) = self._payroll.of_units((ask.unit,), (kinds,))
        headcounts = map(spread.get, kinds)
        parts = (repeat(ask.unit), of_rows, kinds, numbers, headcounts, repeat(ask.now))
        return tuple(made(Pool, zip(*parts, strict=False)))
