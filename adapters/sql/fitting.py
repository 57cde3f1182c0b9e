"""Tables and columns that the mapping names and the live schema has not, each with its line."""

import difflib
from collections.abc import Iterable
from typing import Final

from adapters.mapping.expressions import Expression
from adapters.mapping.model import (
    ColumnRule,
    EntityRule,
    OperationalRule,
    RowsRule,
    SourceMapping,
    TableName,
)
from adapters.sql.misfit import Misfit, Misfits, Scope
from adapters.sql.shapes import Shapes, table_of
from domain.model.errors import Finding

_ASK: Final = "correct the mapping, or ask for the table or column"


def misfits(mapping: SourceMapping, shapes: Shapes) -> list[Finding]:
    """All mismatches, in the order of the mapping's lines."""
    return findings_of(mapping, missing(mapping, shapes))


def findings_of(mapping: SourceMapping, found: Iterable[Misfit]) -> list[Finding]:
    """The misfits as findings, each once, in the order of the mapping's lines."""
    listed = {Finding(mapping.file, each.line, each.message, each.remedy) for each in found}
    return sorted(listed, key=lambda finding: (finding.line, finding.message))


def missing(mapping: SourceMapping, shapes: Shapes) -> Misfits:
    """Tables and columns that the mapping names and the live schema has not."""
    for entity in mapping.entities.values():
        yield from _entity(entity, shapes)
    for rule in mapping.operational.values():
        yield from _operational(rule, shapes)


def _entity(entity: EntityRule, shapes: Shapes) -> Misfits:
    scope: Scope = (str(entity.kind),)
    version = (entity.version,) if entity.version else ()
    yield from _columns((scope, entity.line), entity.table, (*entity.key, *version), shapes)
    yield from _expression((scope, entity.line), entity.table, entity.where, shapes)
    yield from _joins(scope, entity, shapes)
    for name, rule in entity.columns.items():
        yield from _rule((*scope, "indicators", name), rule, table_of(entity, rule), shapes)
    if entity.link_key is not None:
        rule = entity.link_key.rule
        yield from _rule((*scope, "link_key"), rule, table_of(entity, rule), shapes)
    yield from _rows(entity, shapes)


def _joins(scope: Scope, holder: EntityRule | RowsRule, shapes: Shapes) -> Misfits:
    for join in holder.joins.values():
        place = (*scope, "join", join.name), join.line
        parent = holder.joins[join.parent].table if join.parent else holder.table
        yield from _columns(place, join.table, tuple(join.on), shapes)
        yield from _columns(place, parent, tuple(join.on.values()), shapes)
        yield from _expression(place, join.table, join.where, shapes)
        for rule in join.period.rules if join.period else ():
            yield from _rule(place[0], rule, join.table, shapes)


def _rows(entity: EntityRule, shapes: Shapes) -> Misfits:
    for code, rows in entity.rows.items():
        scope: Scope = (str(entity.kind), "rows", code)
        place = scope, rows.line
        names = (*rows.on, *(name for name, _ in rows.order))
        yield from _columns(place, rows.table, names, shapes)
        yield from _columns(place, entity.table, tuple(rows.on.values()), shapes)
        yield from _expression(place, rows.table, rows.where, shapes)
        for name, rule in rows.columns.items():
            table = table_of(rows, rule)
            yield from _rule((*scope, "indicators", name), rule, table, shapes)
        yield from _joins(scope, rows, shapes)
        if rows.extra is not None:
            yield from _rule(scope, rows.extra, rows.table, shapes)


def _operational(rule: OperationalRule, shapes: Shapes) -> Misfits:
    scope: Scope = (rule.name,)
    yield from _columns((scope, rule.line), rule.table, (), shapes)
    yield from _expression((scope, rule.line), rule.table, rule.where, shapes)
    for name, column in rule.columns.items():
        yield from _rule((*scope, "columns", name), column, rule.table, shapes)


Place = tuple[Scope, int]


def _rule(scope: Scope, rule: ColumnRule, table: TableName, shapes: Shapes) -> Misfits:
    if rule.column is not None:
        yield from _columns((scope, rule.line), table, (rule.column,), shapes)
    yield from _expression((scope, rule.line), table, rule.sql, shapes)


def _expression(
    place: Place, table: TableName, expression: Expression | None, shapes: Shapes
) -> Misfits:
    if expression is None or table not in shapes:
        return
    known = {name.lower() for name in shapes[table].columns}
    for _, name in expression.columns:
        if name.lower() not in known:
            yield Misfit(*place, f"table {table} has no column {name!r}", _remedy(name, known))


def _columns(place: Place, table: TableName, names: tuple[str, ...], shapes: Shapes) -> Misfits:
    if table not in shapes:
        yield Misfit(*place, f"table {str(table)!r} is not there", _remedy("", ()))
        return
    for name in names:
        if name not in shapes[table].columns:
            remedy = _remedy(name, shapes[table].columns)
            yield Misfit(*place, f"table {table} has no column {name!r}", remedy)


def _remedy(name: str, known: Iterable[str]) -> str:
    lowered = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=1)
    return f"did you mean {lowered[near[0]]!r}?" if near else _ASK
