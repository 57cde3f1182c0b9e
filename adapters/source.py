"""One departmental source behind the reading contract."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Final, TypeVar

from adapters.breaker import BreakerFigures, figures_of
from adapters.counts import PoolReads
from adapters.figures import SourceFigures
from adapters.judging import Judging
from adapters.lanes.port import Lane
from adapters.listing import ListReads
from adapters.mapping.model import MAIN, ColumnRule, EntityRule, SourceMapping
from adapters.options import SourceOptions
from adapters.pool_lists import PoolLists
from adapters.port import (
    LINK_KEY,
    OWN_KEY,
    Condition,
    JudgeOrder,
    Listed,
    ListedPool,
    ListOrder,
    Operator,
    Place,
    PoolFilter,
    PoolListOrder,
    ReadOrder,
    RowReader,
    SearchOrder,
    SourceDescription,
    StreamOrder,
)
from adapters.reading import EntityReads
from adapters.rows import prepare_rows
from adapters.session import Session, Watch
from adapters.sql.losses import HEADCOUNT, Losses
from adapters.sql.shapes import table_of
from adapters.successions import SuccessionReads
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.errors import Finding
from domain.model.keys import CategoryCode, EntityKind, IndicatorName
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import Facet
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally

T = TypeVar("T")
_HOSTING: Final = frozenset({handles.HOST_UNIT_CODE, handles.ABSENCE_FROM, handles.ABSENCE_TO})


class SqlSource:
    """A department's database, read through its mapping."""

    def __init__(
        self, options: SourceOptions, mapping: SourceMapping, lane: Lane, watch: Watch
    ) -> None:
        self._mapping = mapping
        self.session = Session(options, mapping, lane, watch)
        self._entities = EntityReads(self.session)
        self._lists = ListReads(self.session)
        self._judging = Judging(self.session)
        self._pools = PoolReads(self.session, mapping)
        self._successions = SuccessionReads(self.session, mapping)
        self._pool_lists = PoolLists(self.session, mapping)
        self._description = describe(options, mapping)

    @property
    def description(self) -> SourceDescription:
        """What this source is and holds."""
        return self._description

    @property
    def statistics(self) -> SourceFigures:
        """What it has been asked and how it did."""
        return self.session.statistics

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Where the live schema does not fit the mapping."""
        return self.session.findings

    @property
    def waiting(self) -> int:
        """Callers waiting for a connection now."""
        return self.session.lane.waiting

    @property
    def breaker(self) -> BreakerFigures:
        """Whether it may be asked, and how often that changed."""
        return figures_of(self.session.breaker)

    async def open(self) -> None:
        """Looks at the live schema now rather than on first use. Raises SourceError."""
        await self.session.within_deadline(self.session.opened(), Tally())

    async def close(self) -> None:
        """Gives all connections back."""
        await self.session.close()

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        """One facet per key, in the order of the keys; None where the source has no such row."""
        if order.entity not in self._mapping.entities:
            return [None] * len(order.keys)
        needed = Needed(order.entity, order.indicators, order.rows)
        return await self._guarded(needed.hits, partial(self._entities.read, order, tally), tally)

    def row_reader(
        self, entity: EntityKind, indicators: frozenset[IndicatorName]
    ) -> RowReader | None:
        """A prepared read of these single indicators; None where only an order can tell them."""
        return prepare_rows(self.session, entity, indicators)

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        """The matching rows, ordered by local key."""
        entity = self._mapping.entities.get(order.entity)
        if entity is None or order.by not in entity.columns:
            return []
        needed = Needed(order.entity, order.indicators | {order.by}, order.rows)
        return await self._guarded(needed.hits, partial(self._entities.search, order, tally), tally)

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        """The rows of one page; each key once a unit, in the order of positions."""
        if order.entity not in self._mapping.entities:
            return []
        return await self._guarded(
            Listing(order).hits, partial(self._lists.page, order, tally), tally
        )

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        """How many rows meet the conditions, by group."""
        if order.entity not in self._mapping.entities:
            return {}
        return await self._guarded(
            Listing(order).hits, partial(self._lists.count, order, tally), tally
        )

    async def judge(self, order: JudgeOrder, tally: Tally) -> Mapping[str, bool]:
        """For each text that a live row has: whether one of those rows is within reach."""
        entity = self._mapping.entities.get(order.entity)
        if entity is None or (order.by != OWN_KEY and order.by not in entity.columns):
            return {}
        needs = Listing(judged(order)).hits
        if order.hosted_on is not None:
            needs = Needed(order.entity, _HOSTING).hits
        return await self._guarded(needs, partial(self._judging.judge, order, tally), tally)

    async def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        """Batches of facets in key order; memory is bounded by the batch."""
        if order.entity in self._mapping.entities:
            needed = Needed(order.entity, order.indicators)
            await self.session.within_deadline(self.session.opened_for(needed.hits), Tally())
            async for batch in self._entities.stream(order, tally):
                yield batch

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        """The pools of these units, ordered by unit and type."""
        return await self._guarded(_lacks("pool"), partial(self._pools.pools, units, tally), tally)

    async def list_pools(self, order: PoolListOrder, tally: Tally) -> Sequence[ListedPool]:
        """One page of pools."""
        return await self._guarded(
            _lacks_of_pools, partial(self._pool_lists.page, order, tally), tally
        )

    async def count_pools(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        """How many pools the filter lets through."""
        count = partial(self._pool_lists.count, wanted, today, tally)
        return await self._guarded(_lacks_of_pools, count, tally)

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        """Occupations in force by unit and type; None where the source keeps none."""
        return await self._guarded(
            _lacks("occupation"), partial(self._pools.occupied, units, today, tally), tally
        )

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Plans in force, summed by unit and type; None where the source keeps no plans."""
        return await self._guarded(
            _lacks("plan"), partial(self._pools.plans, units, today, tally), tally
        )

    async def headcount(self, units: Sequence[str], tally: Tally) -> Sequence[HeadcountRow] | None:
        """Persons in pay by the source's own unit code and type; None where not kept."""
        return await self._guarded(
            _lacks(HEADCOUNT), partial(self._pools.headcount, units, tally), tally
        )

    async def successions(self, tally: Tally) -> list[SuccessionRow] | None:
        """What became of units, by day; None where the source keeps no register of it."""
        return await self._guarded(
            _lacks("succession"), partial(self._successions.read, tally), tally
        )

    async def _guarded(
        self, needs: Callable[[Losses], bool], work: Callable[[], Awaitable[T]], tally: Tally
    ) -> T:
        """The result within the deadline. Raises SourceError, also for a part that is lost."""

        async def run() -> T:
            await self.session.opened_for(needs)
            return await work()

        return await self.session.within_deadline(run(), tally)


@dataclass(frozen=True, slots=True)
class Needed:
    """What an order asks of an entity."""

    entity: EntityKind
    indicators: frozenset[IndicatorName]
    rows: frozenset[CategoryCode] = frozenset()

    def hits(self, losses: Losses) -> bool:
        """Whether a part of it is lost."""
        return losses.hit(self.entity, self.indicators, self.rows)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list rests on: what it shows, its conditions, its order."""

    order: ListOrder

    def hits(self, losses: Losses) -> bool:
        """Whether a part of it is lost, of units too where a condition is theirs."""
        if not losses:
            return False
        order = self.order
        names = {*order.indicators, *(each.indicator for each in order.conditions)}
        if order.each is not None:
            names.add(order.each)
        if order.reach is not None and order.reach.divisions:
            names.add(handles.UNIT_DIVISION)
        if order.entity is EntityKind.PERSON:
            names.add(handles.OCCUPIED_UNIT_CODE)
        if any(each.operator is Operator.UNDER for each in order.conditions):
            names.add(handles.PARENT_UNIT_CODE)
        of_units = _names_of_units() & names
        names.discard(OWN_KEY)
        return losses.hit(order.entity, frozenset(names)) or (
            bool(of_units) and losses.hit(EntityKind.UNIT, of_units)
        )


@cache
def _names_of_units() -> frozenset[IndicatorName]:
    return frozenset(i.name for i in catalogue().of_subject(EntityKind.UNIT))


def judged(order: JudgeOrder) -> ListOrder:
    """The list that rests on what a judgement rests on."""
    by = Condition(order.by, Operator.IN, ())
    return ListOrder(order.entity, (by,), 0, frozenset(), reach=order.reach)


def _lacks(name: str) -> Callable[[Losses], bool]:
    return lambda losses: name in losses.operational


def _lacks_of_pools(losses: Losses) -> bool:
    """Whether a list of pools rests on something that is lost: its own rows, people, places."""
    division = frozenset({handles.UNIT_DIVISION})
    is_own = not losses.operational.isdisjoint({"pool", "occupation"})
    return is_own or losses.hit(EntityKind.UNIT, division)


def describe(options: SourceOptions, mapping: SourceMapping) -> SourceDescription:
    """What a source holds, by its mapping alone."""
    return SourceDescription(
        name=options.name,
        department=options.department,
        divisions=options.divisions,
        places={kind: dict(_places(rule)) for kind, rule in mapping.entities.items()},
        personal_keys={kind: rule.personal_key for kind, rule in mapping.entities.items()},
        holds_pools="pool" in mapping.operational,
        link_keys={k: r.link_key.name for k, r in mapping.entities.items() if r.link_key},
        versioned={k: frozenset(_versioned(r)) for k, r in mapping.entities.items() if r.version},
        digest=_digest(options, mapping),
    )


def _versioned(entity: EntityRule) -> Iterator[IndicatorName]:
    """What stands in the table of the version column, or is constant."""
    rules = list(entity.columns.items())
    if entity.link_key is not None:
        rules.append((LINK_KEY, entity.link_key.rule))
    return (name for name, rule in rules if rule.join == MAIN)


def _digest(options: SourceOptions, mapping: SourceMapping) -> str:
    """Changes with the mapping and with the database, not with who reads it."""
    url = options.url
    place = f"{options.backend} {url.host} {url.port} {url.database}"
    return hashlib.sha256(f"{mapping.digest} {place}".encode()).hexdigest()


def _places(entity: EntityRule) -> Iterator[tuple[IndicatorName, Place]]:
    for name, rule in entity.columns.items():
        yield name, Place(str(table_of(entity, rule)), _column_text(rule))
    for rows in entity.rows.values():
        for name, rule in rows.columns.items():
            yield name, Place(str(table_of(rows, rule)), _column_text(rule))


def _column_text(rule: ColumnRule) -> str:
    if rule.column is not None:
        return rule.column
    if rule.parts:
        return ", ".join(rule.parts)
    return rule.sql.text if rule.sql else f"= {rule.const}"
