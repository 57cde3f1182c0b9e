"""Pieces of every statement: aliased tables, columns, live-row and key filters, texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

from adapters.lanes.port import Parameters
from adapters.mapping.expressions import Expression
from adapters.mapping.model import (
    MAIN,
    ColumnRule,
    EntityRule,
    JoinRule,
    Period,
    RowsRule,
    TableName,
    join_paths,
)
from adapters.sql.binds import is_native, is_padded, is_text
from adapters.sql.day_slots import FIRST_EVER, TODAY, TOMORROW, DaySlots, OfDay, kind_of
from adapters.sql.shapes import Shapes, tie_breakers

MAIN_ALIAS: Final = "m"
CHILD_ALIAS: Final = "c"
ONE: Final[ColumnElement[int]] = sa.literal_column("1", sa.Integer)
ZERO: Final[ColumnElement[int]] = sa.literal_column("0", sa.Integer)
Element = ColumnElement[Any]
Size = int | None
"""Slots of the key filter; None where one array parameter takes all keys."""
BETWEEN_KEYS: Final = ","
"""Stands between keys where one text holds many."""
_BINARY: Final = {
    "postgresql": "C",
    "mysql": "utf8mb4_bin",
    "mariadb": "utf8mb4_bin",
    "sqlite": "BINARY",
    "mssql": "Latin1_General_100_BIN2",
}
"""The collation that orders by code points and equates nothing; Oracle has it by itself."""
_EQUATING: Final = frozenset({"mysql", "mariadb", "mssql"})
"""Databases whose usual collations take upper and lower case, or rare characters, for the same."""
_LENIENT: Final = frozenset({"sqlite", "mysql", "mariadb"})
"""Databases that compare a value of any type with a text."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Runnable text with the names of its parameters; `own` values need not be given.

    `days`: parameters that the day in the city gives.
    """

    sql: str
    names: tuple[str, ...]
    own: Mapping[str, object]
    is_positional: bool = True
    days: Mapping[str, OfDay] = field(default_factory=dict)

    def takes_only(self, keys: int | None) -> bool:
        """Whether so many keys of one column are all that it takes, each by its place."""
        names = tuple(f"k{i}_0" for i in range(keys or 0))
        return self.is_positional and self.names == names and not self.days

    def on(self, today: date) -> dict[str, object]:
        """The parameters that are days, on this day."""
        return {name: of_day(today) for name, of_day in self.days.items()}

    def parameters(self, values: Mapping[str, object]) -> Parameters:
        """The parameters as the text wants them: in order, or by name."""
        every = {**self.own, **values}
        if self.is_positional:
            return list(map(every.__getitem__, self.names))
        return {name: every[name] for name in self.names}


def slot(name: str) -> Element:
    """A parameter without a type of its own, so that the server takes the column's."""
    return sa.bindparam(name, None, type_=sa.types.NullType())


def table(name: TableName, alias: str) -> sa.FromClause:
    """A table under an alias."""
    return sa.table(name.name, schema=name.schema).alias(alias)


def join_alias(holder: EntityRule | RowsRule, name: str) -> str:
    """The alias of a join of an entity or of child rows; of their own table for MAIN."""
    own, further = (MAIN_ALIAS, "j") if isinstance(holder, EntityRule) else (CHILD_ALIAS, "cj")
    return own if name == MAIN else f"{further}{list(holder.joins).index(name)}"


def key_values(keys: Sequence[tuple[object, ...]], *, as_array: bool) -> dict[str, object]:
    """The parameters of `Pieces.keys_in`."""
    if as_array:
        return {"keys": [key[0] for key in keys]}
    if set(map(len, keys)) == {1}:
        return dict(zip(_slots(len(keys)), chain.from_iterable(keys), strict=True))
    return {f"k{i}_{part}": value for i, key in enumerate(keys) for part, value in enumerate(key)}


@lru_cache(maxsize=64)
def _slots(size: int) -> tuple[str, ...]:
    """The names of that many keys of one column."""
    return tuple(f"k{i}_0" for i in range(size))


def filled(text: Element) -> ColumnElement[bool]:
    """Whether a text is there; one database holds an empty one for NULL."""
    return sa.func.char_length(text) > ZERO


def behind(order: Sequence[Element], slots: str) -> Element:
    """Rows behind those parameters, `slots` and a number, in this order."""
    steps = [
        sa.and_(
            *(part == slot(f"{slots}{j}") for j, part in enumerate(order[:i])),
            element > slot(f"{slots}{i}"),
        )
        for i, element in enumerate(order)
    ]
    return sa.or_(*steps)


def nulls_last(element: Element, *, descending: bool = False) -> list[Element]:
    """The same order on every database: NULL at the end."""
    last = sa.case((element.is_(None), ONE), else_=ZERO)
    return [last, element.desc() if descending else element.asc()]


class Pieces:
    """Statement pieces in one dialect; columns and binds carry no type, conversion is ours."""

    def __init__(self, dialect: sa.Dialect, shapes: Shapes) -> None:
        self._dialect = dialect
        self._shapes = shapes
        self._days = DaySlots(shapes, dialect.name)

    @property
    def backend(self) -> str:
        """The name of the database's dialect."""
        return self._dialect.name

    def runnable(self, select: sa.Select[Any]) -> Statement:
        """The statement as text for the driver itself."""
        compiled = select.compile(
            dialect=self._dialect, compile_kwargs={"render_postcompile": True}
        )
        names = tuple(compiled.positiontup or compiled.params)
        days = self._days.among(names)
        own = {name: value for name, value in compiled.params.items() if name not in days}
        return Statement(str(compiled), names, own, bool(compiled.positional), days)

    def column(self, alias: str, name: str) -> Element:
        """One column under an alias."""
        quoted = self._dialect.identifier_preparer.quote(name)
        return sa.literal_column(f"{alias}.{quoted}")

    def columns(self, alias: str, names: Sequence[str]) -> list[Element]:
        """Several columns under one alias."""
        return [self.column(alias, name) for name in names]

    def value(self, rule: ColumnRule, alias: str) -> Element | None:
        """What a rule selects; None for a constant."""
        if rule.sql is not None:
            return self.sql(rule.sql, alias)
        return self.column(alias, rule.column) if rule.column is not None else None

    def sql(self, expression: Expression, alias: str) -> Element:
        """A mapping's own SQL over the columns of one table."""
        return sa.literal_column(f"({expression.qualified(alias)})")

    def compared(self, element: Element, kind: TypeEngine[Any] | None) -> Element:
        """The element as we can compare it: as text where its type is not one we bind."""
        if is_native(kind) or self.backend in _LENIENT:
            return element
        return self.as_text(element)

    def exact(self, element: Element, kind: TypeEngine[Any] | None) -> Element:
        """A text told apart and ordered by code points, whatever its collation; others as is."""
        if is_native(kind) and not is_text(kind):
            return element
        name = _BINARY.get(self.backend)
        if self.backend in {"mysql", "mariadb"}:
            # The collation belongs to a character set, which need not be the column's.
            return sa.literal_column(f"CONVERT({element} USING utf8mb4) COLLATE {name}")
        text = element if is_text(kind) else self.as_text(element)
        if is_padded(kind, self.backend):
            text = sa.func.rtrim(text)
        return text if name is None else sa.collate(text, name)

    def bare(self, element: Element, kind: TypeEngine[Any] | None) -> Element:
        """A key as it is known: a text without the blanks around it, told apart by code points."""
        if is_native(kind) and not is_text(kind):
            return element
        is_read_as_text = is_text(kind) or self.backend in _LENIENT
        text = element if is_read_as_text else self.as_text(element)
        return self.exact(sa.func.trim(text), sa.String())

    def as_key(self, bare: Element, kind: TypeEngine[Any] | None) -> Element:
        """A bare key as a text, so that the keys of all tables can be compared."""
        is_number = is_native(kind) and not is_text(kind)
        return self.collated(self.as_text(bare)) if is_number else bare

    def collated(self, text: Element) -> Element:
        """A text of our own making, told apart and ordered by code points."""
        name = _BINARY.get(self.backend)
        return text if name is None else sa.collate(text, name)

    def as_text(self, element: Element) -> Element:
        """The element as a text."""
        if self.backend in {"mysql", "mariadb"}:
            return sa.literal_column(f"CONVERT({element}, CHAR)", sa.String)
        return sa.cast(element, sa.String(4000) if self.backend == "oracle" else sa.String)

    def part(self, text: Element, first: int, length: int | Element) -> Element:
        """So many characters of a text, from the `first` one, which is 1."""
        cut = sa.func.substring if self.backend == "mssql" else sa.func.substr
        count = sa.literal_column(str(length)) if isinstance(length, int) else length
        return cut(text, sa.literal_column(str(first)), count, type_=sa.String)

    def begins(self, text: Element, prefix: Element) -> Element:
        """Whether a text begins with a parameter; no pattern, so that no character is special."""
        named = {"mssql": "len", "mysql": "char_length", "mariadb": "char_length"}
        count = getattr(sa.func, named.get(self.backend, "length"))
        return self.part(text, 1, count(self.parameter_text(prefix))) == prefix

    def contains(self, text: Element, part: Element) -> Element:
        """Whether a text contains a parameter."""
        if self.backend == "mssql":
            return sa.func.charindex(part, text) > ZERO
        find = sa.func.strpos if self.backend == "postgresql" else sa.func.instr
        return find(text, self.parameter_text(part)) > ZERO

    def parameter_text(self, parameter: Element) -> Element:
        """A parameter in a place from which PostgreSQL cannot tell that it is a text."""
        return sa.cast(parameter, sa.Text) if self.backend == "postgresql" else parameter

    def translated(self, element: Element, codes: Mapping[str, str]) -> Element:
        """Stored texts as the codes they mean; what the map does not name stays as it is."""
        text = sa.func.trim(self.as_text(element))
        if not codes:
            return text
        return sa.case(
            *(
                (text == sa.literal(stored, sa.String), sa.literal(code, sa.String))
                for stored, code in codes.items()
            ),
            else_=text,
        )

    def flag(self, condition: Element | None) -> Element:
        """1 where a condition holds, else 0; always 1 without one."""
        return ONE if condition is None else sa.case((condition, ONE), else_=ZERO)

    def live(self, where: Expression | None, alias: str) -> list[Element]:
        """The live-row filter as a list of conditions."""
        return [] if where is None else [self.sql(where, alias)]

    def entity_from(self, entity: EntityRule, joins: Sequence[str]) -> sa.FromClause:
        """The entity's own table with the joins that are needed, parents first."""
        return self.widened(table(entity.table, MAIN_ALIAS), entity, joins)

    def widened(
        self, source: sa.FromClause, holder: EntityRule | RowsRule, joins: Sequence[str]
    ) -> sa.FromClause:
        """`source`, which has the holder's own table, with the joins that are needed."""
        for name in join_paths(holder.joins, joins):
            further = table(holder.joins[name].table, join_alias(holder, name))
            source = source.outerjoin(further, self._on(holder, holder.joins[name]))
        return source

    def _on(self, holder: EntityRule | RowsRule, join: JoinRule) -> ColumnElement[bool]:
        parent = holder.joins[join.parent].table if join.parent else holder.table
        parent_alias = join_alias(holder, join.parent)
        others = {name: self.column(parent_alias, name) for name in join.on.values()}
        alias = join_alias(holder, join.name)
        condition = self.joined(alias, join, others, parent)
        if join.period is None:
            return condition
        return sa.and_(condition, *self._current(alias, holder, join, join.period))

    def _current(
        self, alias: str, holder: EntityRule | RowsRule, join: JoinRule, period: Period
    ) -> Iterator[Element]:
        """In force today, and no row of the same parent that is, and began later."""
        newer = f"{alias}n"
        same = replace(join, on={own: own for own in join.on})
        own = {name: self.column(alias, name) for name in join.on}
        yield from self._in_force(alias, join.table, period)
        select = (
            sa.select(ONE)
            .select_from(table(join.table, newer))
            .where(self.joined(newer, same, own, join.table))
            .where(*self._in_force(newer, join.table, period))
            .where(sa.or_(*self._begun_later(newer, alias, holder, join)))
        )
        yield sa.not_(select.exists())

    def _in_force(self, alias: str, name: TableName, period: Period) -> Iterator[Element]:
        """Begun by today, and not ended: NULL, empty and what is no day are no end."""
        if period.begin is not None:
            begin = self._dated(alias, name, period.begin)
            yield sa.or_(begin.is_(None), begin < self._days.slot(name, period.begin, TOMORROW))
        if period.end is not None:
            end = self._dated(alias, name, period.end)
            first = TODAY if period.is_last_day else TOMORROW
            opened = self._days.values(name, period.end, period.open)
            yield sa.or_(
                end.is_(None),
                end >= self._days.slot(name, period.end, first),
                end < self._days.slot(name, period.end, FIRST_EVER),
                *([end.in_(opened)] if opened else []),
            )

    def _begun_later(
        self, newer: str, alias: str, holder: EntityRule | RowsRule, join: JoinRule
    ) -> Iterator[Element]:
        """Row by row greater: by the day of the beginning, then by what tells rows apart."""
        shape = self._shapes[join.table]
        begin = join.period.begin if join.period else None
        known = frozenset((*join.on, *([begin.column] if begin and begin.column else [])))
        mapped = (r.column for r in holder.columns.values() if r.join == join.name and r.column)
        pairs: list[tuple[Element, Element]] = []
        if begin is not None:
            days = (self._dated(each, join.table, begin) for each in (newer, alias))
            pairs.append((next(days), next(days)))
        for tie in tie_breakers(shape, known, mapped):
            kind = shape.columns[tie]
            one, other = (self.exact(self.column(a, tie), kind) for a in (newer, alias))
            pairs.append((one, other))
        if not pairs:
            yield sa.false()
        for i, (one, other) in enumerate(pairs):
            equal = [sa.or_(a == b, sa.and_(a.is_(None), b.is_(None))) for a, b in pairs[:i]]
            later = sa.or_(one > other, sa.and_(other.is_(None), one.is_not(None)))
            yield sa.and_(*equal, later)

    def _dated(self, alias: str, name: TableName, rule: ColumnRule) -> Element:
        element = self.value(rule, alias)
        stored: Element = sa.null() if element is None else element
        return self.exact(stored, kind_of(self._shapes, name, rule))

    def joined(
        self,
        alias: str,
        rule: JoinRule | RowsRule,
        others: Mapping[str, Element],
        parent: TableName,
    ) -> ColumnElement[bool]:
        """Own column = parent's column, exactly where a collation may equate texts."""
        conditions: list[Element] = []
        for own, other in rule.on.items():
            left, right = self.column(alias, own), others[other]
            kinds = self._shapes[rule.table].columns[own], self._shapes[parent].columns[other]
            if not self.is_comparable(*kinds):
                left, right = self.as_text(left), self.as_text(right)
            is_spaced = other in self._shapes[parent].spaces
            conditions.append(
                left.in_([right, sa.func.rtrim(right)]) if is_spaced else left == right
            )
            if self.backend in _EQUATING and all(is_text(kind) for kind in kinds):
                conditions.append(self.exact(left, kinds[0]) == self.exact(right, kinds[1]))
        return sa.and_(*conditions, *self.live(rule.where, alias))

    def is_comparable(self, one: TypeEngine[Any], other: TypeEngine[Any]) -> bool:
        """Whether the database compares the two types by itself: a number and a text often not."""
        return self.backend in _LENIENT or is_text(one) == is_text(other)

    def keys_in(self, columns: Sequence[Element], size: Size) -> ColumnElement[bool]:
        """The key filter: `= ANY(keys)` for a `size` of None, else slots `k<slot>_<part>`."""
        if size is None:
            return columns[0] == sa.func.any(slot("keys"))
        if len(columns) == 1:
            return columns[0].in_([slot(f"k{i}_0") for i in range(size)])
        rows = [
            sa.and_(*(c == slot(f"k{i}_{part}") for part, c in enumerate(columns)))
            for i in range(size)
        ]
        return sa.or_(*rows)
