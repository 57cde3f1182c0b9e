"""Reads pools, occupations, plans and the payroll headcount of a source, by unit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from adapters.mapping.model import OperationalRule, SourceMapping
from adapters.session import Session
from adapters.sql.binds import bucket, padded
from adapters.sql.cells import Faults
from adapters.sql.headcount import keeps_headcount
from adapters.sql.pieces import key_values
from adapters.sql.unit_plans import UnitPlan
from domain.model.keys import EntityKind
from domain.model.many import made
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import Value
from domain.model.tally import Tally

Plan = Callable[[int], UnitPlan]
Read = tuple[str, str, list[int | None]]
"""Unit, type and numbers of one row."""


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
        rows = await self._read(opened.operational.pools, units, None, tally)
        sums: dict[tuple[str, str], list[int | None]] = {}
        twins = 0
        for unit, kind, numbers in _typed(rows):
            held = sums.get((unit, kind))
            twins += held is not None
            sums[unit, kind] = numbers if held is None else _added(held, numbers)
        self._session.note_fault("two_pools", 0 if self._folds_types else twins)
        self._session.note_fault("pool_without_type", sum(not kind for _, kind, _ in rows))
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
        rows = await self._read(opened.operational.occupied, units, today, tally)
        counts = _summed((unit, kind, numbers[0] or 0) for unit, kind, numbers in _typed(rows))
        return [OccupiedRow(unit, kind, count) for (unit, kind), count in sorted(counts.items())]

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Summed by unit and type; unknown where one of the plans in force is."""
        if "plan" not in self._kept:
            return None
        opened = await self._session.opened()
        rows = await self._read(opened.operational.plans, units, today, tally)
        sums: dict[tuple[str, str], list[int | None]] = {}
        for unit, kind, numbers in _typed(rows):
            sums[unit, kind] = _added(sums.get((unit, kind), [0]), [_unused(numbers)])
        return [PlanRow(unit, kind, unused) for (unit, kind), (unused,) in sorted(sums.items())]

    async def headcount(self, units: Sequence[str], tally: Tally) -> list[HeadcountRow] | None:
        """Counted by the source's own unit code and type; None where the payroll is not kept."""
        if not self._keeps_headcount:
            return None
        plan = (await self._session.opened()).headcount
        if plan is None:
            return None
        counts: dict[tuple[str, str], int] = {}
        for unit, kind, (count,) in await self._read(plan, units, None, tally):
            # A type that no code set knows is none.
            place = (unit, kind if kind.__class__ is str else "")
            counts[place] = counts.get(place, 0) + (count or 0)
        told = [(unit, kind or None, count) for (unit, kind), count in sorted(counts.items())]
        return made(HeadcountRow, told)

    async def _read(
        self, plan: Plan, units: Sequence[str], today: date | None, tally: Tally
    ) -> list[Read]:
        """The rows of all units, chunk by chunk; those whose unit nobody asked for are left out."""
        asked, faults, read = dict.fromkeys(units), Faults(), []
        bind, bare = plan(1).bind_unit, {unit.strip(): unit for unit in reversed(asked)}
        spellings = dict.fromkeys((*asked, *bare))
        binds = list(zip(bind.all_of(spellings), strict=True))
        size = self._session.options.max_keys
        for start in range(0, len(binds), size):
            chunk = binds[start : start + size]
            sized = plan(bucket(len(chunk)))
            values = sized.parameters(today) | key_values(padded(chunk), as_array=False)
            rows = await self._session.run(sized.statement, values, tally)
            stored, kinds, *numbers = [each.column(rows, faults) for each in sized.readers]
            texts = _texts(kinds)
            for unit, kind, *own in zip(
                map(str, stored), texts, *map(_numbers, numbers), strict=True
            ):
                known = unit if unit in asked else bare.get(unit.strip())
                if known is not None:
                    read.append((known, kind, own))
        self._session.note_fault("bad_value", faults.bad_values)
        return read


def _folds(pool: OperationalRule) -> bool:
    """Whether several stored types mean one: then several rows of one type are as they should."""
    codes = pool.columns["type"].codes or {}
    return len(set(codes.values())) < len(codes)


def _texts(kinds: Sequence[Value]) -> list[str]:
    return [kind if isinstance(kind, str) else "" for kind in kinds]


def _numbers(values: Sequence[Value]) -> list[int | None]:
    return [value if isinstance(value, int) else None for value in values]


def _typed(rows: Iterable[Read]) -> Iterator[Read]:
    """Rows without a type belong to no pool."""
    return (row for row in rows if row[1])


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
