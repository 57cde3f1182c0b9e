"""Pages and counts of the pools of a source: filters to parameters, rows to pools."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from adapters.lanes.port import Row
from adapters.listed_pools import ListedPools, Numbers, PoolColumns
from adapters.mapping.convert import code_reader, guarded, key_texts
from adapters.mapping.model import SourceMapping
from adapters.port import ListedPool, PoolFilter, PoolListOrder, Reach
from adapters.session import Session
from adapters.sql.binds import bucket, padded
from adapters.sql.cells import Faults
from adapters.sql.pieces import key_values
from adapters.sql.pool_lists import PoolListPlan, PoolListPlans, PoolShape
from adapters.sql.unit_plans import TYPES
from adapters.sql.whole_columns import WHOLE_NUMBER, Words, read_cells, total
from domain.model.errors import BadInputError
from domain.model.tally import Tally

_OTHER: Final = 8
"""The place of another type beside a pool; what comes before it is of the pool itself."""
_TYPE: Final = Words(guarded(code_reader(None, TYPES)))
Types = tuple[str, ...]
Place = tuple[object, object]
"""The stored unit and type of a pool."""
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

    async def page(self, order: PoolListOrder, tally: Tally) -> Sequence[ListedPool]:
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

    def _listed(self, rows: Sequence[Row], order: PoolListOrder) -> Sequence[ListedPool]:
        if not rows:
            return []
        faults = Faults()
        cells: Sequence[Sequence[object]] = list(zip(*rows, strict=True))
        places = list(zip(cells[0], cells[1], strict=True))
        others = _others(cells[_OTHER], faults)
        if len(set(places)) < len(places):
            cells, others = _firsts(rows, places), _others_together(places, others)
            places = list(dict.fromkeys(places))
        columns = self._columns(cells, order, (others, faults))
        self._session.note_fault("two_pools", 0 if self._folds_types else total(cells[4]))
        self._session.note_fault("bad_value", total(cells[5]) + faults.bad_values)
        return ListedPools(columns, places)

    def _columns(
        self,
        cells: Sequence[Sequence[object]],
        order: PoolListOrder,
        read: tuple[Sequence[Types], Faults],
    ) -> PoolColumns:
        """What the columns of pools say."""
        unit, kind, approved, locked, _, _, *counts, _ = cells
        others, faults = read
        texts = _filled_in(key_texts(unit)), _filled_in(_TYPE.read(kind, faults))
        quota = _numbers(approved, faults), _numbers(locked, faults)
        return PoolColumns(*texts, *quota, *self._counted(order, counts, faults), others)

    def _counted(
        self, order: PoolListOrder, counts: Sequence[Sequence[object]], faults: Faults
    ) -> tuple[Numbers, Numbers]:
        """Occupations and plans, where they were asked for and are kept."""
        occupied, unused = counts
        has_people = self._keeps_people and (order.numbers or order.filter.counts_people)
        nobody_knows: Numbers = [None] * len(occupied)
        return (
            _numbers(occupied, faults) if has_people else nobody_knows,
            _numbers(unused, faults) if self._keeps_plans and order.numbers else nobody_knows,
        )


def _numbers(stored: Sequence[object], faults: Faults) -> Sequence[Any]:  # Any: whole numbers
    return read_cells(stored, WHOLE_NUMBER, faults)


def _others(stored: Sequence[object], faults: Faults) -> Sequence[Types]:
    """The other type beside each row, or none."""
    beside = _TYPE.read(stored, faults)
    told = {each: () if each is None else (str(each),) for each in set(beside)}
    return list(map(told.__getitem__, beside))


def _others_together(places: Sequence[Place], others: Sequence[Types]) -> list[Types]:
    """The same of each pool where some stand in several rows."""
    together: dict[Place, Types] = dict.fromkeys(places, ())
    for place, other in zip(places, others, strict=True):
        together[place] += other
    return list(together.values())


def _firsts(rows: Sequence[Row], places: Sequence[Place]) -> list[Sequence[Any]]:
    """The columns of the first rows of each pool."""
    first = dict(zip(reversed(places), reversed(rows), strict=True))
    return list(zip(*map(first.__getitem__, dict.fromkeys(places)), strict=True))


def _filled_in(texts: Sequence[Any]) -> Sequence[str]:  # Any: texts, or None
    return texts if all(texts) else [text or "" for text in texts]


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
