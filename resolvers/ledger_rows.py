"""Pools as instances of the Establishment Office list them, page by page, held by columns."""

from collections.abc import Sequence
from itertools import chain, count, repeat
from operator import add
from typing import Any, NamedTuple

from adapters.listed_pools import NO_POOLS, ListedPools, PoolColumns
from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName
from domain.model.many import made
from resolvers.cursors import Place

Listed = tuple[SourceName, ListedPools]
"""What one instance has listed."""


class Different(NamedTuple):
    """Different units: `at` are the places of each pool's unit, `firsts` of their first pools."""

    keys: Sequence[LocalKey]
    at: Sequence[int]
    firsts: Sequence[int]


class LedgerRows(NamedTuple):
    """Listed pools in their order, and the instance of each."""

    sources: Sequence[SourceName]
    columns: PoolColumns
    places: Sequence[tuple[object, object]]

    def place(self, index: int) -> Place:
        """Where a pool stands."""
        unit, kind = self.places[index]
        return Place(self.sources[index], (str(unit), str(kind)))

    def units(self) -> "Different":
        """The different units in the order of their pools."""
        marks: Sequence[object] = self.columns.units
        if len(set(self.sources)) > 1:
            marks = list(zip(self.sources, self.columns.units, strict=True))
        place: dict[object, int] = {}
        first = list(map(place.setdefault, marks, count()))  # Whoever comes first sets it for all.
        firsts = list(place.values())
        number = dict(zip(firsts, count(), strict=False))
        at = list(map(number.__getitem__, first))
        sources = map(self.sources.__getitem__, firsts)
        texts = map(self.columns.units.__getitem__, firsts)
        department = repeat(Department.ESTABLISHMENT)
        return Different(made(LocalKey, zip(department, sources, texts, strict=False)), at, firsts)

    def types(self, firsts: Sequence[int]) -> list[tuple[str, ...]]:
        """The types of all pools of the units that have these first ones, be they listed or not."""
        own = self.columns
        alone = zip(map(own.types.__getitem__, firsts), strict=True)
        return list(map(add, alone, map(own.others.__getitem__, firsts)))


def rows_of(pages: Sequence[Listed], most: int) -> LedgerRows:
    """The pools of all pages together, so many at most."""
    sources = list(chain.from_iterable(repeat(name, len(own)) for name, own in pages))
    columns, places = _together([own for _, own in pages])
    cut: list[Any] = [column[:most] for column in columns]  # Any: as each of them is
    return LedgerRows(sources[:most], PoolColumns(*cut), places[:most])


def _together(pages: Sequence[ListedPools]) -> tuple[PoolColumns, Sequence[tuple[object, object]]]:
    if len(pages) == 1:
        return pages[0].columns, pages[0].places
    each = zip(NO_POOLS.columns, *(page.columns for page in pages), strict=True)
    columns = PoolColumns(*([*chain.from_iterable(parts)] for parts in each))
    return columns, [*chain.from_iterable(page.places for page in pages)]
