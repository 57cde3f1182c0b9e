"""From listed rows to subjects: one statement for the links of the rows and of their units."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from adapters.listed import keys_of_rows
from adapters.port import (
    Listed,
    ListOrder,
)
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey
from domain.model.subjects import Subject
from domain.model.values import canonical_text
from resolvers.reading import Reads
from resolvers.subjects import Linked, subjects_of_owners, subjects_of_rows
from resolvers.wanted import Wanted, is_row
from store.database import Store
from store.forms import OwnerRows
from store.people import PersonAsk
from store.units import UnitAsk

MOST_ORDERS: Final = 256
_NAMED_UNIT: Final = {
    EntityKind.PERSON: handles.OCCUPIED_UNIT_CODE,
    EntityKind.UNIT: handles.PARENT_UNIT_CODE,
}
"""The indicator behind Person.unit and Unit.parent."""


@dataclass(frozen=True, slots=True)
class Linker:
    """Makes subjects of listed rows; `prime` keeps the units found on the way for their fields."""

    reads: Reads
    store: Store
    prime: Callable[[UnitAsk, Linked | None], object]

    async def subjects(
        self, kind: EntityKind, rows: Sequence[Listed], wanted: Wanted
    ) -> Sequence[Subject]:
        """One subject per row, in their order; what was read of the rows is remembered."""
        self.reads.bring(kind, rows, is_raw=wanted.is_raw)
        keys = keys_of_rows(rows)
        named = dict.fromkeys(self._named_units(kind, rows, wanted))
        self._pass(keys if kind is EntityKind.UNIT else named)
        if kind is EntityKind.PERSON:
            found, units = await self._find(keys, list(named))
            self._keep(named, units)
            if isinstance(found, OwnerRows):
                return subjects_of_owners(kind, keys, found.rows, self.store.seals)
        else:
            every = list(dict.fromkeys((*keys, *named)))
            _, units = await self._find([], every)
            self._keep(every, units)
            by_key = dict(zip(every, units, strict=True))
            found = [by_key[key] for key in keys]
        return subjects_of_rows(kind, keys, found, self.store.seals)

    async def _find(
        self, people: Sequence[LocalKey], units: Sequence[LocalKey]
    ) -> tuple[Sequence[Linked | None], Sequence[Linked | None]]:
        """Who has these keys; with all that links say where anything shows them."""
        tally = self.reads.tally
        if not self.reads.shows_links:
            return await self.store.owners(people, units, tally)
        persons, places = [PersonAsk(key=k) for k in people], [UnitAsk(key=k) for k in units]
        return await self.store.find(persons, places, tally)

    def _keep(self, keys: Iterable[LocalKey], units: Sequence[Linked | None]) -> None:
        for key, unit in zip(keys, units, strict=True):
            self.prime(UnitAsk(key=key), unit)

    def _pass(self, units: Iterable[LocalKey]) -> None:
        """Units that rows within reach are of, where the Establishment Office says so."""
        if self.reads.bounds is not None:
            office = Department.ESTABLISHMENT
            self.reads.bounds.passed.update(key for key in units if key.department is office)

    def _named_units(
        self, kind: EntityKind, rows: Sequence[Listed], wanted: Wanted
    ) -> Iterator[LocalKey]:
        """The units that the rows name by their sources' own codes, where that is wanted."""
        name = _NAMED_UNIT[kind]
        if name not in wanted.values:
            return
        for row in rows:
            cell = row.page.cells.cells.get(name)
            code = None if cell is None else canonical_text(cell.of(row.rows[0]))
            if code is not None:
                yield LocalKey(row.key.department, row.key.source, code)


@lru_cache(maxsize=MOST_ORDERS)
def page_order(kind: EntityKind, wanted: Wanted, limit: int) -> ListOrder:
    """An order for the driver's copies of all wanted single values: a fallback costs nothing."""
    names = wanted.values | wanted.everywhere
    if wanted.whole:
        names |= {indicator.name for indicator in catalogue().of_subject(kind)}
    singles = frozenset(name for name in names if not is_row(name))
    return ListOrder(kind, (), limit, singles, raw=wanted.is_raw)
