"""Trees of units that go on from one instance of the Establishment Office in another."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from adapters.port import Condition, Listed, ListOrder, Operator, Reach, SourceReader
from domain.catalogue import handles
from domain.model.keys import EntityKind
from domain.model.trees import all_below
from domain.model.values import canonical_text

MAX_UNITS: Final = 20_000
"""More than any city has; beyond them a tree is unknown, never too small."""
Tell = Callable[[SourceReader, tuple[str, ...]], Awaitable[Sequence[Listed] | None]]
"""The units of one instance below some codes, however deep; None where it does not tell."""


def knows_parents(reader: SourceReader) -> bool:
    """Whether a source keeps a tree of units."""
    return handles.PARENT_UNIT_CODE in reader.description.places.get(EntityKind.UNIT, {})


def below_order(codes: tuple[str, ...], reach: Reach | None = None) -> ListOrder:
    """Asks one instance for all its units below some codes."""
    under = (Condition(handles.PARENT_UNIT_CODE, Operator.UNDER, codes),)
    wanted = frozenset({handles.PARENT_UNIT_CODE})
    return ListOrder(EntityKind.UNIT, under, MAX_UNITS, wanted, reach=reach)


async def follow_trees(
    tops: Iterable[str], offices: Sequence[SourceReader], tell: Tell
) -> dict[str, set[str]] | None:
    """Which units stand directly below which, from the tops down; None where one does not tell.

    An instance is asked again only for units that others have told of: one alone is asked once.
    """
    tops, below = tuple(tops), dict[str, set[str]]()
    told: list[set[str]] = [set() for _ in offices]
    while True:
        units = all_below(tops, below)
        asks = [
            (office, known, tuple(sorted(units - known)))
            for office, known in zip(offices, told, strict=True)
            if units - known
        ]
        if not asks:
            return below
        answers = await asyncio.gather(*(tell(office, new) for office, _, new in asks))
        for (_, known, new), rows in zip(asks, answers, strict=True):
            if rows is None:
                return None
            known.update(new, _take(rows, below))


def _take(rows: Iterable[Listed], below: dict[str, set[str]]) -> set[str]:
    units = set()
    for row in rows:
        key = row.key.text
        above = canonical_text(row.facet.values.get(handles.PARENT_UNIT_CODE)) or ""
        below.setdefault(above, set()).add(key)
        units.add(key)
    return units
