"""Reads pools, occupations, plans and the payroll headcount of a source, by unit."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, compress
from typing import Any, Final, NamedTuple

from adapters.lanes.port import Row
from adapters.mapping.model import OperationalRule, SourceMapping
from adapters.session import Session
from adapters.sql.binds import bucket, padded
from adapters.sql.cells import Faults
from adapters.sql.headcount import keeps_headcount
from adapters.sql.pieces import key_values
from adapters.sql.unit_plans import Reader, UnitPlan
from domain.model.keys import EntityKind
from domain.model.pools import HeadcountRows, OccupiedRow, PlanRow, PoolRow, counted
from domain.model.records import Value
from domain.model.tally import Tally

Plan = Callable[[int], UnitPlan]
Read = tuple[str, str, Sequence[int | None]]
"""Unit, type and numbers of one row."""
_TEXT: Final = frozenset({str})


class _Told(NamedTuple):
    """The columns of rows of units that were asked for, and each of their numbers."""

    units: Sequence[str]
    kinds: Sequence[Value]
    numbers: Sequence[Sequence[Value]]

    @property
    def types(self) -> list[str]:
        """The type of each row, be it known to a code set or not; empty where it has none."""
        return [kind if isinstance(kind, str) else "" for kind in self.kinds]

    @property
    def typed(self) -> Iterator[Read]:
        """The rows one by one; those without a type belong to no pool."""
        numbers = zip(*map(_numbers, self.numbers), strict=True)
        rows = zip(self.units, self.types, numbers, strict=True)
        return (row for row in rows if row[1])


class _Asked:
    """The units that are asked for, as somebody spells them and without blanks around."""

    def __init__(self, units: Sequence[str]) -> None:
        own = dict.fromkeys(units)
        bare = list(map(str.strip, own))
        self._own = own.keys()
        self._bare: Mapping[str, str] = {}
        self.spellings: Collection[str] = own
        if bare != list(own):
            self._bare = dict(zip(reversed(bare), reversed(own), strict=True))
            self.spellings = dict.fromkeys((*own, *bare))

    def are(self, stored: Sequence[Any]) -> bool:  # Any: whatever the driver gives
        """Whether all of these are texts, and units just as they are asked for."""
        is_bare = not self._bare and _TEXT.issuperset(map(type, stored))
        return is_bare and self._own >= set(stored)

    def known(self, stored: Sequence[Any]) -> Sequence[Any]:  # Any: texts, or None
        """Which of them each stored unit is; None for another."""
        if self.are(stored):
            return stored
        return [text if text in self._own else self._bared(text) for text in map(str, stored)]

    def _bared(self, text: str) -> str | None:
        bare = text.strip()
        return self._bare.get(bare, bare if bare in self._own else None)


class PoolReads:
    """The operational entities of one source. Every method raises LaneError."""

    def __init__(self, session: Session, mapping: SourceMapping) -> None:
        self._session = session
        self._kept = frozenset(mapping.operational)
        self._folds_types = "pool" in self._kept and _folds(mapping.operational["pool"])
        person = mapping.entities.get(EntityKind.PERSON)
        self._keeps_headcount = person is not None and keeps_headcount(person)

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        """Ordered by unit and type; several rows of one pool are added up, unknown where one is."""
        if "pool" not in self._kept:
            return []
        opened = await self._session.opened()
        told = await self._read(opened.operational.pools, units, None, tally)
        sums: dict[tuple[str, str], Sequence[int | None]] = {}
        twins = 0
        for unit, kind, numbers in told.typed:
            held = sums.get((unit, kind))
            twins += held is not None
            sums[unit, kind] = numbers if held is None else _added(held, numbers)
        self._session.note_fault("two_pools", 0 if self._folds_types else twins)
        self._session.note_fault("pool_without_type", told.types.count(""))
        return [
            PoolRow(unit, kind, approved, locked)
            for (unit, kind), (approved, locked) in sorted(sums.items())
        ]

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        """Counted by unit and type."""
        if "occupation" not in self._kept:
            return None
        opened = await self._session.opened()
        told = await self._read(opened.operational.occupied, units, today, tally)
        counts = _summed((unit, kind, numbers[0] or 0) for unit, kind, numbers in told.typed)
        return [OccupiedRow(unit, kind, count) for (unit, kind), count in sorted(counts.items())]

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Summed by unit and type; unknown where one of the plans in force is."""
        if "plan" not in self._kept:
            return None
        opened = await self._session.opened()
        told = await self._read(opened.operational.plans, units, today, tally)
        sums: dict[tuple[str, str], list[int | None]] = {}
        for unit, kind, numbers in told.typed:
            sums[unit, kind] = _added(sums.get((unit, kind), [0]), [_unused(numbers)])
        return [PlanRow(unit, kind, unused) for (unit, kind), (unused,) in sorted(sums.items())]

    async def headcount(self, units: Sequence[str], tally: Tally) -> HeadcountRows | None:
        """Counted by the source's own unit code and type; None where the payroll is not kept."""
        if not self._keeps_headcount:
            return None
        plan = (await self._session.opened()).headcount
        if plan is None:
            return None
        told = await self._read(plan, units, None, tally)
        return _counted(told)

    async def _read(
        self, plan: Plan, units: Sequence[str], today: date | None, tally: Tally
    ) -> _Told:
        """The rows of all units, chunk by chunk; those whose unit nobody asked for are left out."""
        asked, faults, parts = _Asked(units), Faults(), []
        binds = list(zip(plan(1).bind_unit.all_of(asked.spellings), strict=True))
        size = self._session.options.max_keys
        for start in range(0, len(binds), size):
            chunk = binds[start : start + size]
            sized = plan(bucket(len(chunk)))
            values = sized.parameters(today) | key_values(padded(chunk), as_array=False)
            rows = await self._session.run(sized.statement, values, tally)
            if rows:
                parts.append(_told((rows, sized.readers), asked, faults))
        self._session.note_fault("bad_value", faults.bad_values)
        return _together(parts)


def _folds(pool: OperationalRule) -> bool:
    """Whether several stored types mean one: then several rows of one type are as they should."""
    codes = pool.columns["type"].codes or {}
    return len(set(codes.values())) < len(codes)


def _told(read: tuple[Sequence[Row], Sequence[Reader]], asked: _Asked, faults: Faults) -> _Told:
    """The columns of unit, type and numbers without the rows of other units."""
    rows, (unit, *readers) = read
    cells: Sequence[Sequence[Any]] = list(zip(*rows, strict=True))  # Any: as the driver gives it
    columns = [each.column(cells, faults) for each in readers]
    stored = () if unit.position is None else cells[unit.position]
    if stored and asked.are(stored):
        return _Told(stored, columns[0], columns[1:])
    units = asked.known(unit.column(cells, faults))
    if None in units:
        is_asked = [each is not None for each in units]
        units = list(compress(units, is_asked))
        columns = [list(compress(each, is_asked)) for each in columns]
    return _Told(units, columns[0], columns[1:])


def _together(parts: Sequence[_Told]) -> _Told:
    if len(parts) == 1:
        return parts[0]
    units, kinds, numbers = zip(*parts, strict=True) if parts else ((), (), ())
    each = (list(chain.from_iterable(own)) for own in zip(*numbers, strict=True))
    return _Told([*chain.from_iterable(units)], [*chain.from_iterable(kinds)], [*each])


def _numbers(values: Sequence[Value]) -> list[int | None]:
    return [value if isinstance(value, int) else None for value in values]


def _counted(told: _Told) -> HeadcountRows:
    """Persons by unit and type; a type that no code set knows is none."""
    kinds: Sequence[Any] = told.kinds  # Any: texts, or None
    if not _TEXT.issuperset(map(type, kinds)):
        kinds = [kind if kind.__class__ is str else None for kind in kinds]
    counts: Sequence[Any] = told.numbers[0] if told.numbers else ()  # Any: None is nobody
    return counted(told.units, kinds, counts if all(counts) else [n or 0 for n in counts])


def _unused(numbers: Sequence[int | None]) -> int | None:
    approved, used, returned = numbers
    if approved is None or used is None or returned is None:
        return None
    return approved - used - returned


def _added(left: Sequence[int | None], right: Sequence[int | None]) -> list[int | None]:
    pairs = zip(left, right, strict=True)
    return [None if a is None or b is None else a + b for a, b in pairs]


def _summed(rows: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for unit, kind, number in rows:
        sums[unit, kind] = sums.get((unit, kind), 0) + number
    return sums
