"""The statements of lists: one page in the order of unit and key, and how many rows there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.lanes.port import Row
from adapters.mapping.convert import key_text, stored_text
from adapters.mapping.model import ColumnRule, EntityRule
from adapters.port import Position
from adapters.sql.binds import is_native, is_padded
from adapters.sql.cells import Cells, Columns
from adapters.sql.conditions import Conditions, Shape
from adapters.sql.hosting import Hosting
from adapters.sql.kept import kept
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, Statement, behind, nulls_last
from adapters.sql.plans import EntityPlans
from domain.catalogue import handles
from domain.model.errors import BadInputError
from domain.model.keys import EntityKind, IndicatorName

LIMITS: Final = (2, 6, 11, 21, 51, 101, 201)
"""Statements exist for a few page sizes only: one more than the usual ones."""
_NULLS_COME_LAST: Final = frozenset({"postgresql", "oracle"})


class PageShape(NamedTuple):
    """What makes the statement of one page; `after` says which parts of the position are there.

    `reach`: alternatives of which one must hold; None where all rows are within reach.
    """

    wanted: frozenset[IndicatorName]
    tests: tuple[Shape, ...]
    limit: int
    after: tuple[bool, ...] | None
    each: IndicatorName | None
    reach: tuple[Shape, ...] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the order: the column as read, as compared, and whether blanks end it."""

    element: Element
    exact: Element
    kind: TypeEngine[Any] | None
    is_trimmed: bool
    is_key: bool

    def text(self, stored: object) -> str | None:
        """The stored value as a position names it: what the database has compared."""
        if isinstance(stored, str):
            return stored.rstrip(" ") if self.is_trimmed else stored
        return key_text(stored) if is_native(self.kind) else stored_text(stored)


@dataclass(frozen=True, slots=True)
class PagePlan:
    """The statement of a page; the key stands in the first `width` positions of each row.

    `places` is where the parts of the position stand, `group` where the value of its group does.
    """

    statement: Statement
    width: int
    cells: Cells
    parts: tuple[Part, ...]
    places: tuple[int, ...]
    group: int | None

    def position(self, row: Row) -> Position:
        """Where a row stands."""
        pairs = zip(self.parts, self.places, strict=True)
        return tuple(part.text(row[place]) for part, place in pairs)


@dataclass(frozen=True, slots=True)
class CountPlan:
    """The statement that counts: group and number, or the number alone."""

    statement: Statement
    has_group: bool


def limit_bucket(limit: int) -> int:
    """The number of rows a statement for this many rows asks for."""
    return next((size for size in LIMITS if size >= limit), limit)


class ListPlans:
    """All list statements of one entity in one source."""

    def __init__(self, plans: EntityPlans, pieces: Pieces, units: EntityPlans | None) -> None:
        self._plans = plans
        self._pieces = pieces
        self.conditions = Conditions(plans, pieces, units)
        self.hosting = Hosting(plans.entity, plans.shapes, pieces)
        self.parts = tuple(self._parts())
        self._binders = (*self._unit_binders(), *plans.binders)
        self.page = kept(self._page)
        self.count = kept(self._count)
        self.judge = kept(self._judge)

    @property
    def entity(self) -> EntityRule:
        """What is listed."""
        return self._plans.entity

    def cells(self, wanted: frozenset[IndicatorName]) -> Cells:
        """Where the rows of every page hold the wanted indicators."""
        return self._plans.selected(Columns(), wanted, ())[0]

    def after(self, position: Position) -> dict[str, object]:
        """The parameters of a position to go on behind. Raises BadInputError."""
        if len(position) != len(self.parts):
            raise BadInputError("`after` is no position of this source")
        values: dict[str, object] = {}
        for part, bind, text in zip(self.parts, self._binders, position, strict=True):
            if text is None:
                if part.is_key:
                    raise BadInputError("`after` is no position of this source")
                continue
            # An empty text is no key, but may well be a unit code.
            found = bind(text) if text and is_native(part.kind) else (text,)
            if not found:
                raise BadInputError("`after` is no position of this source")
            values[f"a{len(values)}"] = found[0]
        return values

    def _unit_binders(self) -> list[Any]:  # Any: binders, as EntityPlans gives them
        rule = self._unit_rule()
        return [] if rule is None else [self._plans.bind_of(rule)]

    def _unit_rule(self) -> ColumnRule | None:
        """The column of the person's unit, where there is one to order by."""
        if self._plans.entity.kind is not EntityKind.PERSON:
            return None
        rule = self._plans.entity.columns.get(handles.OCCUPIED_UNIT_CODE)
        return rule if rule is not None and rule.const is None else None

    def _parts(self) -> Iterator[Part]:
        rule, plans, pieces = self._unit_rule(), self._plans, self._pieces
        element = plans.element_of(rule) if rule else None
        if rule is not None and element is not None:
            kind = plans.type_of(rule)
            is_trimmed = is_padded(kind, pieces.backend)
            yield Part(element, pieces.exact(element, kind), kind, is_trimmed, is_key=False)
        names = plans.entity.key
        keys = pieces.columns(MAIN_ALIAS, names)
        rows = zip(keys, plans.key_order(), plans.key_types, names, strict=True)
        for key, exact, kind, name in rows:
            is_trimmed = is_padded(kind, pieces.backend) or plans.is_spaced(name)
            yield Part(key, exact, kind, is_trimmed, is_key=True)

    def _page(self, shape: PageShape) -> PagePlan:
        columns = Columns()
        joins = [*self._joins(shape.tests, shape.reach), *self._order_joins()]
        cells, used = self._plans.selected(columns, shape.wanted, joins)
        places = tuple(columns.add(part.element) for part in self.parts)
        group = self._group(shape.each)
        place = None if group is None else columns.add(group[0])
        select = (
            sa.select(*columns.labelled())
            .select_from(self._pieces.entity_from(self._plans.entity, used))
            .where(*self._where(shape.tests, shape.reach), *self._behind(shape.after))
        )
        order = [*self._order(), *self._plans.ties(used)]
        if group is None:
            select = select.order_by(*order).limit(shape.limit)
        else:
            number = sa.func.row_number().over(partition_by=group[1], order_by=order)
            select = _numbered(select.add_columns(number.label("rn")), columns, shape.limit)
        statement = self._pieces.runnable(select)
        width = len(self._plans.entity.key)
        return PagePlan(statement, width, cells, self.parts, places, place)

    def _count(
        self,
        tests: tuple[Shape, ...],
        each: IndicatorName | None,
        reach: tuple[Shape, ...] | None = None,
    ) -> CountPlan:
        """Rows of one unit and key are counted once, as a page shows them."""
        entity = self._plans.entity
        joins = [*self._joins(tests, reach), *self._order_joins()]
        group = self._group(each)
        used = entity.join_paths(sorted(set(joins)))
        shown = [part.exact.label(f"p{i}") for i, part in enumerate(self.parts)]
        groups = [] if group is None else [group[1].label("g")]
        rows = (
            sa.select(*groups, *shown)
            .select_from(self._pieces.entity_from(entity, used))
            .where(*self._where(tests, reach))
        )
        different = (rows if self._plans.is_unique and not used else rows.distinct()).subquery("d")
        number = sa.func.count().label("n")
        if group is None:
            select: sa.Select[Any] = sa.select(number).select_from(different)
        else:
            select = sa.select(different.c.g, number).select_from(different).group_by(different.c.g)
        return CountPlan(self._pieces.runnable(select), group is not None)

    def _joins(self, tests: tuple[Shape, ...], reach: tuple[Shape, ...] | None) -> list[str]:
        return self.conditions.joins((*tests, *(reach or ())))

    def _judge(
        self, by: Shape, reach: tuple[Shape, ...] | None, hosts: int | None = None
    ) -> Statement:
        """What the rows were asked for by, and 1 where they are within reach, else 0.

        `hosts`: within reach are those whom one of so many units hosts.
        """
        entity, pieces = self._plans.entity, self._pieces
        rule = entity.columns.get(by.indicator)
        element = self._plans.element_of(rule) if rule else None
        keys = pieces.columns(MAIN_ALIAS, entity.key)
        joins = self._joins((by,), None if hosts is not None else reach)
        shown = keys if rule is None else [sa.null() if element is None else element]
        clause = None if reach is None else self.conditions.reached(reach)
        within = pieces.flag(clause if hosts is None else self.hosting.clause(hosts))
        select = (
            sa.select(*(each.label(f"v{i}") for i, each in enumerate(shown)), within.label("w"))
            .select_from(pieces.entity_from(entity, entity.join_paths(joins)))
            .where(*self._where((by,)))
        )
        return pieces.runnable(select)

    def _where(
        self, tests: tuple[Shape, ...], reach: tuple[Shape, ...] | None = None
    ) -> list[Element]:
        keys = self._pieces.columns(MAIN_ALIAS, self._plans.entity.key)
        return [
            *self.conditions.clauses(tests),
            *([] if reach is None else [self.conditions.reached(reach)]),
            *(key.is_not(None) for key in keys),
            *self._pieces.live(self._plans.entity.where, MAIN_ALIAS),
        ]

    def _order_joins(self) -> list[str]:
        rule = self._unit_rule()
        return [] if rule is None else [rule.join]

    def _order(self) -> Iterator[Element]:
        for part in self.parts:
            is_plain = part.is_key or self._pieces.backend in _NULLS_COME_LAST
            yield from ([part.exact] if is_plain else nulls_last(part.exact))

    def _behind(self, after: tuple[bool, ...] | None) -> list[Element]:
        """Rows behind a position; those without a unit stand behind all others."""
        if after is None:
            return []
        given = [part.exact for part, is_there in zip(self.parts, after, strict=True) if is_there]
        steps = behind(given, "a")
        unit = [part for part in self.parts if not part.is_key]
        if not unit:
            return [steps]
        if after[0]:
            return [sa.or_(steps, unit[0].element.is_(None))]
        return [sa.and_(steps, unit[0].element.is_(None))]

    def _group(self, each: IndicatorName | None) -> tuple[Element, Element] | None:
        """The column that rows are grouped by: as read, and exactly."""
        if each is None:
            return None
        rule = self._plans.entity.columns[each]
        element = self._plans.element_of(rule)
        if element is None:
            return None
        return element, self._pieces.exact(element, self._plans.type_of(rule))


def _numbered(select: sa.Select[Any], columns: Columns, limit: int) -> sa.Select[Any]:
    """At most so many rows a group, by one statement."""
    numbered = select.subquery("r")
    labels = [numbered.c[f"v{i}"] for i in range(len(columns.elements))]
    most: Element = sa.literal_column(str(limit))
    return sa.select(*labels).where(numbered.c.rn <= most).order_by(numbered.c.rn)
