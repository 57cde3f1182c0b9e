"""Lists of persons and units: orders to statements, rows to facets with their positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.assembly import Raws, Values, row_key
from adapters.lanes.port import Row
from adapters.mapping.convert import key_text
from adapters.port import Listed, ListOrder, Operator, Position
from adapters.session import Session
from adapters.sql.cells import Faults
from adapters.sql.conditions import Bound, Shape
from adapters.sql.lists import ListPlans, PagePlan, PageShape, limit_bucket
from domain.model.keys import LocalKey
from domain.model.records import Facet
from domain.model.tally import Tally


@dataclass(slots=True)
class _Entry:
    """One row of a page, and what further rows at the same place hold."""

    key: str
    position: Position
    group: str | None
    held: list[tuple[Values, Raws]] = field(default_factory=list)


class ListReads:
    """The lists of one source. Every method raises LaneError."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def page(self, order: ListOrder, tally: Tally) -> list[Listed]:
        """The rows of one page in the order of their positions; twins stand beside their first."""
        lists = (await self._session.opened()).lists[order.entity]
        bounds = lists.conditions.bound(order.conditions)
        reach = lists.conditions.within(order.reach)
        values = _values(bounds) | reach_values(reach)
        values |= {} if order.after is None else lists.after(order.after)
        plan = lists.page(replace(_shape(order, bounds, lists), reach=shapes_of(reach)))
        rows = await self._session.run(plan.statement, values, tally)
        entries = self._entries(order, plan, rows)
        listed = [self._listed(entry) for entry in entries]
        return listed if order.each else listed[: order.limit]

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        """How many rows meet the conditions, by group."""
        lists = (await self._session.opened()).lists[order.entity]
        bounds = lists.conditions.bound(order.conditions)
        reach = lists.conditions.within(order.reach)
        shapes = tuple(bound.shape for bound in bounds)
        plan = lists.count(shapes, order.each, shapes_of(reach))
        values = _values(bounds) | reach_values(reach)
        rows = await self._session.run(plan.statement, values, tally)
        asked = _asked(order)
        counts: dict[str | None, int] = {}
        for *stored, number in rows:
            group = asked.get(key_text(stored[0]) or "") if stored else None
            counts[group] = counts.get(group, 0) + int(str(number))
        return counts

    def _entries(self, order: ListOrder, plan: PagePlan, rows: Sequence[Row]) -> list[_Entry]:
        entries: dict[object, _Entry] = {}
        faults, asked = Faults(), _asked(order)
        for row in rows:
            key, position = row_key(row, plan.width), plan.position(row)
            if key is None:
                faults.null_keys += 1
                continue
            group = None if plan.group is None else asked.get(key_text(row[plan.group]) or "")
            values = plan.cells.values(row, faults)
            entry = entries.setdefault((group, position), _Entry(key, position, group))
            entry.held.append((values, plan.cells.raws(row, values) if order.raw else {}))
        faults.twins = sum(len(entry.held) - 1 for entry in entries.values())
        self._session.note_faults(faults)
        return list(entries.values())

    def _listed(self, entry: _Entry) -> Listed:
        options, now = self._session.options, self._session.now()
        key = LocalKey(options.department, options.name, entry.key)
        first, *twins = (Facet(key, values, {}, now, raws) for values, raws in entry.held)
        facet = replace(first, twins=tuple(twins)) if twins else first
        return Listed(facet, entry.position, entry.group)


def _shape(order: ListOrder, bounds: Sequence[Bound], lists: ListPlans) -> PageShape:
    return PageShape(
        wanted=order.indicators.intersection(lists.entity.columns),
        tests=tuple(bound.shape for bound in bounds),
        limit=limit_bucket(order.limit),
        after=None if order.after is None else tuple(part is not None for part in order.after),
        each=order.each,
    )


def _values(bounds: Sequence[Bound]) -> dict[str, object]:
    return {
        f"c{i}_{j}": value for i, bound in enumerate(bounds) for j, value in enumerate(bound.values)
    }


def shapes_of(reach: Sequence[Bound] | None) -> tuple[Shape, ...] | None:
    """The alternatives of a reach without their values; None where all rows are within it."""
    return None if reach is None else tuple(bound.shape for bound in reach)


def reach_values(reach: Sequence[Bound] | None) -> dict[str, object]:
    """The parameters of `Conditions.reached`."""
    return {
        f"r{i}_{j}": value
        for i, bound in enumerate(reach or ())
        for j, value in enumerate(bound.values)
    }


def _asked(order: ListOrder) -> dict[str, str]:
    """The groups that are asked for, by what their stored value reads as."""
    if order.each is None:
        return {}
    named = (c for c in order.conditions if c.indicator == order.each and c.operator is Operator.IN)
    return {value.rstrip(" "): value for condition in named for value in condition.values}
