"""Pieces every statement is made of: aliased tables, columns, live-row filters, key filters, running texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.mapping.expressions import Expression
from adapters.mapping.model import MAIN, ColumnRule, EntityRule, JoinRule, TableName

MAIN_ALIAS: Final = "m"
CHILD_ALIAS: Final = "c"
ONE: Final[ColumnElement[int]] = sa.literal_column("1", sa.Integer)
ZERO: Final[ColumnElement[int]] = sa.literal_column("0", sa.Integer)
Element = ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """Runnable text with the names of its parameters in order; values not given are the statement's own."""

    sql: str
    names: tuple[str, ...]
    own: Mapping[str, object]

    def parameters(self, values: Mapping[str, object]) -> list[object]:
        """The parameters in the order the text wants them."""
        return [values[name] if name in values else self.own[name] for name in self.names]


def slot(name: str) -> Element:
    """A parameter without a type of its own, so that the server takes the column's."""
    return sa.bindparam(name, None, type_=sa.types.NullType())


def table(name: TableName, alias: str) -> sa.FromClause:
    """A table under an alias."""
    return sa.table(name.name, schema=name.schema).alias(alias)


def join_alias(entity: EntityRule, name: str) -> str:
    """The alias of a join of the entity; of its own table for MAIN."""
    return MAIN_ALIAS if name == MAIN else f"j{list(entity.joins).index(name)}"


def key_values(keys: Sequence[tuple[object, ...]], *, as_array: bool) -> dict[str, object]:
    """The parameters of `Pieces.keys_in`."""
    if as_array:
        return {"keys": [key[0] for key in keys]}
    return {f"k{i}_{part}": value for i, key in enumerate(keys) for part, value in enumerate(key)}


def nulls_last(element: Element, *, descending: bool = False) -> list[Element]:
    """The same order on every database: NULL at the end."""
    last = sa.case((element.is_(None), ONE), else_=ZERO)
    return [last, element.desc() if descending else element.asc()]


class Pieces:
    """Statement pieces in one dialect. Columns have no type: conversion is ours, and so binds take the server's type."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self._dialect = dialect

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
        return Statement(str(compiled), names, dict(compiled.params))

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

    def live(self, where: Expression | None, alias: str) -> list[Element]:
        """The live-row filter as a list of conditions."""
        return [] if where is None else [self.sql(where, alias)]

    def entity_from(self, entity: EntityRule, joins: Sequence[str]) -> sa.FromClause:
        """The entity's own table with the joins that are needed, parents first."""
        source = table(entity.table, MAIN_ALIAS)
        needed = dict.fromkeys(step for name in joins for step in entity.join_path(name))
        for name in needed:
            join = entity.joins[name]
            source = source.outerjoin(
                table(join.table, join_alias(entity, name)), self._on(entity, join)
            )
        return source

    def _on(self, entity: EntityRule, join: JoinRule) -> ColumnElement[bool]:
        alias, parent = join_alias(entity, join.name), join_alias(entity, join.parent)
        pairs = self.pairs(alias, parent, join.on)
        return sa.and_(*pairs, *self.live(join.where, alias))

    def pairs(self, alias: str, parent: str, on: Mapping[str, str]) -> list[ColumnElement[bool]]:
        """Own column = parent column, for each pair of a join."""
        return [self.column(alias, own) == self.column(parent, other) for own, other in on.items()]

    def keys_in(self, columns: Sequence[Element], size: int | None) -> ColumnElement[bool]:
        """The key filter: `= ANY(keys)` where `size` is None, else `size` slots `k<slot>_<part>`."""
        if size is None:
            return columns[0] == sa.func.any(slot("keys"))
        if len(columns) == 1:
            return columns[0].in_([slot(f"k{i}_0") for i in range(size)])
        rows = [
            sa.and_(*(c == slot(f"k{i}_{part}") for part, c in enumerate(columns)))
            for i in range(size)
        ]
        return sa.or_(*rows)
