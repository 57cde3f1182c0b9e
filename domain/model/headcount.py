"""How persons in pay, counted by Finance's own types, fall into the pools of a unit. Pure."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import repeat
from typing import TypeVar

from domain.model.pools import HeadcountRow, HeadcountRows

T = TypeVar("T")

Above = Mapping[str, AbstractSet[str]]
"""All types above each type of the code set."""
PoolFor = Callable[[str | None, Sequence[str]], str | None]
"""The pool a type counts into, of those a unit has."""


def pool_for(kind: str | None, pools: Sequence[str], above: Above) -> str | None:
    """The pool a type counts into: the equal one, else the one above, else the only one below.

    None where it fits several pools or none.
    """
    if kind is None:
        return None
    if kind in pools:
        return kind
    own = above.get(kind, frozenset())
    fitting = [pool for pool in pools if pool in own] or [
        pool for pool in pools if kind in above.get(pool, ())
    ]
    return fitting[0] if len(fitting) == 1 else None


def spread_headcount(
    rows: Sequence[HeadcountRow], pools: Sequence[str], above: Above
) -> Mapping[str, int | None]:
    """Persons in pay by pool type of one unit.

    One row that fits several pools or none leaves every pool of the unit unknown: nobody can say
    where it belongs.
    """
    return spread_by(rows, pools, lambda kind, pools: pool_for(kind, pools, above))


def spread_by(
    rows: Sequence[HeadcountRow], pools: Sequence[str], find: PoolFor
) -> Mapping[str, int | None]:
    """As `spread_headcount`; `find` tells the pool of a type that none of them is."""
    counts = dict.fromkeys(pools, 0)
    for _, kind, count in rows:
        pool = kind if kind in counts else find(kind, pools)
        if pool is None:
            return dict.fromkeys(pools)
        counts[pool] += count
    return counts


def spread_all(
    rows: HeadcountRows, pools: Mapping[str, Sequence[str]], find: PoolFor
) -> Mapping[tuple[str, str | None], int | None]:
    """As `spread_by` of many units at once, each of which has its pools: by unit and pool.

    Nothing is said of a pool into which nobody counts.
    """
    into = list(map(find, rows.types, map(pools.__getitem__, rows.units)))
    marks = list(zip(rows.units, into, strict=True))
    sums: dict[tuple[str, str | None], int | None] = dict(zip(marks, rows.counts, strict=True))
    if len(sums) < len(marks):
        sums |= _added(marks, rows.counts)
    if None in into:
        for unit in {unit for unit, pool in sums if pool is None}:
            sums |= dict.fromkeys(zip(repeat(unit), pools[unit], strict=False))
    return sums


def _added(marks: Sequence[T], counts: Sequence[int]) -> dict[T, int]:
    sums = dict.fromkeys(marks, 0)
    for mark, count in zip(marks, counts, strict=True):
        sums[mark] += count
    return sums
