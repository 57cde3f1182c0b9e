"""The statements of one person or unit entity, built once per shape and kept; what each row of them means."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from adapters.convert import Convert, date_reader, guarded, month_reader
from adapters.mapping.model import ColumnRule, EntityRule, RowsRule
from adapters.sql.cells import Cell, Columns, cell, mapped
from adapters.sql.pieces import (
    CHILD_ALIAS,
    MAIN_ALIAS,
    Element,
    Pieces,
    Statement,
    join_alias,
    nulls_last,
    slot,
    table,
)
from adapters.sql.shapes import Shapes, tie_breakers
from domain.catalogue.indicators import catalogue
from domain.model.keys import CategoryCode, IndicatorName

KEPT_SHAPES: Final = 512
SEARCH_LIMIT: Final = 50
Size = int | None
"""Slots of the key filter; None where one array parameter takes all keys."""


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """A statement over the entity's own table; the key stands in the first `width` positions."""

    statement: Statement
    width: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """A statement over a child table; `present` is the position that is NULL where an entity has no child row."""

    statement: Statement
    width: int
    cells: tuple[Cell, ...]
    present: int
    extra: tuple[int, Convert] | None


class EntityPlans:
    """All statements of one entity in one source."""

    def __init__(self, entity: EntityRule, shapes: Shapes, pieces: Pieces) -> None:
        self.entity = entity
        self._shapes = shapes
        self._pieces = pieces
        self._keys = pieces.columns(MAIN_ALIAS, entity.key)
        self.by_key = _kept(self._by_key)
        self.by_value = _kept(self._by_value)
        self.rows = _kept(self._rows)
        self.all_rows = _kept(self._all_rows)

    def _by_key(self, wanted: frozenset[IndicatorName], size: Size) -> EntityPlan:
        return self._entity_plan(
            wanted, [self._pieces.keys_in(self._keys, size)], ordered=False, limit=None
        )

    def _by_value(
        self, by: IndicatorName, wanted: frozenset[IndicatorName], size: int
    ) -> EntityPlan:
        element = self._value(self.entity.columns[by])
        condition = element.in_([slot(f"k{i}_0") for i in range(size)])
        return self._entity_plan(wanted, [condition], ordered=True, limit=SEARCH_LIMIT, also=by)

    def _all_rows(self, wanted: frozenset[IndicatorName], *, after: bool) -> EntityPlan:
        conditions = [self._behind()] if after else []
        return self._entity_plan(wanted, conditions, ordered=True, limit=None)

    def _behind(self) -> Element:
        """Keys behind the given one, in the order of the key."""
        steps = [
            sa.and_(
                *(key == slot(f"k0_{j}") for j, key in enumerate(self._keys[:i])),
                column > slot(f"k0_{i}"),
            )
            for i, column in enumerate(self._keys)
        ]
        return sa.or_(*steps)

    def _entity_plan(
        self,
        wanted: frozenset[IndicatorName],
        conditions: list[Element],
        *,
        ordered: bool,
        limit: int | None,
        also: IndicatorName | None = None,
    ) -> EntityPlan:
        columns = Columns()
        for key in self._keys:
            columns.add(key)
        names = mapped(self.entity.columns, wanted)
        cells = tuple(self._cell(name, columns) for name in names)
        joins = [self.entity.columns[name].join for name in {*names, *([also] if also else [])}]
        select = (
            sa.select(*columns.labelled())
            .select_from(self._pieces.entity_from(self.entity, sorted(joins)))
            .where(*conditions, *self._pieces.live(self.entity.where, MAIN_ALIAS))
        )
        if ordered:
            select = select.order_by(*self._keys)
        statement = self._pieces.runnable(select.limit(limit) if limit else select)
        return EntityPlan(statement, len(self._keys), cells)

    def _cell(self, name: IndicatorName, columns: Columns) -> Cell:
        rule = self.entity.columns[name]
        return cell(
            name, rule, self._pieces.value(rule, join_alias(self.entity, rule.join)), columns
        )

    def _value(self, rule: ColumnRule) -> Element:
        element = self._pieces.value(rule, join_alias(self.entity, rule.join))
        return sa.null() if element is None else element

    def _rows(
        self,
        category: CategoryCode,
        wanted: frozenset[IndicatorName],
        size: Size,
        *,
        one: bool,
        anchored: bool,
    ) -> RowsPlan:
        """`one`: a single key, so a plain LIMIT; `anchored`: entities without child rows give a row too."""
        rule = self.entity.rows[category]
        columns, keys = Columns(), self._row_keys(rule, anchored=anchored)
        for key in keys:
            columns.add(key)
        present = columns.add(self._pieces.column(CHILD_ALIAS, next(iter(rule.on))))
        cells = tuple(self._row_cell(name, rule, columns) for name in mapped(rule.columns, wanted))
        extra = self._extra(rule, columns)
        inner = (
            sa.select(*columns.labelled())
            .select_from(self._rows_from(rule, anchored=anchored or not self._is_direct(rule)))
            .where(self._pieces.keys_in(keys, size), *self._rows_where(rule, anchored=anchored))
        )
        select = self._limited(inner, rule, keys, columns, one=one)
        return RowsPlan(self._pieces.runnable(select), len(keys), cells, present, extra)

    def _row_cell(self, name: IndicatorName, rule: RowsRule, columns: Columns) -> Cell:
        column = rule.columns[name]
        return cell(name, column, self._pieces.value(column, CHILD_ALIAS), columns)

    def _extra(self, rule: RowsRule, columns: Columns) -> tuple[int, Convert] | None:
        element = self._pieces.value(rule.extra, CHILD_ALIAS) if rule.extra else None
        kind = catalogue().categories[rule.category].extra_key
        if element is None or rule.extra is None or kind is None:
            return None
        read = month_reader if kind[1] == "month" else date_reader
        return columns.add(element), guarded(read(rule.extra.date))

    def _is_direct(self, rule: RowsRule) -> bool:
        """Whether the child table holds the entity's whole key itself."""
        return set(rule.on.values()) == set(self.entity.key)

    def _row_keys(self, rule: RowsRule, *, anchored: bool) -> list[Element]:
        if anchored or not self._is_direct(rule):
            return self._keys
        own = {parent: child for child, parent in rule.on.items()}
        return self._pieces.columns(CHILD_ALIAS, [own[key] for key in self.entity.key])

    def _rows_from(self, rule: RowsRule, *, anchored: bool) -> sa.FromClause:
        child = table(rule.table, CHILD_ALIAS)
        if not anchored:
            return child
        on = self._pieces.pairs(CHILD_ALIAS, MAIN_ALIAS, rule.on)
        own = self._pieces.live(rule.where, CHILD_ALIAS)
        return table(self.entity.table, MAIN_ALIAS).outerjoin(child, sa.and_(*on, *own))

    def _rows_where(self, rule: RowsRule, *, anchored: bool) -> list[Element]:
        if anchored or not self._is_direct(rule):
            return self._pieces.live(self.entity.where, MAIN_ALIAS)
        return self._pieces.live(rule.where, CHILD_ALIAS)

    def _limited(
        self,
        inner: sa.Select[Any],
        rule: RowsRule,
        keys: list[Element],
        columns: Columns,
        *,
        one: bool,
    ) -> sa.Select[Any]:
        order = self._order(rule)
        if one:
            return inner.order_by(*order).limit(rule.limit)
        number = sa.func.row_number().over(partition_by=keys, order_by=order).label("rn")
        numbered = inner.add_columns(number).subquery("r")
        labels = [numbered.c[f"v{i}"] for i in range(len(columns.elements))]
        return (
            sa.select(*labels)
            .where(numbered.c.rn <= rule.limit)
            .order_by(*labels[: len(keys)], numbered.c.rn)
        )

    def _order(self, rule: RowsRule) -> list[Element]:
        named = [name for name, _ in rule.order]
        rest = [(name, False) for name in tie_breakers(rule, self._shapes) if name not in named]
        return [
            part
            for name, descending in (*rule.order, *rest)
            for part in nulls_last(self._pieces.column(CHILD_ALIAS, name), descending=descending)
        ]


def _kept(build: Callable[..., Any]) -> Callable[..., Any]:  # an LRU keeps no signature
    return lru_cache(maxsize=KEPT_SHAPES)(build)
