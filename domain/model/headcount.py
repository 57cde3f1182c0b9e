"""How persons in pay, counted by Finance's own types, fall into the pools of a unit. Pure."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import compress
from operator import getitem, is_
from typing import Final

from domain.model.pools import HeadcountRow, HeadcountRows

_IS_NONE: Final = partial(is_, None)
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


class Fitting(dict[str | None, str | None]):
    """The pool of some that each type counts into, worked out once a type."""

    def __init__(self, pools: Sequence[str], above: Above) -> None:
        super().__init__()
        self.pools = pools
        self._above = above

    def __missing__(self, kind: str | None) -> str | None:
        found = self[kind] = pool_for(kind, self.pools, self._above)
        return found


def spread_all(
    rows: HeadcountRows, pools: Mapping[str, Fitting]
) -> Mapping[tuple[str, str | None], int | None]:
    """As `spread_headcount` of many units at once, each of which has its pools: by unit and pool.

    Nothing is said of a pool into which nobody counts.
    """
    into = list(map(getitem, map(pools.__getitem__, rows.units), rows.types))
    marks = list(zip(rows.units, into, strict=True))
    sums: dict[tuple[str, str | None], int] = dict(zip(marks, rows.counts, strict=True))
    if len(sums) < len(marks):
        sums = dict.fromkeys(sums, 0)
        for mark, count in zip(marks, rows.counts, strict=True):
            sums[mark] += count
    if all(into):
        return sums
    lost = set(compress(rows.units, map(_IS_NONE, into)))
    return {**sums, **{(unit, kind): None for unit in lost for kind in pools[unit].pools}}
