"""Pages and counts of the pools of a source: filters to parameters, rows to pools."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import repeat
from operator import itemgetter
from typing import Final

from adapters.lanes.port import Row
from adapters.mapping.convert import code_reader, guarded, key_texts, remembered
from adapters.mapping.model import SourceMapping
from adapters.port import ListedPool, PoolFilter, PoolListOrder, Reach
from adapters.session import Session
from adapters.sql.binds import bucket, padded
from adapters.sql.cells import Faults
from adapters.sql.pieces import key_values
from adapters.sql.pool_lists import PoolListPlan, PoolListPlans, PoolShape
from adapters.sql.unit_plans import TYPES
from adapters.sql.whole_columns import WHOLE_NUMBER, read_cells, total
from domain.model.errors import BadInputError
from domain.model.many import made
from domain.model.pools import PoolRow
from domain.model.records import Value
from domain.model.tally import Tally

_OTHER: Final = 8
"""The place of another type beside a pool; what comes before it is of the pool itself."""
_CELLS: Final = itemgetter(*range(_OTHER))
_TYPE: Final = remembered(guarded(code_reader(None, TYPES)))
Others = dict[tuple[str, str], tuple[str, ...]]
"""The other types beside each pool, by its position."""
_LEAST: Final = -(2**31)


class PoolLists:
    """The pools of one source as a list. Every method raises LaneError."""

    def __init__(self, session: Session, mapping: SourceMapping) -> None:
        self._session = session
        self._keeps_people = "occupation" in mapping.operational
        self._keeps_plans = "plan" in mapping.operational
        pool = mapping.operational.get("pool")
        codes = (pool.columns["type"].codes or {}) if pool else {}
        self._folds_types = len(set(codes.values())) < len(codes)

    async def page(self, order: PoolListOrder, tally: Tally) -> list[ListedPool]:
        """The pools of one page, in order."""
        plans = await self._plans()
        if plans is None:
            return []
        units = _unit_binds(plans, order.filter)
        plan = plans.page(_shape(order.filter, units, order))
        values = _values(plan, order.filter, units, order.today) | {"n": order.limit}
        if order.after is not None:
            values |= _behind(plans, order.after)
        if _is_impossible(order.filter, units):
            return []
        rows = await self._session.run(plan.statement, values, tally)
        return self._listed(rows, order)

    async def count(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        """How many there are."""
        plans = await self._plans()
        units = None if plans is None else _unit_binds(plans, wanted)
        if plans is None or _is_impossible(wanted, units):
            return 0
        plan = plans.count(_shape(wanted, units))
        values = _values(plan, wanted, units, today)
        (row,) = await self._session.run(plan.statement, values, tally)
        return int(str(row[0]))

    async def _plans(self) -> PoolListPlans | None:
        return (await self._session.opened()).pool_lists

    def _listed(self, rows: Sequence[Row], order: PoolListOrder) -> list[ListedPool]:
        if not rows:
            return []
        faults, places = Faults(), _places(rows)
        read = _others if len(set(places)) == len(places) else _others_together
        others = read(places, read_cells([row[_OTHER] for row in rows], _TYPE, faults))
        firsts = rows if len(others) == len(rows) else _firsts(rows, places)
        cells = zip(*map(_CELLS, firsts), strict=True)
        unit, kind, approved, locked, twins, unread, *counts = cells
        known = self._counted(order, counts, faults)
        parts = (_pools(unit, kind, (approved, locked), faults), others, *known, others.values())
        self._session.note_fault("two_pools", 0 if self._folds_types else total(twins))
        self._session.note_fault("bad_value", total(unread) + faults.bad_values)
        return made(ListedPool, zip(*parts, strict=False))

    def _counted(
        self, order: PoolListOrder, counts: Sequence[Sequence[object]], faults: Faults
    ) -> list[Iterable[Value]]:
        """Occupations and plans, where they were asked for and are kept."""
        is_counted = order.numbers or order.filter.counts_people
        is_known = (is_counted and self._keeps_people, order.numbers and self._keeps_plans)
        return [
            read_cells(own, WHOLE_NUMBER, faults) if known else repeat(None)
            for own, known in zip(counts, is_known, strict=True)
        ]


def _places(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The position of each row."""
    return [(str(row[0]), str(row[1])) for row in rows]


def _others(places: Sequence[tuple[str, str]], beside: Sequence[Value]) -> Others:
    """The other type beside each pool, or none, where each stands in a single row."""
    return {
        place: () if other is None else (str(other),)
        for place, other in zip(places, beside, strict=True)
    }


def _others_together(places: Sequence[tuple[str, str]], beside: Sequence[Value]) -> Others:
    """The same where some pools stand in several rows."""
    others: Others = {}
    for place, other in zip(places, beside, strict=True):
        own = others.get(place, ())
        others[place] = own if other is None else (*own, str(other))
    return others


def _firsts(rows: Sequence[Row], places: Sequence[tuple[str, str]]) -> list[Row]:
    """The first row of each pool."""
    first = dict(zip(reversed(places), reversed(rows), strict=True))
    return [first[place] for place in dict.fromkeys(places)]


def _pools(
    units: Sequence[object],
    kinds: Sequence[object],
    numbers: Sequence[Sequence[object]],
    faults: Faults,
) -> list[PoolRow]:
    parts = (
        [text or "" for text in key_texts(units)],
        [kind or "" for kind in read_cells(kinds, _TYPE, faults)],
        *(read_cells(each, WHOLE_NUMBER, faults) for each in numbers),
    )
    return made(PoolRow, zip(*parts, strict=True))


def _unit_binds(plans: PoolListPlans, wanted: PoolFilter) -> list[tuple[object, ...]] | None:
    """The values to ask the units for, with their bare texts; None where no unit is named."""
    if wanted.units is None:
        return None
    return [(value, unit.strip()) for unit in wanted.units for value in plans.bind_unit(unit)]


def _is_impossible(wanted: PoolFilter, units: Sequence[object] | None) -> bool:
    """Whether a part of the filter names nothing that a pool could be."""
    return units == [] or wanted.types == () or wanted.under == ()


def _shape(
    wanted: PoolFilter, units: Sequence[object] | None, page: PoolListOrder | None = None
) -> PoolShape:
    """What a count of the filter rests on, or a page of it."""
    return PoolShape(
        units=bucket(len(units)) if units else 0,
        types=bucket(len(wanted.types)) if wanted.types else 0,
        in_division=wanted.division is not None,
        freeze=wanted.freeze,
        is_over=wanted.min_over is not None,
        under=bucket(len(wanted.under)) if wanted.under else 0,
        reach=_reach_shape(wanted.reach),
        is_after=page is not None and page.after is not None,
        beside=page is not None and page.others,
        has_people=page is not None and page.numbers,
        has_plans=page is not None and page.numbers,
    )


def _reach_shape(reach: Reach | None) -> tuple[int, int] | None:
    if reach is None:
        return None
    sizes = (bucket(len(part)) if part else 0 for part in (reach.divisions, reach.codes))
    return next(sizes), next(sizes)


def _filled(letter: str, texts: Sequence[str]) -> dict[str, object]:
    """Parameters of that letter and a number, up to their bucket."""
    filled = padded([(text,) for text in texts]) if texts else []
    return {f"{letter}{i}": text for i, (text,) in enumerate(filled)}


def _values(
    plan: PoolListPlan,
    wanted: PoolFilter,
    units: Sequence[tuple[object, ...]] | None,
    today: date,
) -> dict[str, object]:
    values: dict[str, object] = {name: day(today) for name, day in plan.days.items()}
    if units:
        values |= key_values(padded(units), as_array=False)
    if wanted.types:
        types = padded([(code,) for code in wanted.types])
        values |= {f"t{i}": code for i, (code,) in enumerate(types, start=1)}
    if wanted.under:
        codes = padded([(code,) for code in wanted.under])
        values |= {f"g{i}": code for i, (code,) in enumerate(codes)}
    if wanted.division is not None:
        values["division"] = wanted.division
    if wanted.reach is not None:
        values |= _filled("h", wanted.reach.divisions)
        values |= _filled("q", [code.strip() for code in wanted.reach.codes])
    if wanted.min_over is not None:
        # Nothing is over-staffed by less than 0: every known number will do.
        values["over"] = wanted.min_over if wanted.min_over > 0 else _LEAST
    return values


def _behind(plans: PoolListPlans, after: tuple[str, str]) -> dict[str, object]:
    """The parameters of a position to go on behind. Raises BadInputError."""
    unit, kind = after
    bound = plans.bind_position(unit)
    if not bound:
        raise BadInputError("`after` is no position of this source")
    return {"u0": bound[0], "t0": kind}
