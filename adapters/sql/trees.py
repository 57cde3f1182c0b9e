"""The units below some units in a source's own tree, as a subquery that ends in any circle."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from adapters.mapping.model import EntityRule
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, join_alias
from adapters.sql.shapes import Shapes, table_of
from domain.catalogue import handles

DEEPEST_TREE: Final = 32
"""Levels below one unit, where a database cannot leave out what it has seen."""
_NO_DISTINCT_RECURSION: Final = frozenset({"mssql", "oracle"})


def knows_parents(unit: EntityRule) -> bool:
    """Whether units have one key column and name the unit above."""
    return len(unit.key) == 1 and handles.PARENT_UNIT_CODE in unit.columns


def units_below(
    unit: EntityRule, shapes: Shapes, pieces: Pieces, codes: Sequence[Element]
) -> sa.Select[Any]:
    """The codes, as texts, of all live units below those codes."""
    rule = unit.columns[handles.PARENT_UNIT_CODE]
    kind = shapes[unit.table].columns[unit.key[0]]
    key = pieces.as_key(pieces.bare(pieces.column(MAIN_ALIAS, unit.key[0]), kind), kind)
    stored = pieces.value(rule, join_alias(unit, rule.join))
    parent: Element = sa.null()
    if stored is not None:
        above = shapes[table_of(unit, rule)].columns[rule.column] if rule.column else None
        parent = pieces.as_key(pieces.bare(stored, above), above)
    source = pieces.entity_from(unit, [rule.join])
    live = pieces.live(unit.where, MAIN_ALIAS)
    has_levels = pieces.backend in _NO_DISTINCT_RECURSION
    level: list[Element] = [sa.literal_column("1", sa.Integer).label("d")] if has_levels else []
    first: sa.Select[Any] = sa.select(key.label("k"), *level).select_from(source)
    below = first.where(parent.in_(codes), *live).cte("below", recursive=True)
    deeper: sa.Select[Any] = sa.select(key, *([below.c.d + 1] if has_levels else []))
    deeper = deeper.select_from(source.join(below, parent == below.c.k)).where(*live)
    if has_levels:
        return sa.select(below.union_all(deeper.where(below.c.d < DEEPEST_TREE)).c.k)
    return sa.select(below.union(deeper).c.k)
