"""The statements over the own table of a person or unit, built once a shape and kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import MAIN, ColumnRule, EntityRule
from adapters.port import LINK_KEY, VERSION
from adapters.sql.binds import Binder, binder, compare_as_values, is_text
from adapters.sql.cells import Cell, Cells, Columns, mapped
from adapters.sql.child_plans import ChildPlans
from adapters.sql.kept import kept
from adapters.sql.pieces import (
    BETWEEN_KEYS,
    MAIN_ALIAS,
    Element,
    Pieces,
    Size,
    Statement,
    behind,
    join_alias,
    slot,
)
from adapters.sql.shapes import Shapes, table_of, tie_breakers
from adapters.sql.versions import time_version, version_text
from domain.model.keys import IndicatorName

SINCE: Final = "since"
NAMED_ALIAS: Final = "n"
SEARCH_LIMIT: Final = 1000
"""A search is by name or number: more rows mean that a column holds one text for all."""
_ARRAYS: Final[Mapping[type, str]] = {
    sa.VARCHAR: "text[]",
    sa.TEXT: "text[]",
    sa.CHAR: "bpchar[]",
}
"""The array of texts that PostgreSQL compares a key column with by its index."""


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """A statement over the entity's own table; the key stands in the first `width` positions."""

    statement: Statement
    width: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class PairPlan:
    """The row of a key and, behind its `width` cells, the row of another entity that it names."""

    statement: Statement
    width: int


class EntityPlans:
    """All statements of one entity in one source."""

    def __init__(self, entity: EntityRule, shapes: Shapes, pieces: Pieces) -> None:
        self.entity = entity
        self.children = ChildPlans(entity, shapes, pieces)
        self.shapes = shapes
        self._pieces = pieces
        self._keys = pieces.columns(MAIN_ALIAS, entity.key)
        self.by_key = kept(self._by_key)
        self.by_joined_keys = kept(self._by_joined_keys)
        self.by_value = kept(self._by_value)
        self.all_rows = kept(self._all_rows)
        self.pair = kept(self._pair)

    @property
    def key_types(self) -> list[TypeEngine[Any]]:
        """The reflected types of the key columns."""
        columns = self.shapes[self.entity.table].columns
        return [columns[name] for name in self.entity.key]

    @property
    def is_unique(self) -> bool:
        """Whether the table itself allows one row a key only."""
        primary = self.shapes[self.entity.table].primary_key
        return bool(primary) and set(primary) <= set(self.entity.key)

    def is_spaced(self, column: str) -> bool:
        """Whether keys of the column have blanks at their end that are no part of them."""
        return column in self.shapes[self.entity.table].spaces

    @property
    def binders(self) -> list[Binder]:
        """Local key parts to the values to ask for, a binder a key column."""
        shape = self.shapes[self.entity.table]
        return [shape.binder(name, self._pieces.backend) for name in self.entity.key]

    def type_of(self, rule: ColumnRule) -> TypeEngine[Any] | None:
        """The reflected type of a rule's column; None for an expression."""
        if rule.column is None:
            return None
        return self.shapes[table_of(self.entity, rule)].columns[rule.column]

    def bind_of(self, rule: ColumnRule) -> Binder:
        """Texts to the values to ask a rule's column for."""
        if rule.column is None:
            return binder(None, self._pieces.backend)
        return self.shapes[table_of(self.entity, rule)].binder(rule.column, self._pieces.backend)

    def element_of(self, rule: ColumnRule) -> Element | None:
        """What a rule selects; None for a constant."""
        return self._pieces.value(rule, join_alias(self.entity, rule.join))

    def _by_key(self, wanted: frozenset[IndicatorName], size: Size) -> EntityPlan:
        return self._plan(wanted, [self._has_key(size)], [], [])

    def _by_joined_keys(self, wanted: frozenset[IndicatorName]) -> EntityPlan | None:
        """By one text of many keys; None where they are no texts, or several columns."""
        array = _ARRAYS.get(type(self.key_types[0]))
        if array is None or self._pieces.backend != "postgresql" or len(self._keys) != 1:
            return None
        # The driver looks at every item of a list by two calls in Python.
        texts = sa.func.string_to_array(slot("keys"), sa.literal_column(f"'{BETWEEN_KEYS}'"))
        keys: Element = texts.op("::")(sa.literal_column(array))
        return self._plan(wanted, [self._keys[0] == sa.func.any(keys)], [], [])

    def _has_key(self, size: Size) -> Element:
        keys = [
            self._pieces.compared(key, kind)
            for key, kind in zip(self._keys, self.key_types, strict=True)
        ]
        return self._pieces.keys_in(keys, size)

    def _by_value(
        self, by: IndicatorName, wanted: frozenset[IndicatorName], size: int
    ) -> EntityPlan:
        """By the column as it is, for the index, and exactly: its collation may equate texts."""
        rule = self.entity.columns[by]
        element, kind = self._value(rule), self.type_of(rule)
        slots = [slot(f"k{i}_0") for i in range(size)]
        compared, exact = self._pieces.compared(element, kind), self._pieces.exact(element, kind)
        conditions = [each.in_(slots) for each in dict.fromkeys([compared, exact])]
        return self._plan(wanted, conditions, self.key_order(), [rule.join], SEARCH_LIMIT)

    def _all_rows(
        self, wanted: frozenset[IndicatorName], *, after: bool, since: bool = False
    ) -> EntityPlan:
        keys = self.key_order()
        conditions = [behind(keys, "k0_")] if after else []
        if since and self.entity.version is not None:
            conditions.append(self._is_new(self.entity.version))
        return self._plan(wanted, conditions, keys, [])

    def _pair(
        self,
        wanted: frozenset[IndicatorName],
        by: IndicatorName,
        named: tuple["EntityPlans", frozenset[IndicatorName]],
    ) -> PairPlan | None:
        """By key, beside it what another entity of the source has under the code of `by`.

        None where the code and the key there cannot be compared as they stand.
        """
        other, names = named
        rule = self.entity.columns[by]
        code, kind = self.element_of(rule), self.type_of(rule)
        if code is None or kind is None or len(other.entity.key) != 1:
            return None
        if not compare_as_values(kind, other.key_types[0], self._pieces.backend):
            return None
        columns = Columns()
        _, used = self.selected(columns, wanted, [rule.join])
        behind_it, inner = other.as_table(names)
        source = self._pieces.entity_from(self.entity, used)
        select = (
            sa.select(*columns.labelled(), *behind_it)
            .select_from(source.outerjoin(inner, behind_it[0].element == code))
            .where(self._has_key(1), *self._pieces.live(self.entity.where, MAIN_ALIAS))
        )
        return PairPlan(self._pieces.runnable(select), len(columns.elements))

    def as_table(
        self, wanted: frozenset[IndicatorName]
    ) -> tuple[list[sa.Label[Any]], sa.FromClause]:
        """The living rows as one table, and its columns, as `by_key` has them."""
        columns = Columns()
        _, used = self.selected(columns, wanted, [])
        inner = (
            sa.select(*columns.labelled())
            .select_from(self._pieces.entity_from(self.entity, used))
            .where(*self._pieces.live(self.entity.where, MAIN_ALIAS))
            .subquery(NAMED_ALIAS)
        )
        shown: list[sa.Label[Any]] = [
            sa.literal_column(f"{NAMED_ALIAS}.v{i}").label(f"{NAMED_ALIAS}{i}")
            for i, _ in enumerate(columns.elements)
        ]
        return shown, inner

    def _is_new(self, name: str) -> Element:
        """Rows whose version is not below the parameter, and those without one."""
        kind = self.shapes[self.entity.table].columns[name]
        version = self._pieces.column(MAIN_ALIAS, name)
        sorted_ = self._pieces.exact(version, kind) if is_text(kind) else version
        return sa.or_(sorted_ >= slot(SINCE), version.is_(None))

    def key_order(self) -> list[Element]:
        """As the key texts are: without blanks at the end, where there are any."""
        return [
            self._pieces.exact(sa.func.rtrim(key) if self.is_spaced(name) else key, kind)
            for key, kind, name in zip(self._keys, self.key_types, self.entity.key, strict=True)
        ]

    def _plan(
        self,
        wanted: frozenset[IndicatorName],
        conditions: Sequence[Element],
        order: Sequence[Element],
        joins: Sequence[str],
        limit: int | None = None,
    ) -> EntityPlan:
        columns = Columns()
        cells, used = self.selected(columns, wanted, joins)
        select = (
            sa.select(*columns.labelled())
            .select_from(self._pieces.entity_from(self.entity, used))
            .where(*conditions, *self._pieces.live(self.entity.where, MAIN_ALIAS))
            .order_by(*order, *self.ties(used))
        )
        statement = self._pieces.runnable(select.limit(limit) if limit else select)
        return EntityPlan(statement, len(self._keys), cells)

    def selected(
        self, columns: Columns, wanted: frozenset[IndicatorName], joins: Iterable[str]
    ) -> tuple[Cells, tuple[str, ...]]:
        """The key and the wanted cells join the columns; with the joins that all needs."""
        for key in self._keys:
            columns.add(key)
        rules = [(name, self.entity.columns[name]) for name in mapped(self.entity.columns, wanted)]
        if LINK_KEY in wanted and self.entity.link_key is not None:
            rules.append((LINK_KEY, self.entity.link_key.rule))
        cells = columns.cells((name, rule, self.element_of(rule)) for name, rule in rules)
        if VERSION in wanted and self.entity.version is not None:
            cells = self._with_version(columns, cells, self.entity.version)
        return cells, self.entity.join_paths(sorted({*joins, *(rule.join for _, rule in rules)}))

    def _with_version(self, columns: Columns, cells: Cells, name: str) -> Cells:
        """The version beside what is read; streams of PostgreSQL give days as texts."""
        kind = self.shapes[self.entity.table].columns[name]
        is_read_as_text = self._pieces.backend == "postgresql" and not is_text(kind)
        convert = time_version if is_read_as_text else version_text
        place = columns.add(self._pieces.column(MAIN_ALIAS, name))
        return replace(cells, read=(*cells.read, Cell(VERSION, place, convert)))

    def ties(self, joins: Sequence[str]) -> Iterator[Element]:
        """An order of rows with one key; by what is mapped, not asked for: the same must answer."""
        yield from self._table_ties(MAIN, frozenset(self.entity.key))
        for name in joins:
            yield from self._table_ties(name, frozenset(self.entity.joins[name].on))

    def _table_ties(self, join: str, known: frozenset[str]) -> Iterator[Element]:
        name = self.entity.joins[join].table if join else self.entity.table
        columns = self.shapes[name].columns
        own = (r.column for r in self.entity.columns.values() if r.join == join and r.column)
        for column in tie_breakers(self.shapes[name], known, own):
            element = self._pieces.column(join_alias(self.entity, join), column)
            yield self._pieces.exact(element, columns[column])

    def _value(self, rule: ColumnRule) -> Element:
        element = self.element_of(rule)
        return sa.null() if element is None else element
