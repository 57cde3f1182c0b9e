"""Which text columns hold keys with blanks around them, so that a read finds those rows too."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa

from adapters.mapping.model import ColumnRule, EntityRule, SourceMapping, TableName
from adapters.sql.binds import Spaces, is_text, plain_type
from adapters.sql.headcount import unit_rule
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, Statement, table
from adapters.sql.shapes import Shapes, TableShape, table_of
from domain.catalogue import handles
from domain.model.keys import EntityKind

MOST_SPELLINGS: Final = 16
_LENGTHS: Final = {
    "sqlite": "length",
    "postgresql": "length",
    "mysql": "char_length",
    "mariadb": "char_length",
}
_PADS: Final = frozenset({"mysql", "mariadb"})
"""Databases that do not see blanks at the end when they compare."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The question which blanks stand around the texts of one column: blanks before, length."""

    table: TableName
    column: str
    statement: Statement


def probes(mapping: SourceMapping, shapes: Shapes, pieces: Pieces) -> list[Probe]:
    """One probe for each text column that keys are compared with."""
    if pieces.backend not in _LENGTHS:
        return []
    found: dict[tuple[TableName, str], Probe] = {}
    for name, column, is_unit in _columns(mapping):
        kind = shapes[name].columns[column]
        fixed = isinstance(plain_type(kind), sa.CHAR) and pieces.backend != "sqlite"
        if is_text(kind) and (is_unit or not (fixed or pieces.backend in _PADS)):
            statement = _statement(name, column, pieces, both_sides=is_unit)
            found[name, column] = Probe(name, column, statement)
    return list(found.values())


def _columns(mapping: SourceMapping) -> Iterator[tuple[TableName, str, bool]]:
    """Table, column and whether it holds the unit of pools or pay."""
    for entity in mapping.entities.values():
        yield from ((entity.table, column, False) for column in entity.key)
    for operational in mapping.operational.values():
        if "unit" in operational.columns and (column := operational.columns["unit"].column):
            yield operational.table, column, True
    for entity in mapping.entities.values():
        for rule in _unit_codes(entity):
            if rule is not None and rule.column:
                yield table_of(entity, rule), rule.column, True


def _unit_codes(entity: EntityRule) -> tuple[ColumnRule | None, ...]:
    """The columns that name a unit by which lists and counts ask."""
    if entity.kind is EntityKind.UNIT:
        return (entity.columns.get(handles.PARENT_UNIT_CODE),)
    return unit_rule(entity), entity.columns.get(handles.OCCUPIED_UNIT_CODE)


def _statement(name: TableName, column: str, pieces: Pieces, *, both_sides: bool) -> Statement:
    element: Element = pieces.column(MAIN_ALIAS, column)
    length = getattr(sa.func, _LENGTHS[pieces.backend])
    bare = sa.func.trim(element) if both_sides else sa.func.rtrim(element)
    select = (
        sa.select((length(element) - length(sa.func.ltrim(element))).label("b"))
        .add_columns(length(element).label("n"))
        .distinct()
        .select_from(table(name, MAIN_ALIAS))
        .where(element != bare)
        .limit(MOST_SPELLINGS)
    )
    return pieces.runnable(select)


def with_spaces(shapes: Shapes, found: Iterable[tuple[Probe, Spaces]]) -> Shapes:
    """The shapes with what the probes have found."""
    changed: dict[TableName, TableShape] = dict(shapes)
    for probe, spaces in found:
        shape = changed[probe.table]
        known: Mapping[str, Spaces] = {**shape.spaces, probe.column: spaces}
        changed[probe.table] = replace(shape, spaces=known)
    return changed
