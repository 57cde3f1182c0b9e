"""The list of pools of one source: filtered, added up, ordered and cut in its own database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.convert import code_reader, guarded
from adapters.mapping.model import ColumnRule, OperationalRule, SourceMapping
from adapters.sql.binds import binder, is_native, is_text
from adapters.sql.cells import constant
from adapters.sql.in_force import Days, InForce
from adapters.sql.kept import kept
from adapters.sql.pieces import (
    MAIN_ALIAS,
    ONE,
    ZERO,
    Element,
    Pieces,
    Statement,
    filled,
    slot,
    table,
)
from adapters.sql.places import in_division, knows_divisions
from adapters.sql.shapes import Shapes
from adapters.sql.trees import Codes, at_or_below, knows_parents
from adapters.sql.unit_plans import TYPES
from adapters.sql.whole_numbers import whole_number
from domain.model.keys import EntityKind
from domain.model.quota import FreezeStatus

Grouped = sa.Subquery
_FROZEN: Final[Mapping[FreezeStatus, Callable[[Element, Element], Element]]] = {
    FreezeStatus.OPEN: lambda approved, occupied: occupied < approved,
    # A pool without quota and without people is full by the formula, but not listed as full.
    FreezeStatus.FULL: lambda approved, occupied: sa.and_(occupied == approved, approved != ZERO),
    FreezeStatus.OVER: lambda approved, occupied: occupied > approved,
    FreezeStatus.ORDER: lambda *_: sa.false(),
    FreezeStatus.UNKNOWN: lambda approved, _: approved.is_(None),
}


class PoolShape(NamedTuple):
    """What a statement depends on: numbers of slots, and which conditions stand in it.

    `under`: units or those below them. `reach`: divisions and codes that bound the rows, None where
    nothing does. `freeze` None: any. `beside`: each row comes once for every other type of its
    unit.
    """

    units: int = 0
    under: int = 0
    types: int = 0
    reach: tuple[int, int] | None = None
    in_division: bool = False
    freeze: frozenset[FreezeStatus] | None = None
    is_over: bool = False
    is_after: bool = False
    beside: bool = False
    has_people: bool = False
    has_plans: bool = False

    @property
    def counts_people(self) -> bool:
        """Whether the pools are joined with the occupations in force."""
        return self.has_people or self.freeze is not None or self.is_over


@dataclass(frozen=True, slots=True)
class PoolListPlan:
    """A statement, and the parameters that today gives.

    Rows: unit, type, approved, locked, rows beside the first, unreadable numbers, occupied, posts
    of plans in force, and one other type of the unit.
    """

    statement: Statement
    days: Days


@dataclass(slots=True)
class _Making:
    """A statement in the making: its shape, and what all of its parts share."""

    shape: PoolShape
    below: Codes | None
    days: Days = field(default_factory=dict)


class PoolListPlans:
    """All statements that list or count the pools of one source."""

    def __init__(self, mapping: SourceMapping, shapes: Shapes, pieces: Pieces) -> None:
        self._pool = mapping.operational["pool"]
        self._occupation = mapping.operational.get("occupation")
        self._plan = mapping.operational.get("plan")
        self._unit = mapping.entities.get(EntityKind.UNIT)
        self._shapes = shapes
        self._pieces = pieces
        unit = self._pool.columns["unit"]
        kind, backend = self._type(self._pool, unit), pieces.backend
        shape = shapes[self._pool.table]
        self.bind_position = binder(kind, backend)
        self.bind_unit = shape.binder(unit.column, backend) if unit.column else self.bind_position
        self.page = kept(self._page)
        self.count = kept(self._count)

    def _page(self, shape: PoolShape) -> PoolListPlan:
        """The first `n` pools behind unit `u0` and type `t0`, in the order of unit and type."""
        select, days = self._listed(shape)
        first = select.selected_columns
        listed = select.order_by(first.u, first.t).limit(slot("n"))
        whole = self._with_others(listed) if shape.beside else listed
        return PoolListPlan(self._pieces.runnable(whole), days)

    def _count(self, shape: PoolShape) -> PoolListPlan:
        """How many pools there are."""
        select, days = self._listed(shape._replace(is_after=False, beside=False))
        pools = select.subquery("q")
        counted = sa.select(sa.func.count().label("n")).select_from(pools)
        return PoolListPlan(self._pieces.runnable(counted), days)

    def _listed(self, shape: PoolShape) -> tuple[sa.Select[Any], Days]:
        making = _Making(shape, self._below(shape))
        pools = self._pools(making)
        people = self._people(making) if shape.counts_people else None
        plans = self._plans(making) if shape.has_plans else None
        source: sa.FromClause = pools
        for counted in (people, plans):
            if counted is not None:
                same = sa.and_(counted.c.j == pools.c.j, counted.c.t == pools.c.t)
                source = source.outerjoin(counted, same)
        occupied = None if people is None else sa.func.coalesce(people.c.n, ZERO)
        select = sa.select(
            *(pools.c[name] for name in ("u", "t", "a", "l", "twins", "bad")),
            sa.null().label("o") if occupied is None else occupied.label("o"),
            sa.null().label("w") if plans is None else _unused(plans).label("w"),
            sa.null().label("x"),
        )
        return select.select_from(source).where(*_wanted(shape, pools.c.a, occupied)), making.days

    def _pools(self, making: _Making) -> Grouped:
        """One row a pool: several rows of one pool added up, unknown where one of them is."""
        pool, shape, rows = self._pool, making.shape, self._rows(making)
        numbers = {"a": self._number(pool, "approved"), "l": self._number(pool, "locked")}
        each = rows.add_columns(
            *(number.label(name) for name, (number, _) in numbers.items()),
            *(stored.label(f"{name}s") for name, (_, stored) in numbers.items()),
        ).subquery("r")
        unread = sum(
            (sa.func.count(each.c[f"{name}s"]) - sa.func.count(each.c[name]) for name in numbers),
            start=ZERO,
        )
        grouped = sa.select(
            each.c.u,
            each.c.t,
            self._as_joined(each.c.u, pool).label("j"),
            *(_sum(each.c[name]).label(name) for name in numbers),
            (sa.func.count() - 1).label("twins"),
            unread.label("bad"),
        )
        wanted = [*_behind(shape, each), *_typed(shape, each)]
        return grouped.where(*wanted).group_by(each.c.u, each.c.t).subquery("p")

    def _rows(self, making: _Making) -> sa.Select[Any]:
        """Unit and type of every live row of a pool that the filter on units lets through."""
        shape, pool, unit = making.shape, self._pool, self._pool.columns["unit"]
        element, kind = self._element(unit), self._type(pool, unit)
        bare = self._pieces.bare(element, kind)
        conditions = [*self._pieces.live(pool.where, MAIN_ALIAS), *_filled(bare, kind)]
        if shape.units:
            compared = self._pieces.compared(element, kind)
            conditions.append(self._pieces.keys_in([compared], shape.units))
            # A collation may take other units for these.
            exact = [slot(f"k{i}_1") for i in range(shape.units)]
            conditions.append(self._as_joined(bare, pool).in_(exact))
        if shape.in_division:
            conditions.append(self._inside(bare, [slot("division")]))
        if shape.reach is not None:
            conditions.append(self._reached(bare, *shape.reach))
        conditions += _under(making, self._as_joined(bare, pool))
        return self._select(pool, bare).where(*conditions)

    def _reached(self, unit: Element, divisions: int, codes: int) -> Element:
        """The unit lies in one of the divisions `h…`, or is one of those with the codes `q…`."""
        clauses: list[Element] = []
        if divisions:
            clauses.append(self._inside(unit, [slot(f"h{i}") for i in range(divisions)]))
        if codes:
            known = [slot(f"q{i}") for i in range(codes)]
            clauses.append(self._as_joined(unit, self._pool).in_(known))
        return sa.or_(*clauses) if clauses else sa.false()

    def _inside(self, unit: Element, stems: Sequence[Element]) -> Element:
        """The unit lies in one of the divisions; none does where the source does not know."""
        if self._unit is None or not knows_divisions(self._unit):
            return sa.false()
        inside = in_division(self._unit, self._shapes, self._pieces, stems)
        return self._as_joined(unit, self._pool).in_(inside)

    def _below(self, shape: PoolShape) -> Codes | None:
        """The units named and those below; None where the source does not know which they are."""
        if not shape.under or self._unit is None or not knows_parents(self._unit):
            return None
        return at_or_below(self._unit, self._shapes, self._pieces, _tops(shape))

    def _people(self, making: _Making) -> Grouped | None:
        """Different persons of each pool whose occupation is in force today."""
        rule = self._occupation
        if rule is None:
            return None
        person = rule.columns["person"]
        who = self._element(person)
        in_force = InForce(rule, self._shapes[rule.table], self._pieces, making.days)
        exact = self._pieces.exact(who, self._type(rule, person))
        rows = self._rows_beside(rule, making).add_columns(exact.label("e"))
        each = rows.where(*in_force.occupations(), who.is_not(None)).subquery("s")
        different = (
            sa.select(each.c.j, each.c.t, each.c.e).where(*_typed(making.shape, each)).distinct()
        )
        some = different.subquery("d")
        counted = sa.select(some.c.j, some.c.t, sa.func.count().label("n"))
        return counted.group_by(some.c.j, some.c.t).subquery("o")

    def _plans(self, making: _Making) -> Grouped | None:
        """Posts of the plans in force of each pool; unknown where one of the plans is."""
        rule = self._plan
        if rule is None:
            return None
        in_force = InForce(rule, self._shapes[rule.table], self._pieces, making.days)
        unused = self._number(rule, "approved")[0]
        for name in ("used", "returned"):
            if name in rule.columns:
                unused = unused - self._number(rule, name)[0]
        rows = self._rows_beside(rule, making).add_columns(unused.label("f"))
        each = rows.where(*in_force.plans()).subquery("h")
        summed = sa.select(each.c.j, each.c.t, ONE.label("is_one"), _sum(each.c.f).label("f"))
        summed = summed.where(*_typed(making.shape, each)).group_by(each.c.j, each.c.t)
        return summed.subquery("w")

    def _rows_beside(self, rule: OperationalRule, making: _Making) -> sa.Select[Any]:
        """Unit, to be joined, and type of the live rows of another table."""
        unit = rule.columns["unit"]
        kind = self._type(rule, unit)
        bare = self._pieces.bare(self._element(unit), kind)
        joined = self._as_joined(bare, rule)
        select = self._select(rule, bare).add_columns(joined.label("j"))
        return select.where(
            *self._pieces.live(rule.where, MAIN_ALIAS),
            *_filled(bare, kind),
            *_under(making, joined),
        )

    def _with_others(self, listed: sa.Select[Any]) -> sa.Select[Any]:
        """Every listed pool with each other type of its unit, or with none."""
        page, rows = listed.subquery("g"), self._rows(_Making(PoolShape(), None)).subquery("b")
        every = sa.select(rows.c.u, rows.c.t).where(filled(rows.c.t)).distinct().subquery("x")
        others = sa.and_(every.c.u == page.c.u, every.c.t != page.c.t)
        columns = [page.c[name] for name in ("u", "t", "a", "l", "twins", "bad", "o", "w")]
        select = sa.select(*columns, every.c.t.label("x")).select_from(
            page.outerjoin(every, others)
        )
        return select.order_by(page.c.u, page.c.t)

    def _select(self, rule: OperationalRule, unit: Element) -> sa.Select[Any]:
        kind = self._code(rule).label("t")
        return sa.select(unit.label("u"), kind).select_from(table(rule.table, MAIN_ALIAS))

    def _code(self, rule: OperationalRule) -> Element:
        """The standard code of the type; what the map does not name stays as it is."""
        column = rule.columns["type"]
        element = self._pieces.value(column, MAIN_ALIAS)
        if element is None:
            found = constant(column, guarded(code_reader(column.codes, TYPES)))
            return self._pieces.collated(sa.literal(str(found or ""), sa.String))
        exact = self._pieces.exact(element, self._type(rule, column))
        return self._pieces.collated(self._pieces.translated(exact, column.codes or {}))

    def _number(self, rule: OperationalRule, name: str) -> tuple[Element, Element]:
        """The number, and what is stored."""
        column = rule.columns.get(name)
        element = self._pieces.value(column, MAIN_ALIAS) if column else None
        kind = self._type(rule, column) if column else None
        number = whole_number(element, column, kind, self._pieces.backend)
        return number, number if element is None else _unless_blank(element, kind)

    def _as_joined(self, element: Element, rule: OperationalRule) -> Element:
        """A unit as all tables of the source can compare it."""
        kind = self._type(rule, rule.columns["unit"])
        return self._pieces.as_key(element, kind)

    def _element(self, column: ColumnRule) -> Element:
        element = self._pieces.value(column, MAIN_ALIAS)
        return sa.null() if element is None else element

    def _type(self, rule: OperationalRule, column: ColumnRule) -> TypeEngine[Any] | None:
        return self._shapes[rule.table].columns[column.column] if column.column else None


def _tops(shape: PoolShape) -> list[Element]:
    return [slot(f"g{i}") for i in range(shape.under)]


def _under(making: _Making, unit: Element) -> list[Element]:
    """The unit is one of those named or below one of them."""
    if not making.shape.under:
        return []
    return [unit.in_(_tops(making.shape) if making.below is None else making.below)]


def _unless_blank(element: Element, kind: TypeEngine[Any] | None) -> Element:
    return (
        sa.func.nullif(sa.func.trim(element), sa.literal_column("''")) if is_text(kind) else element
    )


def _filled(unit: Element, kind: TypeEngine[Any] | None) -> list[Element]:
    """A row without a unit belongs to none."""
    is_number = is_native(kind) and not is_text(kind)
    return [unit.is_not(None) if is_number else filled(unit)]


def _typed(shape: PoolShape, rows: Grouped) -> list[Element]:
    """A row without a type belongs to no pool."""
    wanted = [rows.c.t.in_([slot(f"t{i}") for i in range(1, shape.types + 1)])]
    return [filled(rows.c.t), *(wanted if shape.types else [])]


def _behind(shape: PoolShape, rows: Grouped) -> list[Element]:
    if not shape.is_after:
        return []
    unit, kind = slot("u0"), slot("t0")
    return [sa.or_(rows.c.u > unit, sa.and_(rows.c.u == unit, rows.c.t > kind))]


def _unused(plans: Grouped) -> Element:
    """0 where no plan is in force; unknown where one is and its numbers are not."""
    return sa.case((plans.c.is_one.is_(None), ZERO), else_=plans.c.f)


def _sum(number: Element) -> Element:
    added = sa.cast(sa.func.sum(number), sa.BigInteger)
    return sa.case((sa.func.count(number) == sa.func.count(), added))


def _wanted(shape: PoolShape, approved: Element, occupied: Element | None) -> list[Element]:
    if occupied is None:
        is_unknown = shape.freeze is None or FreezeStatus.UNKNOWN in shape.freeze
        return [] if is_unknown and not shape.is_over else [sa.false()]
    tests: list[Element] = []
    if shape.freeze is not None:
        among = [_FROZEN[status](approved, occupied) for status in sorted(shape.freeze)]
        tests.append(sa.or_(sa.false(), *among))
    if shape.is_over:
        tests.append(occupied - approved >= slot("over"))
    return tests
