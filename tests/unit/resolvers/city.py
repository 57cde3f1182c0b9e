"""A city of sources in memory that keep what they were asked, and a platform database of links."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import cast

from adapters.port import (
    JudgeOrder,
    Listed,
    ListedPool,
    ListOrder,
    Place,
    PoolFilter,
    PoolListOrder,
    ReadOrder,
    SearchOrder,
    SourceDescription,
    StreamOrder,
)
from domain.catalogue.handles import OCCUPIED_UNIT_CODE
from domain.catalogue.indicators import catalogue
from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.errors import SourceError, SourceUnavailableError
from domain.model.keys import (
    CategoryCode,
    DivisionCode,
    EntityKind,
    IndicatorName,
    LocalKey,
    PersonId,
    SourceName,
    UnitId,
)
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import ChildRow, Facet, Value
from domain.model.succession import SuccessionRow
from domain.model.tally import PLATFORM, Tally
from resolvers.context import NOBODY, Asker, City, RequestContext, open_context
from resolvers.reading import Reads
from resolvers.sources import Sources
from store.database import Store
from store.people import LinkedPerson, PersonAsk, PersonLink
from store.sealing import Seals
from store.units import LinkedUnit, UnitAsk, UnitLink
from tests.support.listing import Lists
from tests.support.owners import owner_by_question, owners_by_keys
from tests.support.pools import count_pools, list_pools
from tests.support.rows import PageInMemory, RowsInMemory, by_columns

NOW = datetime(2026, 11, 1, 18, 30, tzinfo=UTC)
READ_AT = datetime(2026, 11, 1, 18, 30, 1, tzinfo=UTC)
SEALS = Seals(b"i" * 32, b"d" * 32)
MAIN = "main"

Cells = Mapping[IndicatorName, Value]
Rows = Mapping[CategoryCode, Sequence[ChildRow]]


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of a source, with its child rows and the texts that differ from values."""

    key: str
    cells: Cells = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    raws: Mapping[IndicatorName, str] = field(default_factory=dict)


@dataclass(slots=True)
class CitySource:
    """A source that answers as the reading contract says, and keeps its orders.

    It maps what it stores and `also`. `pools` and the like are None where it does not keep them.
    """

    department: Department
    people: Sequence[Stored] = ()
    units: Sequence[Stored] = ()
    name: str = ""
    also: Iterable[IndicatorName] = ()
    divisions: tuple[str, ...] = ()
    is_personal: bool = False
    is_down: bool = False
    pool_rows: Sequence[PoolRow] | None = None
    occupied_rows: Sequence[OccupiedRow] | None = None
    pool_lists: list[PoolListOrder] = field(default_factory=list)
    plan_rows: Sequence[PlanRow] | None = None
    headcount_rows: Sequence[HeadcountRow] | None = None
    orders: list[ReadOrder | SearchOrder] = field(default_factory=list)
    lists: list[ListOrder] = field(default_factory=list)
    judged: list[JudgeOrder] = field(default_factory=list)
    tables: Counter[str] = field(default_factory=Counter)
    calls: int = 0

    @property
    def source(self) -> SourceName:
        return SourceName(self.name or self.department.value)

    @property
    def description(self) -> SourceDescription:
        return SourceDescription(
            name=self.source,
            department=self.department,
            divisions=tuple(map(DivisionCode, self.divisions)),
            places={kind: self._places(kind) for kind in EntityKind},
            personal_keys=dict.fromkeys(EntityKind, self.is_personal),
            holds_pools=self.pool_rows is not None,
        )

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        self._asked(order, tally)
        return [self._facet(order, key) for key in order.keys]

    def row_reader(
        self, entity: EntityKind, indicators: frozenset[IndicatorName]
    ) -> RowsInMemory | None:
        return RowsInMemory(self, entity, indicators)

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        self._asked(order, tally)
        found = {r.key for r in self._stored(order.entity) if _has(r, order)}
        return [f for key in sorted(found) if (f := self._facet(order, key)) is not None]

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        self._listed(order, tally)
        rows = self._stored(order.entity)
        read = ReadOrder(order.entity, (), order.indicators, raw=order.raw)
        told = PageInMemory(order.indicators & self._places(order.entity).keys())
        listed = [
            told.listed([self._one(read, rows[found.index])], found.position, found.group)
            for found in self._lists().page([(row.key, row.cells) for row in rows], order)
        ]
        return by_columns(listed, order)

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        self._listed(order, tally)
        rows = [(row.key, row.cells) for row in self._stored(order.entity)]
        found = self._lists().all(rows, order)
        return Counter(row.group for row in found) if order.each else {None: len(found)}

    async def judge(self, order: JudgeOrder, tally: Tally) -> Mapping[str, bool]:
        self.judged.append(order)
        self._count(MAIN, tally)
        if order.hosted_on is not None:
            absences = [
                (row.key, [child.values for rows in row.rows.values() for child in rows])
                for row in self._stored(order.entity)
            ]
            return self._lists().hosted(absences, order)
        rows = [
            (row.key, {**row.cells, order.by: row.raws.get(order.by, row.cells.get(order.by))})
            for row in self._stored(order.entity)
        ]
        return self._lists().judge(rows, order)

    def _listed(self, order: ListOrder, tally: Tally) -> None:
        self.lists.append(order)
        self._count(MAIN, tally)

    def _lists(self) -> Lists:
        has_unit = OCCUPIED_UNIT_CODE in self._places(EntityKind.PERSON)
        return Lists({row.key: row.cells for row in self.units}, has_unit)

    async def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        nothing: list[list[Facet]] = []
        for batch in nothing:
            yield batch

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        self._count("pool", tally)
        return [row for row in self.pool_rows or () if row.unit in units]

    async def list_pools(self, order: PoolListOrder, tally: Tally) -> list[ListedPool]:
        self._count("pool", tally)
        self.pool_lists.append(order)
        return list_pools(order, self.pool_rows or (), self.occupied_rows)

    async def count_pools(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        self._count("pool", tally)
        return count_pools(wanted, self.pool_rows or (), self.occupied_rows)

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        self._count("occupation", tally)
        rows = self.occupied_rows
        return None if rows is None else [row for row in rows if row.unit in units]

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        self._count("plan", tally)
        return None if self.plan_rows is None else [r for r in self.plan_rows if r.unit in units]

    async def headcount(self, units: Sequence[str], tally: Tally) -> list[HeadcountRow] | None:
        self._count("payroll", tally)
        rows = self.headcount_rows
        return None if rows is None else [row for row in rows if row.unit in units]

    async def successions(self, tally: Tally) -> list[SuccessionRow] | None:
        self._count("successions", tally)
        return None

    @property
    def asked_for(self) -> set[IndicatorName]:
        """Every indicator of every order."""
        return {name for order in self.orders for name in order.indicators}

    def _asked(self, order: ReadOrder | SearchOrder, tally: Tally) -> None:
        self.orders.append(order)
        children = self._categories(order)
        singles = {n for n in order.indicators if not _is_row(n)}
        for table in (*((MAIN,) if singles or not children else ()), *children):
            self._count(table, tally)

    def _count(self, table: str, tally: Tally) -> None:
        self.calls += 1
        if self.is_down:
            raise a_failure(self.department, self.source)
        self.tables[table] += 1
        tally.count(self.source)

    def _stored(self, kind: EntityKind) -> Sequence[Stored]:
        return self.people if kind is EntityKind.PERSON else self.units

    def _places(self, kind: EntityKind) -> Mapping[IndicatorName, Place]:
        found = {name for row in self._stored(kind) for name in row.cells}
        children = (c for row in self._stored(kind) for rows in row.rows.values() for c in rows)
        found |= {name for child in children for name in child.values}
        found |= {n for n in self.also if catalogue().category_of(n).subject == kind}
        return {
            name: Place(catalogue().indicators[name].category if _is_row(name) else MAIN, name)
            for name in found
        }

    def _categories(self, order: ReadOrder | SearchOrder) -> set[CategoryCode]:
        mapped = {n for n in self._places(order.entity) if _is_row(n)}
        held = {catalogue().indicators[name].category for name in mapped}
        asked = {catalogue().indicators[name].category for name in mapped & order.indicators}
        return asked | (held & order.rows)

    def _facet(self, order: ReadOrder | SearchOrder, key: str) -> Facet | None:
        rows = [row for row in self._stored(order.entity) if row.key == key]
        facets = [self._one(order, row) for row in rows]
        if not facets:
            return None
        first, *twins = facets
        return Facet(first.key, first.values, first.rows, READ_AT, first.raws, twins=tuple(twins))

    def _one(self, order: ReadOrder | SearchOrder, row: Stored) -> Facet:
        wanted = order.indicators & self._places(order.entity).keys()
        return Facet(
            key=LocalKey(self.department, self.source, row.key),
            values={n: row.cells.get(n) for n in wanted if not _is_row(n)},
            rows={
                code: tuple(_cut(child, wanted, code) for child in row.rows.get(code, ()))
                for code in self._categories(order)
            },
            read_at=READ_AT,
            raws={n: text for n, text in row.raws.items() if order.raw and n in wanted},
        )


def _is_row(name: IndicatorName) -> bool:
    return name in catalogue().category_of(name).row_names


def _has(row: Stored, order: SearchOrder) -> bool:
    """Whether the stored text is one of the spellings, as SQL would compare it."""
    return str(row.raws.get(order.by, row.cells.get(order.by))) in order.spellings


def _cut(child: ChildRow, wanted: frozenset[IndicatorName], code: CategoryCode) -> ChildRow:
    kept = {name: child.values.get(name) for name in wanted if _is_row_of(name, code)}
    return ChildRow(kept, child.extra, {n: text for n, text in child.raws.items() if n in kept})


def _is_row_of(name: IndicatorName, code: CategoryCode) -> bool:
    return name in catalogue().categories[code].row_names


def a_failure(department: Department, source: SourceName) -> SourceError:
    return SourceUnavailableError(source, department, "no connection")


@dataclass(slots=True)
class LinkedPeople:
    """The links of persons: by number, by id, by key; `aliases` leads an id to its successor."""

    people: Sequence[LinkedPerson] = ()
    numbers: Mapping[str, PersonId] = field(default_factory=dict)
    aliases: Mapping[str, PersonId] = field(default_factory=dict)

    async def find(self, asks: Sequence[PersonAsk], tally: Tally) -> list[LinkedPerson | None]:
        tally.count(PLATFORM)
        return [self._find(ask) for ask in asks]

    find_owner = owner_by_question

    def _find(self, ask: PersonAsk) -> LinkedPerson | None:
        asked = ask.person_id or self.numbers.get(ask.id_number or "")
        wanted = self.aliases.get(asked or "", asked)
        found = (person for person in self.people if person.person_id == wanted)
        return next(found, None) or next((e for e in self.people if _is_linked(e, ask.key)), None)


@dataclass(slots=True)
class LinkedUnits:
    """The links of units: by id, by standard code past or present, by key."""

    units: Sequence[LinkedUnit] = ()
    codes: Mapping[str, UnitId] = field(default_factory=dict)
    aliases: Mapping[str, UnitId] = field(default_factory=dict)

    async def find(self, asks: Sequence[UnitAsk], tally: Tally) -> list[LinkedUnit | None]:
        tally.count(PLATFORM)
        return [self._find(ask) for ask in asks]

    find_owner = owner_by_question

    def _find(self, ask: UnitAsk) -> LinkedUnit | None:
        asked = ask.unit_id or self.codes.get(ask.unit_code or "")
        wanted = self.aliases.get(asked or "", asked)
        found = (unit for unit in self.units if unit.unit_id == wanted)
        return next(found, None) or next((e for e in self.units if _is_linked(e, ask.key)), None)


def _is_linked(owner: LinkedPerson | LinkedUnit, key: LocalKey | None) -> bool:
    return any(link.key == key for link in owner.links)


def a_link(
    key: LocalKey, level: MatchLevel = MatchLevel.CERTAIN, confirmed_by: str | None = None
) -> PersonLink:
    return PersonLink(
        PersonId("p1"), key, level, ("ID_NUMBER",), "fourfold link", confirmed_by, NOW, None
    )


def a_linked_person(*links: PersonLink | LocalKey, person_id: str = "p1") -> LinkedPerson:
    made = (a_link(link) if isinstance(link, LocalKey) else link for link in links)
    return LinkedPerson(PersonId(person_id), tuple(made))


def a_linked_unit(*keys: LocalKey, unit_id: str = "u1") -> LinkedUnit:
    certain = MatchLevel.CERTAIN
    links = [
        UnitLink(UnitId(unit_id), key, certain, ("USCC",), "fourfold link", None, NOW, None)
        for key in keys
    ]
    return LinkedUnit(UnitId(unit_id), tuple(links))


def a_key(source: CitySource, key: str = "1") -> LocalKey:
    return LocalKey(source.department, source.source, key)


def reading(*sources: CitySource) -> Reads:
    return Reads(Sources(sources), Tally())


def a_context(
    *sources: CitySource,
    people: LinkedPeople | None = None,
    units: LinkedUnits | None = None,
    asker: Asker = NOBODY,
) -> RequestContext:
    """The context of a request over these sources; call it inside a running event loop."""
    # The two tables of links stand in for those of a real store.
    store = cast("Callable[..., Store]", _Platform)(
        SEALS, people or LinkedPeople(), units or LinkedUnits()
    )
    return open_context(City(Sources(sources), store, list, lambda: NOW), "trace", asker)


@dataclass(frozen=True, slots=True)
class _Platform:
    seals: Seals
    people: LinkedPeople
    units: LinkedUnits

    async def find(
        self, people: Sequence[PersonAsk], units: Sequence[UnitAsk], tally: Tally
    ) -> tuple[list[LinkedPerson | None], list[LinkedUnit | None]]:
        spare = Tally()
        found = await self.people.find(people, spare), await self.units.find(units, spare)
        if people or units:
            tally.count(PLATFORM)
        return found

    owners = owners_by_keys
