"""The ledger: pools of the city, instance by instance of the Establishment Office, page by page."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Final

from adapters.listed_pools import by_columns
from adapters.port import PoolFilter, PoolListOrder, SourceReader
from domain.catalogue import handles
from domain.catalogue.hierarchy import division_stem
from domain.model.access import Permission
from domain.model.alike import SubjectRows
from domain.model.departments import Department
from domain.model.errors import BadInputError
from domain.model.global_ids import UNIT, decode_id
from domain.model.keys import EntityKind, LocalKey
from domain.model.subjects import Subject
from resolvers.at_once import at_once
from resolvers.context import RequestContext
from resolvers.cursors import Cursors, Place, digest_of
from resolvers.driving import NOBODY_KEEPS
from resolvers.filters import LedgerFilter, division_of, pool_filter
from resolvers.ledger_rows import LedgerRows, Listed, rows_of
from resolvers.pages import Page, no_page, page_size
from resolvers.pool_counts import PoolCounts
from resolvers.pool_pay import Payroll, TypedPools
from resolvers.pool_rows import (
    APPROVED,
    HEADCOUNT,
    LOCKED,
    OCCUPIED,
    TYPE,
    UNUSED,
    PoolRows,
    PoolUnits,
)
from resolvers.pools import Pool, PoolsWanted
from resolvers.reaching import scope_marks
from resolvers.sources import covering
from resolvers.subjects import unlinked_subject
from resolvers.units import find_unit_by_id, find_units_of_rows, unit_within

LEDGER_FIELD: Final = "Query.ledger"
CURSOR_NAME: Final = "Query.ledger by unit and type"
MOST_DIGESTS: Final = 256
TOGETHER: Final = "pools"
ONE_BY_ONE: Final = "pools_by_unit"
"""How the units of a page of pools were told, as levels are counted."""
POOLS: Final = 50
"""Entries of a page where nobody says how many."""


@dataclass(frozen=True, slots=True)
class PoolPageAsk:
    """Which page, as the arguments say, and what is wanted of each of its pools."""

    first: int | None
    after: str | None
    wanted: PoolsWanted


async def list_ledger(
    context: RequestContext, asked: LedgerFilter, page: PoolPageAsk
) -> Page[Pool]:
    """One page of pools in the order of source, unit and type. Raises BadInputError."""
    size = page_size(page.first, POOLS)
    marks = scope_marks(context.access.scope)
    digest = digest_of(asked, *marks) if marks else _digest(asked)
    cursors = Cursors(context.store.seals, CURSOR_NAME, digest)
    place = None if page.after is None else cursors.open(page.after)
    if not context.access.may(Permission.POOLS):
        return no_page(cursors)
    ledger = _Ledger(context, await _instances(context, asked), page.wanted)
    listed = await ledger.read(size + 1, place)
    shown = rows_of(listed, size)
    return Page(
        nodes=await ledger.pools(shown),
        place=shown.place,
        cursors=cursors,
        has_next=sum(len(pools) for _, pools in listed) > size,
        has_previous=place is not None,
        driver=ledger.driver,
        total=ledger.total,
    )


@lru_cache(maxsize=MOST_DIGESTS)
def _digest(asked: LedgerFilter) -> str:
    """The digest where everything is in scope."""
    return digest_of(asked)


Instances = list[tuple[SourceReader, PoolFilter]]


class _Ledger:
    """The reads of one page over the instances that may hold pools of it."""

    def __init__(self, context: RequestContext, instances: Instances, numbers: PoolsWanted) -> None:
        self._context = context
        self._instances = instances
        self._numbers = numbers
        self._answered = not instances

    @property
    def driver(self) -> Department | None:
        """The Establishment Office where any instance answers, or none had to be asked."""
        if not self._answered:
            return None
        offices = _offices(self._context)
        keeps = self._instances or any(r.description.holds_pools for r in offices)
        return Department.ESTABLISHMENT if keeps else None

    async def read(self, limit: int, place: Place | None) -> list[Listed]:
        """The rows of a page; the next instance is asked only where rows are still missing."""
        found: list[Listed] = []
        for reader, wanted in self._instances:
            name = reader.description.name
            if not limit or (place is not None and name < place.source):
                continue
            order = PoolListOrder(
                filter=wanted,
                limit=limit,
                today=self._context.today,
                after=_position(place) if place is not None and name == place.source else None,
                others=self._numbers.headcount,
            )
            work = partial(reader.list_pools, order, self._context.reads.tally)
            rows = await self._context.reads.attempt(reader, {LEDGER_FIELD}, work)
            self._answered |= rows is not None
            if rows:
                found.append((name, by_columns(rows)))
                limit -= len(rows)
        return found

    async def total(self) -> int | None:
        """How many pools there are; None where an instance that may hold some does not answer."""
        reads, today = self._context.reads, self._context.today
        if self.driver is None:
            return None
        counts = await asyncio.gather(
            *(
                reads.attempt(
                    reader, {LEDGER_FIELD}, partial(reader.count_pools, wanted, today, reads.tally)
                )
                for reader, wanted in self._instances
            )
        )
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    async def pools(self, found: LedgerRows) -> Sequence[Pool]:
        """The listed pools with their units and the numbers that are asked for."""
        if not found.sources:
            return ()
        context, (keys, at, firsts) = self._context, found.units()
        if context.reads.bounds is not None:
            context.reads.bounds.passed.update(keys)
        counts, payroll = PoolCounts(context.reads, LEDGER_FIELD), Payroll(context.reads)
        beside = self._beside(counts, keys)
        reading = asyncio.gather(*beside) if beside else None
        subjects = await _units(context, keys)
        if reading is not None:
            await reading
        if self._numbers.headcount:
            await at_once(payroll.read(subjects))
        units = PoolUnits(subjects, keys, at)
        columns = self._columns(counts, units, found)
        columns[HEADCOUNT] = self._headcounts(payroll, units, (found, firsts))
        return PoolRows(units, columns, context.now)

    @property
    def _is_listed(self) -> bool:
        """Whether the list brings occupations, since the filter rests on them: both must agree."""
        return self._instances[0][1].counts_people

    def _beside(self, counts: PoolCounts, keys: Sequence[LocalKey]) -> list[Awaitable[None]]:
        """The reads of what stands beside the pools at the Establishment Office."""
        if not (self._numbers.plans or self._numbers.occupied):
            return []
        today = self._context.today
        work = counts.plans(keys, today) if self._numbers.plans else []
        if self._numbers.occupied and not self._is_listed:
            work += counts.occupations(keys, today)
        return work

    def _columns(
        self, counts: PoolCounts, units: PoolUnits, found: LedgerRows
    ) -> dict[str, Sequence[object]]:
        """What each of the pools says beside the persons in pay."""
        own, asked = found.columns, self._numbers
        nobody: list[int | None] = [None] * len(units.at)
        occupied, unused = nobody, nobody
        if asked.plans or asked.occupied:
            occupied, unused = counts.counted(units.of_each(units.keys), own.types)
        return {
            TYPE: own.types,
            APPROVED: own.approved,
            OCCUPIED: own.occupied if self._is_listed else occupied,
            LOCKED: own.locked,
            UNUSED: unused,
        }

    def _headcounts(
        self, payroll: Payroll, units: PoolUnits, found: tuple[LedgerRows, Sequence[int]]
    ) -> Sequence[int | None]:
        """Persons in pay of each pool; what a unit has is spread once."""
        if not self._numbers.headcount:
            return [None] * len(units.at)
        rows, firsts = found
        pools = TypedPools(units.at, rows.columns.types)
        return payroll.of_pools(units.subjects, rows.types(firsts), pools)


async def _instances(context: RequestContext, asked: LedgerFilter) -> Instances:
    """The instances that may hold pools of the filter, with the filter in their words."""
    readers = [reader for reader in _offices(context) if reader.description.holds_pools]
    wanted, near = pool_filter(asked), covering(readers, division_of(asked))
    bounds = context.reads.bounds
    near = near if bounds is None else tuple(bounds.near(near))
    words = [(r, _in_words(r, wanted)) for r in near]
    if bounds is not None:
        words = [(r, replace(w, reach=await bounds.of(r))) for r, w in words]
    if words and all(w.division and not _keeps_divisions(r) for r, w in words):
        raise BadInputError(NOBODY_KEEPS)
    if asked.unit_id is None:
        return words
    unit = await _named(context, asked.unit_id)
    keys = unit.keys_of(Department.ESTABLISHMENT) if unit else ()
    own = [(r, w, tuple(k.text for k in keys if k.source == r.description.name)) for r, w in words]
    return [(r, replace(w, units=texts)) for r, w, texts in own if texts]


def _in_words(reader: SourceReader, wanted: PoolFilter) -> PoolFilter:
    """The filter without the division, where all of the instance lies in it and none is kept."""
    stem = wanted.division
    if stem is None or _keeps_divisions(reader):
        return wanted
    stems = [division_stem(division) for division in reader.description.divisions]
    is_inside = bool(stems) and all(each.startswith(stem) for each in stems)
    return replace(wanted, division=None) if is_inside else wanted


def _keeps_divisions(reader: SourceReader) -> bool:
    return handles.UNIT_DIVISION in reader.description.places.get(EntityKind.UNIT, {})


def _offices(context: RequestContext) -> tuple[SourceReader, ...]:
    return context.reads.sources.of(Department.ESTABLISHMENT)


async def _named(context: RequestContext, public_id: str) -> Subject | None:
    decoded = decode_id(public_id)
    if decoded is None or decoded.kind != UNIT:
        raise BadInputError("unitId 不是本平台的机构标识 (unitId is not the id of a unit)")
    return await find_unit_by_id(context, decoded)


async def _units(context: RequestContext, keys: Sequence[LocalKey]) -> Sequence[Subject]:
    """The unit of each key; a row that no link knows makes one alone."""
    linked = await find_units_of_rows(context, keys)
    ways = context.reads.ways
    if isinstance(linked, SubjectRows):
        ways[TOGETHER] += 1
        return linked
    ways[ONE_BY_ONE] += 1
    return [
        unit if unit is not None and key in unit.keys else await _unit(context, key, unit)
        for key, unit in zip(keys, linked, strict=True)
    ]


async def _unit(context: RequestContext, key: LocalKey, unit: Subject | None) -> Subject:
    """A row whose unit has a successor out of reach makes one alone too."""
    if unit is not None and await unit_within(context, unit) is not None:
        return unit
    return unlinked_subject(EntityKind.UNIT, key, context.store.seals)


def _position(place: Place) -> tuple[str, str]:
    unit, kind = place.position
    return str(unit), str(kind)
