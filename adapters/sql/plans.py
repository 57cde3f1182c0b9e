"""The statements over the own table of a person or unit, built once a shape and kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import MAIN, ColumnRule, EntityRule
from adapters.sql.binds import Binder
from adapters.sql.cells import Cells, Columns, mapped
from adapters.sql.child_plans import ChildPlans
from adapters.sql.kept import kept
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, Size, Statement, join_alias, slot
from adapters.sql.shapes import Shapes, table_of, tie_breakers
from domain.model.keys import IndicatorName

SEARCH_LIMIT: Final = 1000
"""A search is by name or number: more rows mean that a column holds one text for all."""


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """A statement over the entity's own table; the key stands in the first `width` positions."""

    statement: Statement
    width: int
    cells: Cells


class EntityPlans:
    """All statements of one entity in one source."""

    def __init__(self, entity: EntityRule, shapes: Shapes, pieces: Pieces) -> None:
        self.entity = entity
        self.children = ChildPlans(entity, shapes, pieces)
        self._shapes = shapes
        self._pieces = pieces
        self._keys = pieces.columns(MAIN_ALIAS, entity.key)
        self.by_key = kept(self._by_key)
        self.by_value = kept(self._by_value)
        self.all_rows = kept(self._all_rows)

    @property
    def key_types(self) -> list[TypeEngine[Any]]:
        """The reflected types of the key columns."""
        columns = self._shapes[self.entity.table].columns
        return [columns[name] for name in self.entity.key]

    @property
    def binders(self) -> list[Binder]:
        """Local key parts to the values to ask for, a binder a key column."""
        shape = self._shapes[self.entity.table]
        return [shape.binder(name, self._pieces.backend) for name in self.entity.key]

    def type_of(self, rule: ColumnRule) -> TypeEngine[Any] | None:
        """The reflected type of a rule's column; None for an expression."""
        if rule.column is None:
            return None
        return self._shapes[table_of(self.entity, rule)].columns[rule.column]

    def _by_key(self, wanted: frozenset[IndicatorName], size: Size) -> EntityPlan:
        keys = [
            self._pieces.compared(key, kind)
            for key, kind in zip(self._keys, self.key_types, strict=True)
        ]
        return self._plan(wanted, [self._pieces.keys_in(keys, size)], [], [])

    def _by_value(
        self, by: IndicatorName, wanted: frozenset[IndicatorName], size: int
    ) -> EntityPlan:
        """By the column as it is, for the index, and exactly: its collation may equate texts."""
        rule = self.entity.columns[by]
        element, kind = self._value(rule), self.type_of(rule)
        slots = [slot(f"k{i}_0") for i in range(size)]
        compared, exact = self._pieces.compared(element, kind), self._pieces.exact(element, kind)
        conditions = [each.in_(slots) for each in dict.fromkeys([compared, exact])]
        return self._plan(wanted, conditions, self._key_order(), [rule.join], SEARCH_LIMIT)

    def _all_rows(self, wanted: frozenset[IndicatorName], *, after: bool) -> EntityPlan:
        conditions = [self._behind()] if after else []
        return self._plan(wanted, conditions, self._key_order(), [])

    def _key_order(self) -> list[Element]:
        """As the key texts are: without blanks at the end, where there are any."""
        spaces, names = self._shapes[self.entity.table].spaces, self.entity.key
        return [
            self._pieces.exact(sa.func.rtrim(key) if name in spaces else key, kind)
            for key, kind, name in zip(self._keys, self.key_types, names, strict=True)
        ]

    def _behind(self) -> Element:
        """Keys behind the given one, in the order of the key."""
        keys = self._key_order()
        steps = [
            sa.and_(
                *(key == slot(f"k0_{j}") for j, key in enumerate(keys[:i])),
                column > slot(f"k0_{i}"),
            )
            for i, column in enumerate(keys)
        ]
        return sa.or_(*steps)

    def _plan(
        self,
        wanted: frozenset[IndicatorName],
        conditions: Sequence[Element],
        order: Sequence[Element],
        joins: Sequence[str],
        limit: int | None = None,
    ) -> EntityPlan:
        columns = Columns()
        for key in self._keys:
            columns.add(key)
        rules = [(name, self.entity.columns[name]) for name in mapped(self.entity.columns, wanted)]
        cells = columns.cells((name, rule, self._element(rule)) for name, rule in rules)
        used = self.entity.join_paths(sorted({*joins, *(rule.join for _, rule in rules)}))
        select = (
            sa.select(*columns.labelled())
            .select_from(self._pieces.entity_from(self.entity, used))
            .where(*conditions, *self._pieces.live(self.entity.where, MAIN_ALIAS))
            .order_by(*order, *self._ties(used))
        )
        statement = self._pieces.runnable(select.limit(limit) if limit else select)
        return EntityPlan(statement, len(self._keys), cells)

    def _ties(self, joins: Sequence[str]) -> Iterator[Element]:
        """An order of rows with one key; by what is mapped, not asked for: the same must answer."""
        yield from self._table_ties(MAIN, frozenset(self.entity.key))
        for name in joins:
            yield from self._table_ties(name, frozenset(self.entity.joins[name].on))

    def _table_ties(self, join: str, known: frozenset[str]) -> Iterator[Element]:
        name = self.entity.joins[join].table if join else self.entity.table
        columns = self._shapes[name].columns
        own = (r.column for r in self.entity.columns.values() if r.join == join and r.column)
        for column in tie_breakers(self._shapes[name], known, own):
            element = self._pieces.column(join_alias(self.entity, join), column)
            yield self._pieces.exact(element, columns[column])

    def _element(self, rule: ColumnRule) -> Element | None:
        return self._pieces.value(rule, join_alias(self.entity, rule.join))

    def _value(self, rule: ColumnRule) -> Element:
        element = self._element(rule)
        return sa.null() if element is None else element
