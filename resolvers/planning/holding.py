"""What of a level was read before: as stored rows that a list has brought, or by value."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from adapters.port import ListCells
from domain.model.keys import EntityKind, SourceName
from resolvers.planning.routes import Alike, RouteRead
from resolvers.reading import BroughtRows, Reads

Rows = Mapping[SourceName, Mapping[str, Any]]  # Any: stored rows, or mappings of values


class Held(NamedTuple):
    """What need not be read again.

    `places` are those whose rows are known already, by the identity of the route. `cells` tell how
    stored rows are read; a source without cells is known by value.
    """

    places: Mapping[int, tuple[int, ...]]
    rows: Rows
    cells: Mapping[SourceName, ListCells]


NOTHING: Final = Held({}, {}, {})
Together = Mapping[int, Sequence[Alike]]
"""Those of one route, by its identity."""


def find_held(reads: Reads, kind: EntityKind, groups: Iterable[Alike]) -> Held | None:
    """What is held of a level; None where that differs among subjects of one route.

    None too where a row was asked for before and is not there.
    """
    if reads.is_new and not reads.absent:
        return NOTHING
    together = _together(groups)
    brought = reads.brought(kind)
    if brought is None:
        return _by_value(reads, kind, together)
    places: dict[int, tuple[int, ...]] = {}
    for mark, alike in together.items():
        own = _own_places(reads, kind, alike, brought)
        if own is None:
            return None
        places[mark] = own
    rows = {source: each.rows for source, each in brought.items()}
    return Held(places, rows, {source: each.cells for source, each in brought.items()})


def _together(groups: Iterable[Alike]) -> Together:
    """The subjects of each route, of all batches."""
    found: dict[int, list[Alike]] = {}
    for alike in groups:
        found.setdefault(id(alike.route), []).append(alike)
    return found


def _own_places(
    reads: Reads,
    kind: EntityKind,
    alike: Sequence[Alike],
    brought: Mapping[SourceName, BroughtRows],
) -> tuple[int, ...] | None:
    route = alike[0].route
    places: list[int] = []
    for read in route.reads:
        own = brought.get(route.sources[read.place])
        if own is not None and _tells(own.cells, read):
            texts = set().union(*(each.texts(read.place) for each in alike))
            if own.rows.keys() >= texts:
                places.append(read.place)
                continue
            if not own.rows.keys().isdisjoint(texts):
                return None
        if reads.absent and _is_absent(reads, kind, alike, read.place):
            return None
    return tuple(places)


def _tells(cells: ListCells, read: RouteRead) -> bool:
    return not read.rows and read.names <= cells.names


def _is_absent(reads: Reads, kind: EntityKind, alike: Sequence[Alike], place: int) -> bool:
    keys = (subject.keys[place] for each in alike for subject in each.subjects)
    return any((kind, key) in reads.absent for key in keys)


def _by_value(reads: Reads, kind: EntityKind, together: Together) -> Held | None:
    """What rows read in other ways say."""
    places: dict[int, tuple[int, ...]] = {}
    rows: dict[SourceName, dict[str, Any]] = {}
    for mark, alike in together.items():
        route = alike[0].route
        for subject in (subject for each in alike for subject in each.subjects):
            own: list[int] = []
            for read in route.reads:
                key = subject.keys[read.place]
                known = reads.known.get((kind, key))
                if known is not None and read.names <= known.indicators:
                    own.append(read.place)
                    rows.setdefault(key.source, {})[key.text] = known.facet.values
                elif (kind, key) in reads.absent:
                    return None
            if places.setdefault(mark, tuple(own)) != tuple(own):
                return None
    return Held(places, rows, {})
