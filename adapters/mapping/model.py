"""A mapping file as records; nothing here knows a live database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from adapters.mapping.expressions import Expression
from domain.model.keys import CategoryCode, EntityKind, IndicatorName

MAIN: Final = ""
"""The name of an entity's own table among its joins."""


@dataclass(frozen=True, slots=True)
class TableName:
    """A table or view, with its schema where the mapping names one."""

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """Whence a value comes and how it is read; one of `column`, `sql`, `const` is set.

    `parts`: the columns that `sql` puts together, where the mapping says so by `concat`.
    `empty`: stored texts that mean no value.
    """

    line: int
    join: str = MAIN
    column: str | None = None
    sql: Expression | None = None
    const: str | int | bool | float | None = None
    codes: Mapping[str, str] | None = None
    date: str | None = None
    true: frozenset[str] = frozenset()
    false: frozenset[str] = frozenset()
    divide: Decimal | None = None
    split: str | None = None
    parts: tuple[str, ...] = ()
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A key other than the ID number by which sources know the same person, and its name."""

    name: str
    rule: ColumnRule


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when a row is in force; the end's own day counts where `is_last_day`.

    `open`: stored ends that mean that there is none, beside NULL, an empty text and what is no day.
    """

    line: int
    begin: ColumnRule | None
    end: ColumnRule | None
    is_last_day: bool
    open: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[ColumnRule, ...]:
        """The columns it rests on."""
        return tuple(rule for rule in (self.begin, self.end) if rule is not None)


@dataclass(frozen=True, slots=True)
class JoinRule:
    """A further table, at most one row a row of its parent; `on` is own -> parent column.

    With a `period` that row is the one in force today, of several the one that began last.
    """

    line: int
    name: str
    table: TableName
    on: Mapping[str, str]
    parent: str = MAIN
    where: Expression | None = None
    period: Period | None = None


Joins = Mapping[str, JoinRule]


def join_paths(joins: Joins, names: Iterable[str]) -> tuple[str, ...]:
    """The joins needed to reach `names`, each once and after its parent."""
    return tuple(dict.fromkeys(step for name in names for step in _path(joins, name)))


def _path(joins: Joins, name: str) -> list[str]:
    path: list[str] = []
    while name != MAIN:
        path.insert(0, name)
        name = joins[name].parent
    return path


@dataclass(frozen=True, slots=True)
class RowsRule:
    """A child table, many rows a row of the entity; `on` is own -> entity column."""

    line: int
    category: CategoryCode
    table: TableName
    on: Mapping[str, str]
    order: tuple[tuple[str, bool], ...]
    limit: int
    where: Expression | None
    extra: ColumnRule | None
    columns: Mapping[IndicatorName, ColumnRule]
    joins: Joins = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntityRule:
    """How a person or unit is held: its own table, joins and child tables."""

    line: int
    kind: EntityKind
    table: TableName
    key: tuple[str, ...]
    personal_key: bool
    where: Expression | None
    version: str | None
    joins: Joins
    columns: Mapping[IndicatorName, ColumnRule]
    rows: Mapping[CategoryCode, RowsRule]
    link_key: LinkKey | None = None

    def join_paths(self, names: Iterable[str]) -> tuple[str, ...]:
        """The joins needed to reach `names`, each once and after its parent."""
        return join_paths(self.joins, names)


@dataclass(frozen=True, slots=True)
class OperationalRule:
    """How pools, plans, leader lines or occupations are held."""

    line: int
    name: str
    table: TableName
    where: Expression | None
    columns: Mapping[str, ColumnRule]


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """One checked mapping file; `digest` of its text."""

    file: str
    entities: Mapping[EntityKind, EntityRule]
    operational: Mapping[str, OperationalRule] = field(default_factory=dict)
    digest: str = ""
