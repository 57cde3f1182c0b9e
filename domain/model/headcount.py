"""How persons in pay, counted by Finance's own types, fall into the pools of a unit. Pure."""

from collections.abc import Callable, Mapping, Sequence

from domain.model.pools import HeadcountRow

Below = Callable[[str, str], bool]
"""Whether the first type is below the second in the code set."""


def pool_for(kind: str | None, pools: Sequence[str], is_below: Below) -> str | None:
    """The pool a type counts into: the equal one, else the one above, else the only one below.

    None where it fits several pools or none.
    """
    if kind is None:
        return None
    if kind in pools:
        return kind
    above = [pool for pool in pools if is_below(kind, pool)]
    fitting = above or [pool for pool in pools if is_below(pool, kind)]
    return fitting[0] if len(fitting) == 1 else None


def spread_headcount(
    rows: Sequence[HeadcountRow], pools: Sequence[str], is_below: Below
) -> Mapping[str, int | None]:
    """Persons in pay by pool type of one unit.

    One row that fits several pools or none leaves every pool of the unit unknown: nobody can say
    where it belongs.
    """
    counts = dict.fromkeys(pools, 0)
    for row in rows:
        pool = pool_for(row.type, pools, is_below)
        if pool is None:
            return dict.fromkeys(pools)
        counts[pool] += row.count
    return counts
