"""What of a level was read before: as stored rows that a list has brought, or by value."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from adapters.port import ListCells
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.subjects import Subject
from resolvers.planning.routes import Alike, Route, RouteRead
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
Together = Mapping[int, tuple[Route, Sequence[Subject]]]


def find_held(reads: Reads, kind: EntityKind, groups: Iterable[Alike]) -> Held | None:
    """What is held of a level; None where that differs among subjects of one route.

    None too where a row was asked for before and is not there.
    """
    if reads.is_new and not reads.absent:
        return NOTHING
    alike = _together(groups)
    brought = reads.brought(kind)
    if brought is None:
        return _by_value(reads, kind, alike)
    places: dict[int, tuple[int, ...]] = {}
    for mark, (route, subjects) in alike.items():
        own = _own_places(reads, kind, (route, subjects), brought)
        if own is None:
            return None
        places[mark] = own
    rows = {source: each.rows for source, each in brought.items()}
    return Held(places, rows, {source: each.cells for source, each in brought.items()})


def _together(groups: Iterable[Alike]) -> Together:
    """The subjects of each route, of all batches."""
    found: dict[int, tuple[Route, Sequence[Subject]]] = {}
    for alike in groups:
        mark = id(alike.route)
        before = found.get(mark)
        subjects = [*before[1], *alike.subjects] if before else alike.subjects
        found[mark] = alike.route, subjects
    return found


def _own_places(
    reads: Reads,
    kind: EntityKind,
    alike: tuple[Route, Sequence[Subject]],
    brought: Mapping[SourceName, BroughtRows],
) -> tuple[int, ...] | None:
    route, subjects = alike
    places: list[int] = []
    for read in route.reads:
        own = brought.get(route.sources[read.place])
        keys = [subject.keys[read.place] for subject in subjects]
        if own is not None and _tells(own.cells, read):
            texts = {key.text for key in keys}
            if own.rows.keys() >= texts:
                places.append(read.place)
                continue
            if not own.rows.keys().isdisjoint(texts):
                return None
        if _is_absent(reads, kind, keys):
            return None
    return tuple(places)


def _tells(cells: ListCells, read: RouteRead) -> bool:
    return not read.rows and read.names <= cells.names


def _is_absent(reads: Reads, kind: EntityKind, keys: Iterable[LocalKey]) -> bool:
    return bool(reads.absent) and any((kind, key) in reads.absent for key in keys)


def _by_value(reads: Reads, kind: EntityKind, alike: Together) -> Held | None:
    """What rows read in other ways say."""
    places: dict[int, tuple[int, ...]] = {}
    rows: dict[SourceName, dict[str, Any]] = {}
    for mark, (route, subjects) in alike.items():
        for subject in subjects:
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
