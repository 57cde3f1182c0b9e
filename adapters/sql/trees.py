"""Some units and those below them in a source's own tree, as a subquery that ends in any circle.

What lies in a tree is looked for by `IN` alone: beside an `OR`, databases go through the whole tree
for every row.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from adapters.mapping.model import ColumnRule, EntityRule, TableName
from adapters.sql.binds import is_text, plain_type
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, join_alias
from adapters.sql.shapes import Shapes, table_of
from domain.catalogue import handles

DEEPEST_TREE: Final = 32
"""Levels below one unit, where a database cannot leave out what it has seen."""
_NO_DISTINCT_RECURSION: Final = frozenset({"mssql", "oracle"})
_INDEXED: Final = frozenset({"postgresql", "sqlite"})
"""Databases that compare a column with a text of our making by the column's own index."""
Codes = sa.CompoundSelect[Any]


class UnitColumn(NamedTuple):
    """A column that names units: as a text to be compared, and as it stands where that serves.

    PostgreSQL tells all texts apart by its own collation; others need the comparison by code too.
    """

    code: Element
    stored: Element | None
    backend: str

    def is_one_of(self, codes: Codes) -> Element:
        """The rows whose unit is one of the codes."""
        if self.stored is None:
            return self.code.in_(codes)
        if self.backend == "postgresql":
            among = codes.subquery("n")
            return self.stored.in_(sa.select(sa.collate(among.c.k, "default")))
        return sa.and_(self.stored.in_(codes), self.code.in_(codes))

    def is_(self, code: Element) -> Element:
        """The rows whose unit has the code of another table."""
        if self.stored is None:
            return self.code == code
        if self.backend == "postgresql":
            return self.stored == sa.collate(code, "default")
        return sa.and_(self.stored == code, self.code == code)


def unit_column(
    pieces: Pieces, shapes: Shapes, table: TableName, rule: ColumnRule, alias: str
) -> UnitColumn:
    """The column of a rule; a text with blanks around it is not found by its index."""
    element = pieces.value(rule, alias)
    if element is None:
        return UnitColumn(sa.null(), None, pieces.backend)
    shape = shapes[table]
    kind = shape.columns[rule.column] if rule.column else None
    code = pieces.as_key(pieces.bare(element, kind), kind)
    is_bare = is_text(kind) and not isinstance(plain_type(kind), sa.CHAR | sa.Enum)
    is_served = pieces.backend in _INDEXED and is_bare and not shape.spaces.get(rule.column or "")
    return UnitColumn(code, element if is_served else None, pieces.backend)


def knows_parents(unit: EntityRule) -> bool:
    """Whether units have one key column and name the unit above."""
    return len(unit.key) == 1 and handles.PARENT_UNIT_CODE in unit.columns


def at_or_below(
    unit: EntityRule, shapes: Shapes, pieces: Pieces, codes: Sequence[Element]
) -> Codes:
    """The codes and those of all live units below them, as texts."""
    text = sa.String(4000) if pieces.backend == "oracle" else sa.String()
    tops = [sa.select(pieces.collated(sa.cast(code, text)).label("k")) for code in codes]
    return sa.union_all(_below(unit, shapes, pieces, sa.union_all(*tops)), *tops)


def _below(unit: EntityRule, shapes: Shapes, pieces: Pieces, tops: Codes) -> sa.Select[Any]:
    """The codes of all live units below some."""
    rule = unit.columns[handles.PARENT_UNIT_CODE]
    kind = shapes[unit.table].columns[unit.key[0]]
    key = pieces.as_key(pieces.bare(pieces.column(MAIN_ALIAS, unit.key[0]), kind), kind)
    parent = unit_column(pieces, shapes, table_of(unit, rule), rule, join_alias(unit, rule.join))
    source = pieces.entity_from(unit, [rule.join])
    live = pieces.live(unit.where, MAIN_ALIAS)
    has_levels = pieces.backend in _NO_DISTINCT_RECURSION
    level: list[Element] = [sa.literal_column("1", sa.Integer).label("d")] if has_levels else []
    first: sa.Select[Any] = sa.select(key.label("k"), *level).select_from(source)
    below = first.where(parent.is_one_of(tops), *live).cte("below", recursive=True)
    deeper: sa.Select[Any] = sa.select(key, *([below.c.d + 1] if has_levels else []))
    deeper = deeper.select_from(source.join(below, parent.is_(below.c.k))).where(*live)
    if has_levels:
        return sa.select(below.union_all(deeper.where(below.c.d < DEEPEST_TREE)).c.k)
    return sa.select(below.union(deeper).c.k)
