"""Pools in memory, listed as the reading contract says."""

from collections.abc import Iterator, Sequence

from adapters.port import ListedPool, PoolFilter, PoolListOrder, Reach
from domain.model.pools import OccupiedRow, PoolRow
from domain.model.quota import FreezeStatus, PoolNumbers

Rows = Sequence[PoolRow]
People = Sequence[OccupiedRow] | None


def list_pools(order: PoolListOrder, rows: Rows, people: People) -> list[ListedPool]:
    """One page; whoever names a division knows that the units of a fake begin with theirs."""
    listed = []
    for row in sorted(rows, key=lambda row: (row.unit, row.type)):
        position = (row.unit, row.type)
        if (order.after is None or position > order.after) and fits(order.filter, row, people):
            others = (other.type for other in rows if other.unit == row.unit != "")
            listed.append(
                ListedPool(
                    row,
                    position,
                    occupied=_occupied(row, people) if order.filter.counts_people else None,
                    others=tuple(t for t in others if t != row.type) if order.others else (),
                )
            )
    return listed[: order.limit]


def count_pools(wanted: PoolFilter, rows: Rows, people: People) -> int:
    """How many pools the filter lets through."""
    return sum(fits(wanted, row, people) for row in rows)


def fits(wanted: PoolFilter, row: PoolRow, people: People) -> bool:
    """Whether a pool meets every part of a filter."""
    return all(_tests(wanted, row, PoolNumbers(row.approved, _occupied(row, people), None, None)))


def _tests(wanted: PoolFilter, row: PoolRow, numbers: PoolNumbers) -> Iterator[bool]:
    yield wanted.units is None or row.unit in wanted.units
    yield wanted.division is None or row.unit.startswith(wanted.division)
    yield wanted.reach is None or _is_within(row.unit, wanted.reach)
    yield wanted.types is None or row.type in wanted.types
    is_empty = numbers.freeze is FreezeStatus.FULL and not numbers.approved
    yield wanted.freeze is None or (numbers.freeze in wanted.freeze and not is_empty)
    yield wanted.min_over is None or (numbers.over is not None and numbers.over >= wanted.min_over)


def _is_within(unit: str, reach: Reach) -> bool:
    return unit in reach.codes or unit.startswith(reach.divisions)


def _occupied(row: PoolRow, people: People) -> int | None:
    if people is None:
        return None
    return sum(each.count for each in people if (each.unit, each.type) == (row.unit, row.type))
