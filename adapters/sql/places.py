"""Which units of a source lie in a division, as a subquery over its own unit table."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from adapters.mapping.convert import code_reader, guarded
from adapters.mapping.model import EntityRule
from adapters.sql.cells import constant
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, join_alias
from adapters.sql.shapes import Shapes, table_of
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue


def knows_divisions(unit: EntityRule) -> bool:
    """Whether units have one key column and a division."""
    return len(unit.key) == 1 and handles.UNIT_DIVISION in unit.columns


def in_division(
    unit: EntityRule, shapes: Shapes, pieces: Pieces, stems: Sequence[Element]
) -> sa.Select[Any]:
    """The keys, as texts, of the live units whose division begins with one of the parameters."""
    (key,), rule = unit.key, unit.columns[handles.UNIT_DIVISION]
    kind = shapes[unit.table].columns[key]
    element = pieces.value(rule, join_alias(unit, rule.join))
    if element is None:
        convert = guarded(
            code_reader(rule.codes, catalogue().indicators[handles.UNIT_DIVISION].code_set)
        )
        place: Element = sa.literal(str(constant(rule, convert) or ""), sa.String)
    else:
        stored = shapes[table_of(unit, rule)].columns[rule.column] if rule.column else None
        place = pieces.translated(pieces.exact(element, stored), rule.codes or {})
    bare = pieces.bare(pieces.column(MAIN_ALIAS, key), kind)
    return (
        sa.select(pieces.as_key(bare, kind))
        .select_from(pieces.entity_from(unit, [rule.join]))
        .where(
            sa.or_(*(pieces.begins(place, stem) for stem in stems)),
            *pieces.live(unit.where, MAIN_ALIAS),
        )
    )
