"""Lists of persons and units: orders to statements, rows as the driver gives them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat
from typing import cast

from adapters.assembly import row_keys
from adapters.lanes.port import Row
from adapters.listed import ListedRows, first_rows
from adapters.mapping.convert import key_text
from adapters.port import (
    ListCells,
    Listed,
    ListOrder,
    Operator,
    Position,
    listed_rows,
)
from adapters.rows import told_cells
from adapters.session import Session
from adapters.sql.cells import Faults
from adapters.sql.conditions import Bound, Shape
from adapters.sql.kept import kept
from adapters.sql.lists import ListPlans, PagePlan, PageShape, limit_bucket
from domain.model.keys import IndicatorName, KeysOfSource, LocalKey
from domain.model.records import Facet
from domain.model.tally import Tally


class PageRows:
    """How the rows of one page are read, by the plan that brought them."""

    def __init__(self, session: Session, plan: PagePlan, cells: ListCells, *, raw: bool) -> None:
        self._session = session
        self._plan = plan
        self._raw = raw
        self._read_at = session.now()
        self.cells = cells

    def position(self, row: Row) -> Position:
        """Where a row stands."""
        return self._plan.position(row)

    def facet(self, key: LocalKey, rows: Sequence[Row]) -> Facet:
        """The first of the rows, the others as its twins."""
        faults = Faults()
        first, *twins = (self._one(key, row, faults) for row in rows)
        self._session.note_faults(faults)
        return replace(first, twins=tuple(twins)) if twins else first

    def _one(self, key: LocalKey, row: Row, faults: Faults) -> Facet:
        cells = self._plan.cells
        values = cells.values(row, faults)
        raws = cells.raws(row, values) if self._raw else {}
        return Facet(key, values, {}, self._read_at, raws)


class ListReads:
    """The lists of one source. Every method raises LaneError."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cells = kept(self._told)

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        """The rows of one page in the order of their positions; twins stand beside their first."""
        lists = (await self._session.opened()).lists[order.entity]
        bounds = lists.conditions.bound(order.conditions)
        reach = lists.conditions.within(order.reach)
        values = _values(bounds) | reach_values(reach)
        values |= {} if order.after is None else lists.after(order.after)
        shape = _shape(order, (bounds, reach), lists)
        plan = lists.page(shape)
        rows = await self._session.run(plan.statement, values, tally)
        told = PageRows(self._session, plan, self._cells(lists, shape.wanted), raw=order.raw)
        listed = self._listed(order, plan, told, rows)
        return listed if order.each else first_rows(listed, order.limit)

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

    def _listed(
        self, order: ListOrder, plan: PagePlan, told: PageRows, rows: Sequence[Row]
    ) -> Sequence[Listed]:
        """The rows in their order, each key once a place."""
        texts = row_keys(rows, plan.width)
        if None in texts:
            self._session.note_fault("null_key", texts.count(None))
            rows = [row for row, text in zip(rows, texts, strict=True) if text is not None]
            texts = [text for text in texts if text is not None]
        keyed = cast("list[str]", texts)  # Without a copy: none of them is None.
        options = self._session.options
        keys = KeysOfSource(options.department, options.name, keyed)
        # A key is a part of its position: where no key comes twice, no position does.
        is_unique = len(set(keyed)) == len(keyed)
        if keyed and is_unique and plan.group is None:
            return ListedRows(keys, rows, told)
        listed = listed_rows(keys, rows, told, _groups(order, plan, rows))
        if is_unique:
            return listed
        folded = _folded(listed)
        self._session.note_fault("two_rows_for_one_key", len(listed) - len(folded))
        return folded

    def _told(self, lists: ListPlans, wanted: frozenset[IndicatorName]) -> ListCells:
        cells = told_cells(self._session, lists.cells(wanted))
        return ListCells(frozenset(cells), cells)


def _folded(listed: Sequence[Listed]) -> list[Listed]:
    """Rows at one place are twins of the first."""
    folded: dict[object, Listed] = {}
    for one in listed:
        place = one.group, one.position
        first = folded.get(place)
        together = one if first is None else first._replace(rows=(*first.rows, *one.rows))
        folded[place] = together
    return list(folded.values())


def _groups(order: ListOrder, plan: PagePlan, rows: Sequence[Row]) -> Iterable[str | None]:
    """The value of the order's `each` in each row, as it was asked for."""
    at = plan.group
    if at is None:
        return repeat(None)
    asked = _asked(order)
    return [asked.get(key_text(row[at]) or "") for row in rows]


def _shape(
    order: ListOrder, bounds: tuple[Sequence[Bound], Sequence[Bound] | None], lists: ListPlans
) -> PageShape:
    """The shape of a page with these conditions within this reach."""
    tests, reach = bounds
    return PageShape(
        wanted=order.indicators.intersection(lists.entity.columns),
        tests=tuple(bound.shape for bound in tests),
        limit=limit_bucket(order.limit),
        after=None if order.after is None else tuple(part is not None for part in order.after),
        each=order.each,
        reach=shapes_of(reach),
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
