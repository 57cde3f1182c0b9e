"""A linked demo city under scopes: who is in it by a plain reading, and what sources gave away."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from adapters.opening import Source
from adapters.port import (
    JudgeOrder,
    Listed,
    ListedPool,
    ListOrder,
    PoolFilter,
    PoolListOrder,
    ReadOrder,
    RowReader,
    SearchOrder,
    SourceDescription,
    SourceReader,
    StreamOrder,
)
from commands.opening import open_city
from domain.catalogue import handles as h
from domain.model.access import OPEN, Scope
from domain.model.departments import PERSON_DRIVERS, UNIT_DRIVERS, Department
from domain.model.errors import SourceUnavailableError
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import Facet
from domain.model.subjects import Subject
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally
from domain.model.values import canonical_text
from resolvers.context import CITY_TIME, Asker, City, RequestContext, open_context
from resolvers.sources import Sources
from resolvers.subjects import linked_subject
from store.database import Store
from store.people import PersonAsk
from store.units import UnitAsk

NOW = datetime(2026, 2, 15, 4, 0, tzinfo=UTC)
"""A day on which the demo city has secondments in force."""
PERSON, UNIT = EntityKind.PERSON, EntityKind.UNIT
_ORDER = (h.HOST_UNIT_CODE, h.ABSENCE_FROM, h.ABSENCE_TO)
OFFICE = Department.ESTABLISHMENT


@dataclass(slots=True)
class WatchedSource:
    """A source that keeps the keys of all rows it has given away; `is_down`: it gives none."""

    inner: Source
    given: set[tuple[EntityKind, LocalKey]] = field(default_factory=set)
    given_pools: set[str] = field(default_factory=set)
    is_down: bool = False

    @property
    def description(self) -> SourceDescription:
        return self.inner.description

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        self.check()
        facets = await self.inner.read(order, tally)
        self._give(order.entity, (facet for facet in facets if facet is not None))
        return facets

    def row_reader(
        self, entity: EntityKind, indicators: frozenset[IndicatorName]
    ) -> RowReader | None:
        rows = self.inner.row_reader(entity, indicators)
        return None if rows is None else WatchedRows(rows, self, entity)

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        self.check()
        facets = await self.inner.search(order, tally)
        self._give(order.entity, facets)
        return facets

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        self.check()
        rows = await self.inner.page(order, tally)
        self._give(order.entity, (row.facet for row in rows))
        return rows

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        self.check()
        return await self.inner.count(order, tally)

    async def judge(self, order: JudgeOrder, tally: Tally) -> Mapping[str, bool]:
        self.check()
        return await self.inner.judge(order, tally)

    def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        return self.inner.stream(order, tally)

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        self.check()
        rows = await self.inner.pools(units, tally)
        self.given_pools |= {row.unit for row in rows}
        return rows

    async def list_pools(self, order: PoolListOrder, tally: Tally) -> Sequence[ListedPool]:
        self.check()
        rows = await self.inner.list_pools(order, tally)
        self.given_pools |= {row.row.unit for row in rows}
        return rows

    async def count_pools(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        self.check()
        return await self.inner.count_pools(wanted, today, tally)

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        self.check()
        return await self.inner.occupied(units, today, tally)

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        self.check()
        return await self.inner.plans(units, today, tally)

    async def headcount(self, units: Sequence[str], tally: Tally) -> Sequence[HeadcountRow] | None:
        self.check()
        return await self.inner.headcount(units, tally)

    async def successions(self, tally: Tally) -> list[SuccessionRow] | None:
        return await self.inner.successions(tally)

    def check(self) -> None:
        if self.is_down:
            one = self.description
            raise SourceUnavailableError(one.name, one.department, "cut off by a test")

    def _give(self, kind: EntityKind, facets: Iterable[Facet]) -> None:
        self.given |= {(kind, facet.key) for facet in facets}


class WatchedRows:
    """A prepared read whose rows are noted as those of orders are."""

    def __init__(self, rows: RowReader, source: WatchedSource, entity: EntityKind) -> None:
        self.cells = rows.cells
        self.look = rows.look
        self._rows = rows
        self._source = source
        self._entity = entity

    async def fetch(self, keys: Sequence[str], tally: Tally) -> Mapping[str, Sequence[object]]:
        self._source.check()
        found = await self._rows.fetch(keys, tally)
        one = self._source.description
        for key in found:
            self._source.given.add((self._entity, LocalKey(one.department, one.name, key)))
        return found

    async def fetch_one(self, key: str, tally: Tally) -> Sequence[object] | None:
        return (await self.fetch((key,), tally)).get(key)

    def pair(self, _by: IndicatorName, _names: frozenset[IndicatorName]) -> None:
        """Rows come alone."""

    def facet(self, key: str, row: Sequence[object]) -> Facet:
        return self._rows.facet(key, row)


@dataclass(slots=True)
class Books:
    """Everything the departments hold, read past every bound."""

    people: dict[LocalKey, str | None] = field(default_factory=dict)
    numbers: dict[LocalKey, str] = field(default_factory=dict)
    divisions: dict[LocalKey, str] = field(default_factory=dict)
    parents: dict[LocalKey, str | None] = field(default_factory=dict)
    persons: list[Subject] = field(default_factory=list)
    units: list[Subject] = field(default_factory=list)
    credit_codes: set[str] = field(default_factory=set)
    hosts: dict[LocalKey, set[str]] = field(default_factory=dict)
    unit_of: dict[LocalKey, Subject] = field(default_factory=dict)

    def codes(self, scope: Scope) -> set[str]:
        """The standard codes of the units that a scope names, trees climbed one by one."""
        found = set(map(str, scope.units))
        for key in (each for each in self.parents if each.department is OFFICE):
            code: str | None = key.text
            seen: set[str] = set()
            while code is not None and code not in seen:
                if code in scope.trees:
                    found.add(key.text)
                    break
                seen.add(code)
                code = self.parents.get(LocalKey(key.department, key.source, code))
        return found | set(map(str, scope.trees))

    def has_unit_row(self, scope: Scope, codes: set[str], key: LocalKey) -> bool:
        """Whether a department's row of a unit lies within."""
        stems = tuple(map(_stem, scope.divisions))
        if self.divisions.get(key, "").startswith(stems) and key in self.divisions:
            return True
        if key.department is OFFICE:
            return key.text in codes
        unit = self.unit_of.get(key)
        return unit is not None and any(k.text in codes for k in unit.keys_of(OFFICE))

    def units_within(self, scope: Scope) -> set[str]:
        """The ids of the linked units within a scope."""
        codes = self.codes(scope)
        return {u.id for u in self.units if self._is_unit_within(scope, codes, u)}

    def _is_unit_within(self, scope: Scope, codes: set[str], unit: Subject) -> bool:
        if any(key.text in codes for key in unit.keys_of(OFFICE)):
            return True
        if not scope.divisions:
            return False
        for department in UNIT_DRIVERS:
            keys = [key for key in unit.keys_of(department) if key in self.parents]
            if keys:
                return any(self.has_unit_row(scope, codes, key) for key in keys)
        return False

    def persons_within(self, scope: Scope) -> set[str]:
        """The ids of the linked persons within a scope: the first holder's unit decides."""
        codes = self.codes(scope)
        return {p.id for p in self.persons if self.is_within(scope, codes, p.keys)}

    def hosted(self, scope: Scope) -> set[str]:
        """The ids of the persons whom HR records as seconded to a named unit today."""
        codes = self.codes(scope) if scope.units or scope.trees else set()
        return {p.id for p in self.persons for key in p.keys if self._is_hosted(codes, key)}

    def _is_hosted(self, codes: set[str], key: LocalKey) -> bool:
        named = (LocalKey(key.department, key.source, c) for c in self.hosts.get(key, ()))
        units = (unit for each in named if (unit := self.unit_of.get(each)))
        return any(key.text in codes for unit in units for key in unit.keys_of(OFFICE))

    def is_within(self, scope: Scope, codes: set[str], keys: Sequence[LocalKey]) -> bool:
        """Whether the first department that holds one of the rows holds it in the scope."""
        for department in PERSON_DRIVERS:
            own = [key for key in keys if key.department is department and key in self.people]
            if own:
                return any(self._is_row_within(scope, codes, key) for key in own)
        return False

    def _is_row_within(self, scope: Scope, codes: set[str], key: LocalKey) -> bool:
        code = self.people[key]
        unit = None if code is None else LocalKey(key.department, key.source, code)
        return unit is not None and self.has_unit_row(scope, codes, unit)


@dataclass(frozen=True, slots=True)
class ScopedCity:
    """The open city: its sources are watched."""

    sources: Sequence[WatchedSource]
    store: Store
    books: Books

    def context(self, scope: Scope) -> RequestContext:
        """A fresh request of a caller with this scope, who may see every indicator."""
        readers: Sequence[SourceReader] = self.sources
        city = City(Sources(readers), self.store, list, lambda: NOW)
        return open_context(city, "t", Asker(None, replace(OPEN, digest="t", scope=scope)))

    def forget(self) -> None:
        """Nothing was given away so far."""
        for source in self.sources:
            source.given.clear()
            source.given_pools.clear()

    def of(self, department: Department) -> WatchedSource:
        """The first source of a department."""
        return next(s for s in self.sources if s.description.department is department)


@asynccontextmanager
async def scoped(config: Path) -> AsyncIterator[ScopedCity]:
    """The city of a file while the block lasts."""
    async with open_city(config) as city:
        sources = [WatchedSource(reader) for reader in city.readers]
        yield ScopedCity(sources, city.store, await _books(sources, city.store))


async def _books(sources: Sequence[WatchedSource], store: Store) -> Books:
    books = Books()
    wanted = {
        PERSON: frozenset({h.OCCUPIED_UNIT_CODE, h.ID_NUMBER}),
        UNIT: frozenset({h.UNIT_DIVISION, h.PARENT_UNIT_CODE, h.USCC}),
    }
    for source in sources:
        for kind, names in wanted.items():
            async for batch in source.stream(StreamOrder(kind, names), Tally()):
                for facet in batch:
                    _note(books, kind, facet)
        if source.description.department is Department.HR:
            await _note_hosts(books, source)
    await _link(books, store)
    return books


async def _note_hosts(books: Books, source: WatchedSource) -> None:
    keys = tuple(k.text for k in books.people if k.source == source.description.name)
    names = frozenset({h.HOST_UNIT_CODE, h.ABSENCE_FROM, h.ABSENCE_TO})
    today = NOW.astimezone(CITY_TIME).date()
    for facet in await source.inner.read(ReadOrder(PERSON, keys, names), Tally()):
        for row in (r for rows in facet.rows.values() for r in rows) if facet else ():
            code, first, last = (row.values.get(n) for n in sorted(names, key=_ORDER.index))
            begun = not isinstance(first, date) or first <= today
            if facet and code and begun and (not isinstance(last, date) or last >= today):
                books.hosts.setdefault(facet.key, set()).add(str(code))


def _note(books: Books, kind: EntityKind, facet: Facet) -> None:
    text = {name: canonical_text(value) for name, value in facet.values.items()}
    if kind is PERSON:
        books.people[facet.key] = text.get(h.OCCUPIED_UNIT_CODE)
        books.numbers[facet.key] = text.get(h.ID_NUMBER) or ""
        return
    books.credit_codes |= {code for code in [text.get(h.USCC)] if code and len(code) == 18}
    books.parents[facet.key] = text.get(h.PARENT_UNIT_CODE)
    if division := text.get(h.UNIT_DIVISION):
        books.divisions[facet.key] = division


async def _link(books: Books, store: Store) -> None:
    keys = list(books.people)
    people = await store.people.find([PersonAsk(key=key) for key in keys], Tally())
    by_id = {p.person_id: linked_subject(PERSON, p) for p in people if p is not None}
    books.persons = [by_id[name] for name in sorted(by_id)]
    codes = list(books.parents)
    units = await store.units.find([UnitAsk(key=key) for key in codes], Tally())
    named: dict[str, Subject] = {}
    for found in units:
        if found is not None:
            named[found.unit_id] = linked_subject(UNIT, found)
    books.units = [named[name] for name in sorted(named)]
    books.unit_of = {key: unit for unit in books.units for key in unit.keys}


def _stem(division: str) -> str:
    """What the codes of a division's parts begin with; these cities have codes of six digits."""
    while division.endswith("00"):
        division = division[:-2]
    return division
