"""Which department drives a list, and the walk through its instances for one page or a count."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from adapters.listed import ListedRows, first_rows, keys_of_rows
from adapters.port import (
    Condition,
    Listed,
    ListOrder,
    Operator,
    Position,
    SourceReader,
)
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.departments import PERSON_DRIVERS, UNIT_DRIVERS, Department
from domain.model.errors import BadInputError, SourceError, SourceUnavailableError
from domain.model.keys import EntityKind, IndicatorName
from domain.model.subjects import Subject
from resolvers.cursors import Place
from resolvers.reading import Reads
from resolvers.sources import Sources, covering

_DRIVERS: Final = {EntityKind.PERSON: PERSON_DRIVERS, EntityKind.UNIT: UNIT_DRIVERS}
MOST_NEEDS: Final = 256
NOBODY_KEEPS: Final = "没有部门掌握全部筛选项 (no department keeps all that is filtered by)"
_GONE: Final = (
    "游标所属的数据源不可用，请从首页重新查询 "
    "(the source of this cursor does not answer; begin again with the first page)"
)


class UnitTerm(NamedTuple):
    """A condition on units, said in each source's own codes; `code` is one that no link knows."""

    indicator: IndicatorName
    operator: Operator
    units: tuple[Subject, ...]
    code: str | None = None

    def condition(self, reader: SourceReader) -> Condition:
        """The condition as one source understands it."""
        return Condition(self.indicator, self.operator, self.codes(reader))

    def codes(self, reader: SourceReader) -> tuple[str, ...]:
        """All codes of the units in a source."""
        known = (code for unit in self.units for code in codes_of(unit, reader))
        is_standard = self.code is not None and _is_office(reader)
        return tuple(dict.fromkeys((*known, *((self.code or "",) if is_standard else ()))))


def codes_of(unit: Subject, reader: SourceReader) -> tuple[str, ...]:
    """A unit's codes in a source; standard codes are the same in all sources of the Office."""
    keys = unit.keys_of(reader.description.department)
    own = (key.text for key in keys if _is_office(reader) or key.source == reader.description.name)
    return tuple(dict.fromkeys(own))


def _is_office(reader: SourceReader) -> bool:
    return reader.description.department is Department.ESTABLISHMENT


class ListAsk(NamedTuple):
    """One list: which rows, and the graph field it answers; all conditions must be met."""

    kind: EntityKind
    field: str
    conditions: tuple[Condition, ...]
    terms: tuple[UnitTerm, ...] = ()
    division: str | None = None

    def conditions_in(self, reader: SourceReader) -> tuple[Condition, ...]:
        """The conditions in the words of one source."""
        return (*self.conditions, *(term.condition(reader) for term in self.terms))

    @property
    def needed(self) -> frozenset[IndicatorName]:
        """Every indicator that a driver must hold."""
        named = {condition.indicator for condition in self.conditions}
        named |= {term.indicator for term in self.terms}
        if any(term.operator is Operator.UNDER for term in self.terms):
            named.add(handles.PARENT_UNIT_CODE)
        if self.kind is EntityKind.PERSON and any(map(_is_of_units, named)):
            named.add(handles.OCCUPIED_UNIT_CODE)
        return frozenset(named)


Home = tuple[EntityKind, IndicatorName]
"""An indicator, and whose it is."""


class Walked(NamedTuple):
    """What a walk found: rows in order, the department, and whether every instance answered."""

    rows: Sequence[Listed]
    department: Department | None
    is_whole: bool


class Driver:
    """Asks for one list in the department that drives it."""

    def __init__(self, reads: Reads, ask: ListAsk) -> None:
        self._reads = reads
        self._ask = ask
        self._able = _able(reads.sources, ask.kind, self._needed())

    async def first(self, order: ListOrder) -> Walked:
        """The rows from the beginning, of the first department that lives and holds the filter.

        Raises BadInputError where no department keeps what is filtered by.
        """
        for department, readers in self.readers_or_refuse():
            walked = await self._walk(department, readers, order)
            if walked.department is not None:
                return walked
        return Walked([], None, is_whole=False)

    async def behind(self, place: Place, order: ListOrder) -> Walked:
        """The rows behind a place, of the department whose place it is.

        Raises SourceUnavailableError where that source does not answer now, and BadInputError
        where it is none of this city.
        """
        reader = self._reads.sources.by_name.get(place.source)
        if reader is None or not self._holds(reader):
            raise BadInputError(
                "after 所属的数据源不再存在 (the source of `after` is not there any more)"
            )
        department = reader.description.department
        own = await self._behind_in(reader, place.position, order)
        readers = [r for r in self._near(self._instances(department)) if _follows(r, reader)]
        rest = await self._walk(department, readers, order, own)
        return Walked(rest.rows, department, rest.is_whole)

    async def total(self, department: Department, order: ListOrder) -> int | None:
        """How many rows there are; None where an instance does not answer."""
        readers = self._near(self._instances(department))
        counts = await asyncio.gather(*(self.counts(reader, order) for reader in readers))
        known = [sum(count.values()) for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def readers(self) -> Iterator[tuple[Department, list[SourceReader]]]:
        """The departments that may drive, in order, each with the instances to be asked."""
        for department, readers in self._holding():
            yield department, self._near(readers)

    def readers_or_refuse(self) -> list[tuple[Department, list[SourceReader]]]:
        """As `readers`. Raises BadInputError where no department keeps what is filtered by."""
        found = list(self.readers())
        if not found:
            raise BadInputError(NOBODY_KEEPS)
        return found

    def _holding(self) -> Iterator[tuple[Department, list[SourceReader]]]:
        """Whose scope is of units, the Establishment Office alone drives where it can."""
        bounds = self._reads.bounds
        for department in _DRIVERS[self._ask.kind]:
            if readers := self._instances(department):
                yield department, readers
                if bounds and bounds.is_of_units and department is Department.ESTABLISHMENT:
                    return

    def _instances(self, department: Department) -> list[SourceReader]:
        return [r for r in self._able if r.description.department is department]

    def _holds(self, reader: SourceReader) -> bool:
        return reader in self._able

    def _needed(self) -> frozenset[IndicatorName]:
        """What the list rests on; the persons' units too, where they bound what may be reached."""
        is_bounded = self._reads.bounds is not None and self._ask.kind is EntityKind.PERSON
        return self._ask.needed | ({handles.OCCUPIED_UNIT_CODE} if is_bounded else set())

    def _near(self, readers: Sequence[SourceReader]) -> list[SourceReader]:
        near, bounds = covering(readers, self._ask.division), self._reads.bounds
        return list(near) if bounds is None else bounds.near(near)

    async def _walk(
        self,
        department: Department,
        readers: Sequence[SourceReader],
        order: ListOrder,
        found: Sequence[Listed] | None = None,
    ) -> Walked:
        """One instance after another until there are rows enough; a dead one's are missing."""
        rows: Sequence[Listed] = found or ()
        is_living, is_whole = found is not None or not readers, True
        for reader in readers:
            if len(rows) >= order.limit:
                break
            answer = await self.page(reader, order)
            is_whole &= answer is not None
            is_living |= answer is not None
            rows = [*rows, *(answer or ())] if rows else answer or ()
        found = first_rows(unique(rows), order.limit)
        return Walked(found, department if is_living else None, is_whole)

    async def page(self, reader: SourceReader, order: ListOrder) -> Sequence[Listed] | None:
        """The rows of one instance; None where it does not answer, which is noted."""
        order = await self._in_words_of(reader, order)
        tally = self._reads.tally
        return await self._reads.attempt(
            reader, {self._ask.field}, lambda: reader.page(order, tally)
        )

    async def _behind_in(
        self, reader: SourceReader, position: Position, order: ListOrder
    ) -> Sequence[Listed]:
        order = await self._in_words_of(reader, order, position)
        name = reader.description.name
        if not self._reads.troubles.is_down(name):
            try:
                return await reader.page(order, self._reads.tally)
            except SourceError as error:
                raise SourceUnavailableError(name, error.department, _GONE) from error
        raise SourceUnavailableError(name, reader.description.department, _GONE)

    async def counts(
        self, reader: SourceReader, order: ListOrder
    ) -> Mapping[str | None, int] | None:
        """How many rows an instance has, by group; None where it does not answer."""
        order, tally = await self._in_words_of(reader, order), self._reads.tally
        return await self._reads.attempt(
            reader, {self._ask.field}, lambda: reader.count(order, tally)
        )

    async def _in_words_of(
        self, reader: SourceReader, order: ListOrder, after: Position | None = None
    ) -> ListOrder:
        """The order in the words of one source, within the caller's reach."""
        conditions, reads = self._ask.conditions_in(reader), self._reads
        reach = None if reads.bounds is None else await reads.reach(reader)
        return ListOrder(
            order.entity,
            conditions,
            order.limit,
            order.indicators,
            after=after,
            each=order.each,
            raw=order.raw,
            reach=reach,
        )


def unique(rows: Sequence[Listed]) -> Sequence[Listed]:
    """Each row of a source once, however often it was answered."""
    if isinstance(rows, ListedRows) or len(set(keys_of_rows(rows))) == len(rows):
        return rows
    return list({(row.key, row.position): row for row in reversed(rows)}.values())[::-1]


def _able(
    sources: Sources, kind: EntityKind, needed: frozenset[IndicatorName]
) -> Sequence[SourceReader]:
    """The sources that hold all that is needed; worked out once, sources being what they are."""
    kept, key = sources.able, (kind, needed)
    found = kept.get(key)
    if found is None:
        homes = [(EntityKind.UNIT if _is_of_units(each) else kind, each) for each in needed]
        found = [reader for reader in sources.all if _holds(sources, reader, kind, homes)]
        if len(kept) < MOST_NEEDS:
            kept[key] = found
    return found


def _holds(sources: Sources, reader: SourceReader, kind: EntityKind, homes: Sequence[Home]) -> bool:
    description = reader.description
    if not description.places.get(kind):
        return False
    return all(sources.coverage(home).maps(description.name, each) for home, each in homes)


def _is_of_units(indicator: IndicatorName) -> bool:
    return catalogue().category_of(indicator).subject == EntityKind.UNIT


def _follows(reader: SourceReader, other: SourceReader) -> bool:
    return reader.description.name > other.description.name
