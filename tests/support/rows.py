"""A prepared read for sources in memory: their facets taken apart into rows, as a driver's are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Protocol

from adapters.listed import ListedRows
from adapters.mapping.forms import form_of
from adapters.mapping.model import ColumnRule
from adapters.port import (
    ListCells,
    Listed,
    ListOrder,
    Look,
    Position,
    ReadOrder,
)
from adapters.stored import Cell, StoredRow
from domain.catalogue.indicators import catalogue
from domain.model.keys import EntityKind, IndicatorName, KeysOfSource, LocalKey
from domain.model.records import Facet, Value
from domain.model.tally import Tally


class Reads(Protocol):
    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]: ...


class RowsInMemory:
    """Rows are the asked values in the order of their names."""

    def __init__(
        self, source: Reads, entity: EntityKind, indicators: frozenset[IndicatorName]
    ) -> None:
        self._source = source
        self._entity = entity
        self._names = sorted(indicators)
        self._facets: dict[str, Facet] = {}
        self.look = Look()
        self.cells: Mapping[IndicatorName, Cell] = {
            name: _cell(position, name) for position, name in enumerate(self._names)
        }

    async def fetch(self, keys: Sequence[str], tally: Tally) -> Mapping[str, Sequence[object]]:
        order = ReadOrder(self._entity, tuple(keys), frozenset(self._names))
        pairs = zip(keys, await self._source.read(order, tally), strict=True)
        found = {key: facet for key, facet in pairs if facet is not None}
        self._facets |= found
        return {key: tuple(f.values[n] for n in self._names) for key, f in found.items()}

    async def fetch_one(self, key: str, tally: Tally) -> Sequence[object] | None:
        return (await self.fetch((key,), tally)).get(key)

    def pair(self, _by: IndicatorName, _names: frozenset[IndicatorName]) -> None:
        """Rows come alone."""

    def facet(self, key: str, _row: Sequence[object]) -> Facet:
        return self._facets[key]


class PageInMemory:
    """A page of facets taken apart in the same way; each row holds its position too, and itself."""

    def __init__(self, names: Iterable[IndicatorName]) -> None:
        self.cells = _cells_of(frozenset(names))

    def listed(self, facets: Sequence[Facet], position: Position, group: str | None) -> Listed:
        """One row of the page, the others its twins."""
        names = self.cells.cells
        rows = [(*(f.values[name] for name in names), position, f) for f in facets]
        return Listed(facets[0].key, rows, self, group)

    def position(self, row: StoredRow) -> Position:
        return row[-2]  # type: ignore[return-value] # see `listed`

    def facet(self, _key: LocalKey, rows: Sequence[StoredRow]) -> Facet:
        first, *twins = (row[-1] for row in rows if isinstance(row[-1], Facet))
        return replace(first, twins=tuple(twins))


def by_columns(listed: list[Listed], order: ListOrder) -> Sequence[Listed]:
    """The same as a source gives them: in columns, where none has a twin or a group."""
    keys = [one.key for one in listed]
    is_plain = order.each is None and all(len(one.rows) == 1 for one in listed)
    if not listed or not is_plain or len(set(keys)) < len(keys):
        return listed
    own = KeysOfSource(keys[0].department, keys[0].source, [key.text for key in keys])
    return ListedRows(own, [one.rows[0] for one in listed], listed[0].page)


@cache
def _cells_of(names: frozenset[IndicatorName]) -> ListCells:
    places = enumerate(sorted(names))
    return ListCells(names, {name: _cell(place, name) for place, name in places})


def _cell(place: int, name: IndicatorName) -> Cell:
    """A column that holds canonical values; they are as usual as those of any column."""
    return Cell(place, as_it_is, form=form_of(ColumnRule(0), catalogue().indicators[name]))


def as_it_is(stored: object) -> Value:
    return stored  # type: ignore[return-value] # what is stored here is a canonical value
