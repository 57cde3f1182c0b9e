"""The statements over child tables: rows in their order, at most so many an entity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.convert import DATES, MONTHS, Convert, date_reader, guarded, month_reader
from adapters.mapping.model import MAIN, ColumnRule, EntityRule, RowsRule, TableName
from adapters.sql.cells import Cells, Columns, mapped
from adapters.sql.kept import kept
from adapters.sql.pieces import (
    CHILD_ALIAS,
    MAIN_ALIAS,
    Element,
    Pieces,
    Size,
    Statement,
    join_alias,
    nulls_last,
    table,
)
from adapters.sql.shapes import Shapes, tie_breakers
from domain.catalogue.indicators import catalogue
from domain.model.keys import CategoryCode, IndicatorName

ANCHOR: Final = "a"


@dataclass(frozen=True, slots=True)
class ChildPlan:
    """A statement over a child table.

    `present`: the position that is NULL where an entity has no child row. `anchored`: every entity
    asked for gives a row, so that the answer also says which exist. `several`: the wanted
    indicators of which all rows together make one value.
    """

    statement: Statement
    width: int
    cells: Cells
    present: int
    extra: tuple[int, Convert] | None
    anchored: bool
    several: tuple[IndicatorName, ...]


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where child rows come from, and the key of their entity there: as it is, and exactly."""

    source: sa.FromClause
    conditions: list[Element]
    keys: list[Element]
    exact_keys: list[Element]


class ChildPlans:
    """All statements over the child tables of one entity."""

    def __init__(self, entity: EntityRule, shapes: Shapes, pieces: Pieces) -> None:
        self._entity = entity
        self._shapes = shapes
        self._pieces = pieces
        self.by_key = kept(self._by_key)

    def _by_key(
        self,
        category: CategoryCode,
        wanted: frozenset[IndicatorName],
        size: Size,
        *,
        anchored: bool,
    ) -> ChildPlan:
        rule = self._entity.rows[category]
        origin, columns = self._origin(rule, size, anchored=anchored), Columns()
        for key in origin.keys:
            columns.add(key)
        names = mapped(rule.columns, wanted)
        columns_of = {name: rule.columns[name] for name in names}
        cells = columns.cells((n, r, self._value(rule, r)) for n, r in columns_of.items())
        extra = self._extra(rule, columns)
        joins = sorted({column.join for column in columns_of.values()})
        origin = replace(origin, source=self._pieces.widened(origin.source, rule, joins))
        present = columns.add(self._pieces.column(CHILD_ALIAS, next(iter(rule.on))))
        several = catalogue().categories[category].multi_valued
        return ChildPlan(
            statement=self._pieces.runnable(self._limited(origin, rule, columns)),
            width=len(self._entity.key),
            cells=cells,
            present=present,
            extra=extra,
            anchored=anchored,
            several=tuple(name for name in names if name in several),
        )

    def _origin(self, rule: RowsRule, size: Size, *, anchored: bool) -> _Origin:
        if anchored or not self._holds_the_key(rule):
            return self._through_entity(rule, size, anchored=anchored)
        return self._own(rule, size)

    def _holds_the_key(self, rule: RowsRule) -> bool:
        """Whether the child table has the entity's whole key, in types that compare with it."""
        own, parent = self._shapes[rule.table].columns, self._shapes[self._entity.table].columns
        return set(rule.on.values()) == set(self._entity.key) and all(
            self._pieces.is_comparable(own[child], parent[key]) for child, key in rule.on.items()
        )

    def _own(self, rule: RowsRule, size: Size) -> _Origin:
        """The child table alone, where it holds the entity's whole key."""
        own = {parent: child for child, parent in rule.on.items()}
        names = [own[key] for key in self._entity.key]
        kinds = [self._shapes[rule.table].columns[name] for name in names]
        keys = self._pieces.columns(CHILD_ALIAS, names)
        return _Origin(
            table(rule.table, CHILD_ALIAS),
            [
                self._pieces.keys_in(self._compared(keys, kinds), size),
                *self._pieces.live(rule.where, CHILD_ALIAS),
            ],
            keys,
            self._exact(keys, kinds),
        )

    def _through_entity(self, rule: RowsRule, size: Size, *, anchored: bool) -> _Origin:
        """The entity's keys, each once, and their child rows; twins share their children."""
        parents = tuple(dict.fromkeys(rule.on.values()))
        places: dict[str, Element] = {
            name: sa.literal_column(f"{ANCHOR}.p{i}") for i, name in enumerate(parents)
        }
        on = self._pieces.joined(CHILD_ALIAS, rule, places, self._entity.table)
        child = table(rule.table, CHILD_ALIAS)
        source = self._anchor(parents, size).join(child, on, isouter=anchored)
        found: list[Element] = [
            sa.literal_column(f"{ANCHOR}.k{i}") for i in range(len(self._entity.key))
        ]
        return _Origin(source, [], list(found), list(found))

    def _anchor(self, parents: Sequence[str], size: Size) -> sa.Subquery:
        """The different exact keys `k…` and join columns `p…` of the rows asked for."""
        kinds = self._kinds(self._entity.table, self._entity.key)
        keys = self._pieces.columns(MAIN_ALIAS, self._entity.key)
        exact = [key.label(f"k{i}") for i, key in enumerate(self._exact(keys, kinds))]
        others = self._pieces.columns(MAIN_ALIAS, parents)
        select = (
            sa.select(*exact, *(other.label(f"p{i}") for i, other in enumerate(others)))
            .distinct()
            .select_from(table(self._entity.table, MAIN_ALIAS))
            .where(self._pieces.keys_in(self._compared(keys, kinds), size))
            .where(*self._pieces.live(self._entity.where, MAIN_ALIAS))
        )
        return select.subquery(ANCHOR)

    def _kinds(self, name: TableName, columns: Sequence[str]) -> list[TypeEngine[Any]]:
        return [self._shapes[name].columns[column] for column in columns]

    def _compared(self, keys: list[Element], kinds: list[TypeEngine[Any]]) -> list[Element]:
        return [self._pieces.compared(k, kind) for k, kind in zip(keys, kinds, strict=True)]

    def _exact(self, keys: list[Element], kinds: list[TypeEngine[Any]]) -> list[Element]:
        return [self._pieces.exact(k, kind) for k, kind in zip(keys, kinds, strict=True)]

    def _value(self, rows: RowsRule, rule: ColumnRule) -> Element | None:
        return self._pieces.value(rule, join_alias(rows, rule.join))

    def _extra(self, rule: RowsRule, columns: Columns) -> tuple[int, Convert] | None:
        element = self._value(rule, rule.extra) if rule.extra else None
        kind = catalogue().categories[rule.category].extra_key
        if element is None or rule.extra is None or kind is None:
            return None
        read, natives = (month_reader, MONTHS) if kind[1] == "month" else (date_reader, DATES)
        return columns.add(element), guarded(read(rule.extra.date), natives)

    def _limited(self, origin: _Origin, rule: RowsRule, columns: Columns) -> sa.Select[Any]:
        number = sa.func.row_number().over(
            partition_by=origin.exact_keys, order_by=list(self._order(rule))
        )
        numbered = (
            sa.select(*columns.labelled(), number.label("rn"))
            .select_from(origin.source)
            .where(*origin.conditions)
            .subquery("r")
        )
        labels = [numbered.c[f"v{i}"] for i in range(len(columns.elements))]
        most: Element = sa.literal_column(str(rule.limit))
        return sa.select(*labels).where(numbered.c.rn <= most).order_by(numbered.c.rn)

    def _order(self, rule: RowsRule) -> Iterator[Element]:
        shape = self._shapes[rule.table]
        for name, descending in rule.order:
            yield from nulls_last(self._column(rule, name), descending=descending)
        given = frozenset(name for name, _ in rule.order)
        own = (column for column in rule.columns.values() if column.join == MAIN)
        rules = [*own, *([rule.extra] if rule.extra else [])]
        for name in tie_breakers(shape, given, (r.column for r in rules if r.column)):
            yield from nulls_last(self._column(rule, name))
        if not shape.primary_key:
            for expression in (r.sql for r in rules if r.sql):
                yield from nulls_last(self._pieces.sql(expression, CHILD_ALIAS))

    def _column(self, rule: RowsRule, name: str) -> Element:
        kind = self._shapes[rule.table].columns[name]
        return self._pieces.exact(self._pieces.column(CHILD_ALIAS, name), kind)
