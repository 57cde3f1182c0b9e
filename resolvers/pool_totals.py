"""Sums over the pools of units and of all units below them: two statements an instance."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final, NamedTuple

from adapters.port import (
    Condition,
    ListOrder,
    Operator,
    PoolFilter,
    PoolListOrder,
    SourceReader,
)
from domain.catalogue import handles
from domain.model.departments import Department
from domain.model.keys import EntityKind
from domain.model.quota import PoolNumbers, PoolTotals, total_of
from domain.model.subjects import Subject
from domain.model.trees import all_below
from domain.model.values import canonical_text
from resolvers.reading import Reads

TOTALS_FIELD: Final = "Unit.poolTotals"
MAX_UNITS: Final = 20_000
MAX_POOLS: Final = 60_000
"""More than any city has; beyond them a sum is unknown, never too small."""
_CHUNK: Final = 256


class TotalsAsk(NamedTuple):
    """The sums of one unit; `today` is the day in the city."""

    unit: Subject
    today: date


@dataclass(slots=True)
class _Found:
    """Which unit stands below which, and the pools of each, by standard code."""

    below: dict[str, set[str]] = field(default_factory=dict)
    pools: dict[str, list[PoolNumbers]] = field(default_factory=dict)
    is_whole: bool = True


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
    found = _Found(is_whole=bool(offices))
    if codes:
        today = asks[0].today
        await asyncio.gather(*(_read(reads, reader, codes, found, today) for reader in offices))
    return [_total(ask.unit, found) for ask in asks]


def _codes(unit: Subject) -> tuple[str, ...]:
    """The standard codes of a unit: the same in all instances, whichever registers it."""
    return tuple(key.text for key in unit.keys_of(Department.ESTABLISHMENT))


async def _read(
    reads: Reads, reader: SourceReader, codes: tuple[str, ...], found: _Found, today: date
) -> None:
    """One instance's part: its tree below the codes, and the pools of all units in it."""
    if handles.PARENT_UNIT_CODE not in reader.description.places.get(EntityKind.UNIT, {}):
        found.is_whole = False
        return
    under = (Condition(handles.PARENT_UNIT_CODE, Operator.UNDER, codes),)
    wanted, reach = frozenset({handles.PARENT_UNIT_CODE}), await reads.reach(reader)
    tree = ListOrder(EntityKind.UNIT, under, MAX_UNITS, wanted, reach=reach)
    below = PoolFilter(under=codes, reach=reach)
    listed = PoolListOrder(below, MAX_POOLS, today, numbers=True)
    units, pools = await asyncio.gather(
        reads.attempt(reader, {TOTALS_FIELD}, partial(reader.page, tree, reads.tally)),
        reads.attempt(reader, {TOTALS_FIELD}, partial(reader.list_pools, listed, reads.tally)),
    )
    if units is None or pools is None or len(units) == MAX_UNITS or len(pools) == MAX_POOLS:
        found.is_whole = False
        return
    for unit in units:
        above = canonical_text(unit.facet.values.get(handles.PARENT_UNIT_CODE))
        found.below.setdefault(above or "", set()).add(unit.facet.key.text)
    for pool in pools:
        row = pool.row
        numbers = PoolNumbers(row.approved, pool.occupied, row.locked, pool.plan_unused)
        found.pools.setdefault(row.unit, []).append(numbers)


def _total(unit: Subject, found: _Found) -> PoolTotals | None:
    codes = _codes(unit)
    if not codes or not found.is_whole:
        return None
    units = all_below(codes, found.below)
    return total_of(len(units), _pools(units, found.pools))


def _pools(
    units: Iterable[str], pools: Mapping[str, Sequence[PoolNumbers]]
) -> Iterable[PoolNumbers]:
    return (pool for unit in units for pool in pools.get(unit, ()))
