"""The rows that the caller of one request can reach, in the words of each source."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Final

from adapters.port import Listed, ListOrder, Reach, SourceReader
from domain.catalogue import handles
from domain.catalogue.hierarchy import division_stem
from domain.model.access import Scope
from domain.model.departments import UNIT_DRIVERS, Department
from domain.model.keys import EntityKind, LocalKey, SourceName, UnitCode
from domain.model.subjects import Subject
from domain.model.trees import all_below
from resolvers.reading import JudgedHosts, Reads
from resolvers.sources import is_covered
from resolvers.subjects import Linked, linked_subject
from resolvers.trees import MAX_UNITS, below_order, follow_trees, knows_parents
from resolvers.waiting import outcome
from store.units import UnitAsk

SCOPE_FIELD: Final = "Viewer.units"
"""Owed where the tree of a caller's units cannot be read."""
FindUnits = Callable[[list[UnitAsk]], Awaitable[Sequence[Linked | None]]]


class Reaching:
    """Worked out at most once a request, and only for sources that are asked.

    `passed` are units of which a row within reach has told: they need no second judgement.
    """

    def __init__(self, scope: Scope, reads: Reads, find_units: FindUnits, today: date) -> None:
        self._scope = scope
        self._today = today
        self._reads = reads
        self._find_units = find_units
        self._stems = tuple(sorted(filter(None, map(division_stem, scope.divisions))))
        self._codes: asyncio.Future[frozenset[str]] | None = None
        self._linked: asyncio.Future[tuple[Subject, ...]] | None = None
        self._reaches: dict[SourceName, asyncio.Future[Reach | None]] = {}
        self.passed: set[LocalKey] = set()

    @property
    def is_of_units(self) -> bool:
        """Whether units alone are in scope: then the Establishment Office alone can tell."""
        return not self._stems

    def near(self, readers: Sequence[SourceReader]) -> list[SourceReader]:
        """The sources that may hold rows within reach."""
        if self._scope.units or self._scope.trees:
            return list(readers)
        return [r for r in readers if any(map(partial(_covers, r), self._stems))]

    async def of(self, reader: SourceReader) -> Reach | None:
        """What bounds the rows of a source; None where all of them are within reach."""
        name = reader.description.name
        if name not in self._reaches:
            self._reaches[name] = asyncio.ensure_future(self._of(reader))
        return await outcome(self._reaches[name])

    async def hosting(self, reader: SourceReader) -> JudgedHosts | None:
        """The units in scope as hosts in a source, and the day; None where none is named."""
        if not self._scope.units and not self._scope.trees:
            return None
        return Reach((), tuple(sorted(await self._own_codes(reader)))), self._today

    async def has_unit(self, unit: Subject) -> bool:
        """Whether a unit is known to be in scope without asking for it."""
        if not self.passed.isdisjoint(unit.keys):
            return True
        own = {key.text for key in unit.keys_of(Department.ESTABLISHMENT)}
        return not own.isdisjoint(await self.codes())

    async def codes(self) -> frozenset[str]:
        """The standard codes of the units in scope; of those by division, none."""
        if self._codes is None:
            self._codes = asyncio.ensure_future(self._standard_codes())
        return await outcome(self._codes)

    async def _of(self, reader: SourceReader) -> Reach | None:
        own = await self._own_codes(reader)
        if not self._stems or knows_divisions(reader):
            return Reach(self._stems, tuple(sorted(own)))
        if _lies_within(reader, self._stems):
            return None
        return Reach((), tuple(sorted(own | await self._codes_by_division(reader))))

    async def _own_codes(self, reader: SourceReader) -> frozenset[str]:
        """The codes of the named units in the words of a source."""
        if reader.description.department is Department.ESTABLISHMENT:
            return await self.codes()
        return _codes_in(reader, await self._units())

    async def _standard_codes(self) -> frozenset[str]:
        tops = self._scope.trees
        return frozenset(self._scope.units).union(await self._all_below(tops) if tops else ())

    async def _all_below(self, tops: Iterable[UnitCode]) -> set[str]:
        """The units of trees, by the tree of today; none where an instance does not tell.

        Trees that go on in another instance of the Establishment Office are followed there.
        """
        office = self._reads.sources.of(Department.ESTABLISHMENT)
        below = await follow_trees(tops, office, self._below_in)
        return set() if below is None else all_below(tops, below)

    async def _below_in(
        self, reader: SourceReader, codes: tuple[str, ...]
    ) -> Sequence[Listed] | None:
        return await self._units_in(reader, below_order(codes)) if knows_parents(reader) else []

    async def _units_in(self, reader: SourceReader, order: ListOrder) -> Sequence[Listed] | None:
        reads = self._reads
        rows = await reads.attempt(reader, {SCOPE_FIELD}, lambda: reader.page(order, reads.tally))
        return None if rows is None or len(rows) == MAX_UNITS else rows

    async def _units(self) -> tuple[Subject, ...]:
        """The units in scope as the cross-reference knows them, by their present codes."""
        if self._linked is None:
            self._linked = asyncio.ensure_future(self._linked_units())
        return await outcome(self._linked)

    async def _linked_units(self) -> tuple[Subject, ...]:
        codes = await self.codes()
        if not codes:
            return ()
        units = await self._find([UnitAsk(unit_code=UnitCode(code)) for code in sorted(codes)])
        return tuple(unit for unit in units if _has_code(unit, codes))

    async def _find(self, asks: list[UnitAsk]) -> list[Subject]:
        found = await self._find_units(asks)
        return [linked_subject(EntityKind.UNIT, unit) for unit in found if unit is not None]

    async def _codes_by_division(self, reader: SourceReader) -> frozenset[str]:
        """A source's codes of the units that the first living register puts in the divisions."""
        for department in UNIT_DRIVERS:
            registers = [r for r in self._reads.sources.of(department) if knows_divisions(r)]
            answers = await asyncio.gather(*(self._listed_in(r) for r in self.near(registers)))
            living = [answer for answer in answers if answer is not None]
            if living:
                keys = [key for answer in living for key in answer]
                return _codes_in(reader, await self._find([UnitAsk(key=key) for key in keys]))
        return frozenset()

    async def _listed_in(self, reader: SourceReader) -> list[LocalKey] | None:
        order = ListOrder(EntityKind.UNIT, (), MAX_UNITS, frozenset(), reach=Reach(self._stems))
        rows = await self._units_in(reader, order)
        return None if rows is None else [row.key for row in rows]


def knows_divisions(reader: SourceReader) -> bool:
    """Whether a source keeps the divisions of its units."""
    return handles.UNIT_DIVISION in reader.description.places.get(EntityKind.UNIT, {})


@lru_cache(1024)
def covers_city(scope: Scope, city: str | None) -> bool:
    """Whether a scope holds the whole city: then nothing bounds what is reached."""
    if scope.is_everything:
        return True
    stems = tuple(filter(None, map(division_stem, scope.divisions)))
    return bool(stems) and city is not None and division_stem(city).startswith(stems)


def scope_marks(scope: Scope) -> tuple[object, ...]:
    """What tells cursors of different scopes apart; nothing where everything is in scope."""
    if scope.is_everything:
        return ()
    return (sorted(scope.divisions), sorted(scope.units), sorted(scope.trees))


def _covers(reader: SourceReader, stem: str) -> bool:
    return is_covered(reader.description.divisions, stem)


def _lies_within(reader: SourceReader, stems: tuple[str, ...]) -> bool:
    """Whether all that a source holds is said to lie in the divisions."""
    named = [division_stem(division) for division in reader.description.divisions]
    return bool(named) and all(each.startswith(stems) for each in named)


def _codes_in(reader: SourceReader, units: Iterable[Subject]) -> frozenset[str]:
    name = reader.description.name
    return frozenset(key.text for unit in units for key in unit.keys if key.source == name)


def _has_code(unit: Subject, codes: frozenset[str]) -> bool:
    """Whether one of the codes is the unit's today: a past one brings nobody its successor."""
    return any(key.text in codes for key in unit.keys_of(Department.ESTABLISHMENT))
