"""Reads a level by prepared reads: rows go from the driver to the answer without a record each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.port import ListCells, ReadOrder, RowReader, SourceReader
from adapters.stored import Cell
from domain.identity.holding import OWN_KEYS
from domain.model.errors import SourceError
from domain.model.keys import EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.subjects import Subject
from resolvers.at_once import at_once
from resolvers.planning.holding import NOTHING, Held
from resolvers.planning.routes import Alike, Batch, Facts, Route
from resolvers.planning.steps import InRow, Places, SubjectPlan
from resolvers.planning.told import RowsOfRoute, Shown, Told, ToldRows, code_key
from resolvers.reading import Reads
from resolvers.sources import Sources
from resolvers.troubles import category_fields

MOST_MIXES: Final = 128
Row = Sequence[object]
NOT_ANSWERED: Final[Row] = ()
Rows = Mapping[str, Row]
Cells = Mapping[IndicatorName, Cell]
Groups = Sequence[Sequence[Alike]]
"""Of each batch, its subjects by routes."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One source's part of a level; `fields` are what it owes where it does not answer."""

    name: SourceName
    reader: SourceReader
    rows: RowReader
    names: frozenset[IndicatorName]
    fields: set[str]

    async def read_one(self, reads: Reads, key: str) -> Row | None:
        """The row of a key; None where there is none, NOT_ANSWERED where its source failed."""
        name = self.name
        if reads.troubles.by_source and reads.troubles.is_down(name):
            reads.troubles.again(name, self.fields)
            return NOT_ANSWERED
        try:
            row = await self.rows.fetch_one(key, reads.tally)
        except SourceError as error:
            reads.troubles.note(error, self.fields)
            return NOT_ANSWERED
        reads.touches.rows[name] += row is not None
        return row

    async def read(self, reads: Reads, keys: Iterable[str]) -> Rows | None:
        """The rows by key; None where the source did not answer, which is noted."""
        asked = tuple(keys)
        found = await reads.attempt(
            self.reader, self.fields, lambda: self.rows.fetch(asked, reads.tally)
        )
        if found:
            reads.touches.rows[self.reader.description.name] += len(found)
        return found


@dataclass(frozen=True, slots=True)
class Mix:
    """What subjects of some routes are read by together: one statement a source of the city."""

    city: Sources
    kind: EntityKind
    sources: Mapping[SourceName, Prepared]
    shown: Mapping[int, Shown]
    """By the identity of the route."""
    brought: Mapping[SourceName, ListCells]

    def fits(self, city: Sources, held: Held) -> bool:
        """Whether these are the sources that it was made for, and none has a new schema since."""
        return (
            self.city is city
            and all(each.rows.look.is_last for each in self.sources.values())
            and all(held.cells[source] is cells for source, cells in self.brought.items())
        )


def find_mix(
    reads: Reads, what: tuple[EntityKind, Held], batches: Sequence[Batch], groups: Groups
) -> Mix | None:
    """The mix of these routes; None where a source cannot prepare what they read."""
    different = {
        id(alike.route): (batch, alike.route)
        for batch, own in zip(batches, groups, strict=True)
        for alike in own
    }
    held = what[1]
    kept, key = batches[0].plan.mixes, _mark(held, different)
    found = kept.get(key)
    if found is None or not found.fits(reads.sources, held):
        if len(kept) >= MOST_MIXES and key not in kept:
            return None
        made = _make(reads, what, list(different.values()))
        if made is None:
            return None
        found = kept[key] = made
    mix: Mix = found
    return mix


def _mark(held: Held, routes: Iterable[int]) -> object:
    """What tells mixes apart: the routes, what is held of each, and by which columns."""
    places = frozenset((route, held.places.get(route, ())) for route in routes)
    return places, frozenset((source, cells.names) for source, cells in held.cells.items())


def _make(
    reads: Reads, what: tuple[EntityKind, Held], routes: Sequence[tuple[Batch, Route]]
) -> Mix | None:
    kind, held = what
    names: dict[SourceName, set[IndicatorName]] = {}
    for _, route in routes:
        if any(shown is not None for shown in route.rows):
            return None
        for read in route.reads:
            if read.place in held.places.get(id(route), ()):
                continue
            names.setdefault(route.sources[read.place], set()).update(read.names)
    sources: dict[SourceName, Prepared] = {}
    for source, own in names.items():
        prepared = _prepare(reads, kind, source, frozenset(own))
        if prepared is None:
            return None
        sources[source] = prepared
    cells = {s: _cells(kind, each.reader, each.rows.cells) for s, each in sources.items()}
    by_name = reads.sources.by_name
    brought = {s: _cells(kind, by_name[s], each.cells) for s, each in held.cells.items()}
    shown = {
        id(route): _shown(batch, route, held.places.get(id(route), ()), (cells, brought))
        for batch, route in routes
    }
    return Mix(reads.sources, kind, sources, shown, held.cells)


def _prepare(
    reads: Reads, kind: EntityKind, source: SourceName, names: frozenset[IndicatorName]
) -> Prepared | None:
    reader = reads.sources.by_name[source]
    rows = reader.row_reader(kind, names)
    if rows is None:
        return None
    fields = category_fields(kind, names, frozenset())
    return Prepared(source, reader, rows, names, fields)


def _cells(kind: EntityKind, reader: SourceReader, cells: Cells) -> Cells:
    """The cells; a row keyed by ID number does not show its key a second time."""
    if not reader.description.personal_keys.get(kind):
        return cells
    return {
        name: replace(cell, position=None, constant=None) if name in OWN_KEYS else cell
        for name, cell in cells.items()
    }


def _shown(
    batch: Batch,
    route: Route,
    held: tuple[int, ...],
    cells: tuple[Mapping[SourceName, Cells], Mapping[SourceName, Cells]],
) -> Shown:
    """`cells` are those of rows that are read, and of rows that lists have brought."""
    read_cells, held_cells = cells

    def cell(place: int, name: IndicatorName) -> Cell | None:
        own = (held_cells if place in held else read_cells).get(route.sources[place])
        return None if own is None else own[name]

    places: Places = {
        name: place if place is None or (at := cell(place, name)) is None else InRow(place, at)
        for name, place in route.places.items()
    }
    codes = {
        name: (place, cell(place, name)) for name, place in route.codes.items() if place is not None
    }
    read = tuple(read.place for read in route.reads if read.place not in held)
    return Shown(batch.plan, route, read, held, places, codes)


class FoundRows:
    """The rows that the sources of a mix gave."""

    def __init__(
        self,
        mix: Mix,
        held: Held,
        keys: Mapping[SourceName, dict[str, None]],
        rows: dict[SourceName, Rows] | None = None,
    ) -> None:
        self._held = held.rows
        self._mix = mix
        self._keys = keys
        self._rows: dict[SourceName, Rows] = rows or {}

    async def read(self, reads: Reads) -> None:
        """One statement a source, all at the same time."""
        sources = self._mix.sources
        work = [sources[name].read(reads, keys) for name, keys in self._keys.items()]
        for name, rows in zip(self._keys, await at_once(work), strict=True):
            if rows is not None:
                self._rows[name] = rows

    def told(self, groups: Groups) -> list[Told] | None:
        """What the rows tell of each batch; None where one is missing."""
        try:
            return [
                ToldRows(sum(each.rows.size for each in own), [*map(self._of_route, own)])
                for own in groups
            ]
        except KeyError:
            return None

    def _of_route(self, alike: Alike) -> RowsOfRoute:
        """The rows of each subject, in their order. Raises KeyError where one is missing."""
        shown, sources = self._mix.shown[id(alike.route)], alike.route.sources
        columns: dict[int, list[Any]] = {}  # Any: stored rows, or mappings of values
        for place in shown.held:
            columns[place] = [*map(self._held[sources[place]].__getitem__, alike.texts(place))]
        for place in shown.read:
            columns[place] = [*map(self._rows[sources[place]].__getitem__, alike.texts(place))]
        return RowsOfRoute(alike, shown, columns)

    def facts(self, _plan: SubjectPlan, subject: Subject, route: Route) -> Facts | None:
        """The facts of a subject whose rows all answered; None where one did not."""
        shown, keys = self._mix.shown[id(route)], subject.keys
        rows: list[Any] = [None] * len(keys)
        for place in shown.held:
            key = keys[place]
            rows[place] = self._held[key.source][key.text]
        for place in shown.read:
            key = keys[place]
            own = self._rows.get(key.source)
            row = None if own is None else own.get(key.text)
            if row is None:
                return None
            rows[place] = row
        codes = {
            name: code_key(keys[place], rows[place], name, cell)
            for name, (place, cell) in shown.codes.items()
        }
        return Facts(shown.shape, rows, route.rows, codes, None)

    def remember(self, reads: Reads, kind: EntityKind) -> None:
        """Keeps it all for whoever asks the next holders."""
        for name, rows in self._rows.items():
            prepared, keys = self._mix.sources[name], self._keys[name]
            facets = [prepared.rows.facet(key, rows[key]) for key in keys if key in rows]
            reads.remember(ReadOrder(kind, tuple(keys), prepared.names), facets)
            department = prepared.reader.description.department
            reads.absent |= {(kind, LocalKey(department, name, k)) for k in keys if k not in rows}


def answered_rows(mix: Mix, answers: Mapping[SourceName, tuple[str, Row | None]]) -> FoundRows:
    """What each source said of one key; what did not answer is as if it had not been asked."""
    keys: dict[SourceName, dict[str, None]] = {
        source: {key: None} for source, (key, _) in answers.items()
    }
    rows: dict[SourceName, Rows] = {
        source: {} if row is None else {key: row}
        for source, (key, row) in answers.items()
        if row is not NOT_ANSWERED
    }
    return FoundRows(mix, NOTHING, keys, rows)


async def read_rows(reads: Reads, what: tuple[Mix, Held], groups: Groups) -> FoundRows:
    """Everything that the routes read."""
    mix, held = what
    keys: dict[SourceName, dict[str, None]] = {}
    for alike in (alike for own in groups for alike in own):
        for place in mix.shown[id(alike.route)].read:
            asked = keys.setdefault(alike.route.sources[place], {})
            asked |= dict.fromkeys(alike.texts(place))
    found = FoundRows(mix, held, keys)
    await found.read(reads)
    return found
