"""Sums over the pools of units and of all units below them: two statements an instance.

Two more where an instance is asked again, for a tree that goes on in it from another one.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

from adapters.port import (
    Listed,
    ListedPool,
    PoolFilter,
    PoolListOrder,
    SourceReader,
)
from domain.model.departments import Department
from domain.model.keys import SourceName
from domain.model.quota import PoolNumbers, PoolTotals, total_of
from domain.model.subjects import Subject
from domain.model.trees import all_below
from resolvers.reading import Reads
from resolvers.trees import MAX_UNITS, below_order, follow_trees, knows_parents

TOTALS_FIELD: Final = "Unit.poolTotals"
MAX_POOLS: Final = 60_000
"""More than any city has; beyond them a sum is unknown, never too small."""
_CHUNK: Final = 256
_Pools = Mapping[str, Mapping[SourceName, Sequence[PoolNumbers]]]


class TotalsAsk(NamedTuple):
    """The sums of one unit; `today` is the day in the city."""

    unit: Subject
    today: date


@dataclass(slots=True)
class _Found:
    """The pools of each unit, by standard code: of each instance that keeps some."""

    reads: Reads
    today: date
    pools: dict[str, dict[SourceName, list[PoolNumbers]]] = field(default_factory=dict)

    async def tell(self, reader: SourceReader, codes: tuple[str, ...]) -> Sequence[Listed] | None:
        """One instance's part: its tree below the codes, and the pools of all units in it."""
        if not knows_parents(reader):
            return None
        reads, reach = self.reads, await self.reads.reach(reader)
        tree, filter_ = below_order(codes, reach), PoolFilter(under=codes, reach=reach)
        listed = PoolListOrder(filter_, MAX_POOLS, self.today, numbers=True)
        units, pools = await asyncio.gather(
            reads.attempt(reader, {TOTALS_FIELD}, partial(reader.page, tree, reads.tally)),
            reads.attempt(reader, {TOTALS_FIELD}, partial(reader.list_pools, listed, reads.tally)),
        )
        if units is None or pools is None or len(units) == MAX_UNITS or len(pools) == MAX_POOLS:
            return None
        self._take(reader, pools)
        return units

    def _take(self, reader: SourceReader, pools: Iterable[ListedPool]) -> None:
        """An instance tells all pools of a unit at once; told twice, they are the same."""
        found: dict[str, list[PoolNumbers]] = {}
        for pool in pools:
            row = pool.row
            numbers = PoolNumbers(row.approved, pool.occupied, row.locked, pool.plan_unused)
            found.setdefault(row.unit, []).append(numbers)
        for unit, own in found.items():
            self.pools.setdefault(unit, {})[reader.description.name] = own


async def gather_totals(reads: Reads, asks: Sequence[TotalsAsk]) -> list[PoolTotals | None]:
    """The sums of each unit; None where an instance that may hold a part of it does not tell."""
    totals: list[PoolTotals | None] = []
    for start in range(0, len(asks), _CHUNK):
        totals += await _gather(reads, asks[start : start + _CHUNK])
    return totals


async def _gather(reads: Reads, asks: Sequence[TotalsAsk]) -> list[PoolTotals | None]:
    codes = tuple(dict.fromkeys(code for ask in asks for code in _codes(ask.unit)))
    offices = [
        reader
        for reader in reads.sources.of(Department.ESTABLISHMENT)
        if reader.description.holds_pools
    ]
    found = _Found(reads, asks[0].today)
    below = await follow_trees(codes, offices, found.tell) if offices else None
    return [None if below is None else _total(ask.unit, below, found.pools) for ask in asks]


def _codes(unit: Subject) -> tuple[str, ...]:
    """The standard codes of a unit: the same in all instances, whichever registers it."""
    return tuple(key.text for key in unit.keys_of(Department.ESTABLISHMENT))


def _total(unit: Subject, below: Mapping[str, set[str]], pools: _Pools) -> PoolTotals | None:
    codes = _codes(unit)
    if not codes:
        return None
    units = all_below(codes, below)
    parts = (part for code in units for part in pools.get(code, {}).values())
    return total_of(len(units), chain.from_iterable(parts))
