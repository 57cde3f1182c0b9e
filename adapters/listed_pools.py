"""Pools of a list held by columns: a record of each is made only when somebody looks at it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.port import ListedPool
from domain.model.many import MadeLater, made
from domain.model.pools import PoolRow

Numbers = Sequence[int | None]


class PoolColumns(NamedTuple):
    """What listed pools say, each field of `ListedPool` and of its row for all of them."""

    units: Sequence[str]
    types: Sequence[str]
    approved: Numbers
    locked: Numbers
    occupied: Numbers
    unused: Numbers
    others: Sequence[tuple[str, ...]]


class ListedPools(MadeLater[ListedPool]):
    """Pools in the order of a list; `places` are the stored units and types, by which it goes."""

    __slots__ = ("columns", "places")

    def __init__(self, columns: PoolColumns, places: Sequence[tuple[object, object]]) -> None:
        super().__init__()
        self.columns = columns
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    @property
    def positions(self) -> list[tuple[str, str]]:
        """The position of each."""
        return [(str(unit), str(kind)) for unit, kind in self.places]

    def _make(self) -> Sequence[ListedPool]:
        own = self.columns
        rows = made(PoolRow, zip(own.units, own.types, own.approved, own.locked, strict=True))
        parts = (rows, self.positions, own.occupied, own.unused, own.others)
        return made(ListedPool, zip(*parts, strict=True))


def by_columns(pools: Sequence[ListedPool]) -> ListedPools:
    """The pools of whatever list by columns."""
    if isinstance(pools, ListedPools):
        return pools
    rows, positions, *more = zip(*pools, strict=True) if pools else ((),) * 5
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    return ListedPools(PoolColumns(*columns, *more), positions)


NO_POOLS: Final = by_columns(())
