"""Does the live schema fit the mapping? Every misfit, with the mapping's line."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Final

from adapters.mapping.expressions import Expression
from adapters.mapping.model import ColumnRule, EntityRule, OperationalRule, SourceMapping, TableName
from adapters.sql.shapes import Shapes, table_of
from domain.model.errors import Finding


def misfits(mapping: SourceMapping, shapes: Shapes) -> list[Finding]:
    """All mismatches, in the order of the mapping's lines."""
    found = [
        Finding(mapping.file, line, message, remedy)
        for line, message, remedy in _misfits(mapping, shapes)
    ]
    return sorted(set(found), key=lambda finding: (finding.line, finding.message))


Misfits = Iterator[tuple[int, str, str]]
_ASK: Final = "correct the mapping, or ask for the table or column"


def _misfits(mapping: SourceMapping, shapes: Shapes) -> Misfits:
    for entity in mapping.entities.values():
        yield from _entity(entity, shapes)
    for rule in mapping.operational.values():
        yield from _operational(rule, shapes)


def _entity(entity: EntityRule, shapes: Shapes) -> Misfits:
    version = (entity.version,) if entity.version else ()
    yield from _columns(entity.line, entity.table, (*entity.key, *version), shapes)
    yield from _expression(entity.line, entity.table, entity.where, shapes)
    for join in entity.joins.values():
        parent = entity.joins[join.parent].table if join.parent else entity.table
        yield from _columns(join.line, join.table, tuple(join.on), shapes)
        yield from _columns(join.line, parent, tuple(join.on.values()), shapes)
        yield from _expression(join.line, join.table, join.where, shapes)
    for rule in entity.columns.values():
        yield from _rule(rule, table_of(entity, rule), shapes)
    for rows in entity.rows.values():
        names = (*rows.on, *(name for name, _ in rows.order))
        yield from _columns(rows.line, rows.table, names, shapes)
        yield from _columns(rows.line, entity.table, tuple(rows.on.values()), shapes)
        yield from _expression(rows.line, rows.table, rows.where, shapes)
        for rule in (*rows.columns.values(), *([rows.extra] if rows.extra else [])):
            yield from _rule(rule, rows.table, shapes)


def _operational(rule: OperationalRule, shapes: Shapes) -> Misfits:
    yield from _columns(rule.line, rule.table, (), shapes)
    yield from _expression(rule.line, rule.table, rule.where, shapes)
    for column in rule.columns.values():
        yield from _rule(column, rule.table, shapes)


def _rule(rule: ColumnRule, table: TableName, shapes: Shapes) -> Misfits:
    if rule.column is not None:
        yield from _columns(rule.line, table, (rule.column,), shapes)
    yield from _expression(rule.line, table, rule.sql, shapes)


def _expression(
    line: int, table: TableName, expression: Expression | None, shapes: Shapes
) -> Misfits:
    if expression is None or table not in shapes:
        return
    known = {name.lower() for name in shapes[table].columns}
    for _, name in expression.columns:
        if name.lower() not in known:
            yield line, f"table {table} has no column {name!r}", _remedy(name, known)


def _columns(line: int, table: TableName, names: tuple[str, ...], shapes: Shapes) -> Misfits:
    if table not in shapes:
        yield line, f"there is no table {str(table)!r}", _remedy("", ())
        return
    for name in names:
        if name not in shapes[table].columns:
            yield (
                line,
                f"table {table} has no column {name!r}",
                _remedy(name, shapes[table].columns),
            )


def _remedy(name: str, known: Iterable[str]) -> str:
    lowered = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=1)
    return f"did you mean {lowered[near[0]]!r}?" if near else _ASK
