"""A departmental source in memory, held to the same contract as the adapter."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import groupby

from adapters.port import (
    LINK_KEY,
    VERSION,
    JudgeOrder,
    Listed,
    ListedPool,
    ListOrder,
    Place,
    PoolFilter,
    PoolListOrder,
    Position,
    ReadOrder,
    SearchOrder,
    SourceDescription,
    StreamOrder,
)
from domain.catalogue.handles import (
    ID_NUMBER,
    OCCUPIED_UNIT_CODE,
    PERSON_NAME,
    UNIT_CODE,
    UNIT_NAME,
    USCC,
)
from domain.model.departments import Department
from domain.model.errors import SourceError, SourceTimeoutError, SourceUnavailableError
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, SourceName
from domain.model.keys import LocalKey as Key
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import ChildRow, Facet, Value
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally
from tests.support.listing import Lists
from tests.support.pools import count_pools, list_pools
from tests.support.rows import PageInMemory, RowsInMemory, by_columns

USUALLY_MAPPED = {
    EntityKind.PERSON: {PERSON_NAME, ID_NUMBER},
    EntityKind.UNIT: {UNIT_NAME, UNIT_CODE, USCC},
}
READ_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FakeRow:
    """One stored row; `raws` holds the stored text where it differs from the value.

    `version`: its place among all changes, where the source keeps versions.
    """

    key: str
    values: Mapping[IndicatorName, Value]
    rows: Mapping[CategoryCode, tuple[ChildRow, ...]] = field(default_factory=dict)
    raws: Mapping[IndicatorName, str] = field(default_factory=dict)
    version: int | None = None


@dataclass(slots=True)
class FakeSource:
    """Rows of one source; `down` makes every call fail, `breaks_after` a stream in mid-course.

    `versioned`: its mapping names a version column. `streamed` and `reread` count rows.
    """

    department: Department
    people: list[FakeRow] = field(default_factory=list)
    units: list[FakeRow] = field(default_factory=list)
    name: str = ""
    personal: bool = False
    link_key: str = ""
    unmapped: frozenset[IndicatorName] = frozenset()
    down: SourceError | None = None
    breaks_after: int | None = None
    pool_rows: list[PoolRow] = field(default_factory=list)
    occupied_rows: list[OccupiedRow] = field(default_factory=list)
    plan_rows: list[PlanRow] = field(default_factory=list)
    headcount_rows: list[HeadcountRow] = field(default_factory=list)
    succession_rows: list[SuccessionRow] = field(default_factory=list)
    forgets_successions: bool = False
    versioned: bool = False
    mapping: str = ""
    streamed: int = 0
    reread: int = 0

    @property
    def source(self) -> SourceName:
        return SourceName(self.name or self.department.value)

    @property
    def description(self) -> SourceDescription:
        return SourceDescription(
            name=self.source,
            department=self.department,
            divisions=(),
            places={kind: self._places(kind) for kind in EntityKind},
            personal_keys={EntityKind.PERSON: self.personal, EntityKind.UNIT: False},
            holds_pools=bool(self.pool_rows),
            link_keys={EntityKind.PERSON: self.link_key} if self.link_key else {},
            versioned={k: frozenset(self._own(k) | {LINK_KEY}) for k in EntityKind}
            if self.versioned
            else {},
            digest=self.mapping,
        )

    def go_down(self) -> None:
        self.down = SourceUnavailableError(self.source, self.department, "no connection")

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        self._count(tally)
        found = {facet.key.text: facet for facet in self._facets(order)}
        self.reread += len(order.keys)
        return [found.get(key) for key in order.keys]

    def row_reader(
        self, entity: EntityKind, indicators: frozenset[IndicatorName]
    ) -> RowsInMemory | None:
        return RowsInMemory(self, entity, indicators)

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        if order.by not in self._places(order.entity):
            return []
        self._count(tally)

        def fits(row: FakeRow) -> bool:
            stored = row.raws.get(order.by, row.values.get(order.by))
            return stored is not None and str(stored) in order.spellings

        return list(self._facets(order, fits))

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        self._count(tally)
        rows = self._sorted(order.entity)
        read = ReadOrder(order.entity, (), order.indicators, raw=order.raw)
        pages: dict[tuple[Position, str | None], list[Facet]] = {}
        for found in self._lists().page([(row.key, row.values) for row in rows], order):
            facet = replace(self._facet(rows[found.index], read), rows={})
            pages.setdefault((found.position, found.group), []).append(facet)
        told = PageInMemory(order.indicators & self._places(order.entity).keys())
        listed = [told.listed(facets, *place) for place, facets in pages.items()]
        return by_columns(listed, order)

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        self._count(tally)
        rows = [(row.key, row.values) for row in self._rows(order.entity)]
        places = {(found.position, found.group) for found in self._lists().all(rows, order)}
        return Counter(group for _, group in places) if order.each else {None: len(places)}

    async def judge(self, order: JudgeOrder, tally: Tally) -> Mapping[str, bool]:
        self._count(tally)
        if order.hosted_on is not None:
            absences = [
                (row.key, [child.values for rows in row.rows.values() for child in rows])
                for row in self._rows(order.entity)
            ]
            return self._lists().hosted(absences, order)
        rows = [(row.key, row.values) for row in self._rows(order.entity)]
        return self._lists().judge(rows, order)

    def _lists(self) -> Lists:
        has_unit = OCCUPIED_UNIT_CODE in self._own(EntityKind.PERSON)
        return Lists({row.key: row.values for row in self.units}, has_unit)

    async def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        self._count(tally)
        facets = [
            replace(facet, rows={})
            for facet in self._facets(ReadOrder(order.entity, (), order.indicators))
            if order.after is None or facet.key.text > order.after
        ]
        if order.since is not None:
            facets = [facet for facet in facets if _is_new(facet, order.since)]
        self.streamed += len(facets)
        for start in range(0, len(facets), order.batch):
            if self.breaks_after is not None and start >= self.breaks_after:
                raise SourceUnavailableError(self.source, self.department, "cut off")
            yield facets[start : start + order.batch]

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        self._count(tally)
        found = [row for row in self.pool_rows if row.unit in units]
        return sorted(found, key=lambda row: (row.unit, row.type))

    async def list_pools(self, order: PoolListOrder, tally: Tally) -> list[ListedPool]:
        self._count(tally)
        return list_pools(order, self.pool_rows, self.occupied_rows)

    async def count_pools(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        self._count(tally)
        return count_pools(wanted, self.pool_rows, self.occupied_rows)

    async def occupied(self, units: Sequence[str], today: date, tally: Tally) -> list[OccupiedRow]:
        self._count(tally)
        return [row for row in self.occupied_rows if row.unit in units]

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow]:
        self._count(tally)
        return [row for row in self.plan_rows if row.unit in units]

    async def headcount(self, units: Sequence[str], tally: Tally) -> list[HeadcountRow]:
        self._count(tally)
        return [row for row in self.headcount_rows if row.unit in units]

    async def successions(self, tally: Tally) -> list[SuccessionRow] | None:
        self._count(tally)
        if self.forgets_successions:
            raise SourceTimeoutError(self.source, self.department, "no answer in time")
        return self.succession_rows

    def _count(self, tally: Tally) -> None:
        if self.down is not None:
            raise self.down
        tally.count(self.source)

    def _rows(self, kind: EntityKind) -> list[FakeRow]:
        return self.people if kind is EntityKind.PERSON else self.units

    def _sorted(self, kind: EntityKind) -> list[FakeRow]:
        return sorted(self._rows(kind), key=lambda row: row.key)

    def _own(self, kind: EntityKind) -> set[IndicatorName]:
        held = {name for row in self._rows(kind) for name in row.values}
        return (USUALLY_MAPPED[kind] | held) - self.unmapped

    def _held_rows(self, kind: EntityKind) -> Mapping[CategoryCode, set[IndicatorName]]:
        """Of each category kept in rows, the indicators that any row holds."""
        held: dict[CategoryCode, set[IndicatorName]] = {}
        for row in self._rows(kind):
            for category, children in row.rows.items():
                held.setdefault(category, set()).update(n for c in children for n in c.values)
        return held

    def _places(self, kind: EntityKind) -> Mapping[IndicatorName, Place]:
        mapped = self._own(kind).union(*self._held_rows(kind).values()) - self.unmapped - {LINK_KEY}
        return {name: Place(kind.value, name) for name in sorted(mapped)}

    def _facets(
        self,
        order: ReadOrder | SearchOrder,
        fits: Callable[[FakeRow], bool] = lambda _: True,
    ) -> Iterator[Facet]:
        kept = [row for row in self._sorted(order.entity) if fits(row)]
        for _, same in groupby(kept, key=lambda row: row.key):
            first, *others = same
            twins = tuple(replace(self._facet(row, order), rows={}) for row in others)
            yield replace(self._facet(first, order), twins=twins)

    def _facet(self, row: FakeRow, order: ReadOrder | SearchOrder) -> Facet:
        return Facet(
            key=Key(self.department, self.source, row.key),
            values={
                n: row.values.get(n) for n in sorted(order.indicators & self._own(order.entity))
            }
            | self._version(row, order),
            rows=self._asked_rows(row, order),
            read_at=READ_AT,
            raws={n: raw for n, raw in row.raws.items() if order.raw and n in order.indicators},
        )

    def _version(self, row: FakeRow, order: ReadOrder | SearchOrder) -> dict[IndicatorName, Value]:
        if not self.versioned or VERSION not in order.indicators:
            return {}
        return {VERSION: None if row.version is None else f"number {row.version}"}

    def _asked_rows(
        self, row: FakeRow, order: ReadOrder | SearchOrder
    ) -> Mapping[CategoryCode, tuple[ChildRow, ...]]:
        return {
            category: tuple(_cut(child, order.indicators) for child in row.rows.get(category, ()))
            for category, held in self._held_rows(order.entity).items()
            if category in order.rows or held & order.indicators
        }


def _is_new(facet: Facet, since: str) -> bool:
    versions = [row.values[VERSION] for row in (facet, *facet.twins)]
    return any(v is None or int(str(v).split()[1]) >= int(since.split()[1]) for v in versions)


def _cut(child: ChildRow, indicators: AbstractSet[IndicatorName]) -> ChildRow:
    return replace(child, values={n: v for n, v in child.values.items() if n in indicators})
