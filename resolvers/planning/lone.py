"""One subject shown alone: the usual lookup, without the lists that a level of many needs.

Whatever it does not hold for, and whoever has a row that did not answer, goes the way of levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from adapters.port import PairReader
from domain.model.access import RowClass
from domain.model.keys import EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.subjects import Subject
from resolvers.at_once import at_once
from resolvers.planning.facts import complete
from resolvers.planning.holding import NOTHING
from resolvers.planning.levels import Run, finish_level, show_subjects
from resolvers.planning.reasons import AnomalyError, Reason
from resolvers.planning.routes import Batch, Route, groups_of
from resolvers.planning.rows import NOT_ANSWERED, Mix, Prepared, Row, answered_rows, find_mix
from resolvers.planning.steps import Shaped, UnitStep
from resolvers.planning.told import Shown, code_key
from resolvers.reading import Reads
from resolvers.sources import Sources
from resolvers.units import follow_units

WAY: Final = "lone"
BESIDE: Final = "beside"
"""A unit whose row came with that of the person; it is counted as a level of one too."""


@dataclass(slots=True)
class Lone:
    """How one subject of a route is read; `reads` are the places of its rows, and who has them.

    `pair` reads the unit with one of them, as the unit that was `seen` last without it is read:
    who shows a unit is known only when one was shown.
    """

    mix: Mix
    route: Route
    shown: Shown
    reads: tuple[tuple[int, Prepared], ...]
    pair: "Pair | None" = None
    seen: "Lone | None" = None

    def fits(self, city: Sources) -> bool:
        """Whether these are the sources that it was made for, and none has a new schema since."""
        if self.mix.city is not city:
            return False
        for _, prepared in self.reads:  # noqa: SIM110 - a generator costs more than what it asks
            if not prepared.rows.look.is_last:
                return False
        return True

    async def read(
        self, reads: Reads, keys: Sequence[LocalKey], pair: "Pair | None"
    ) -> list[Row | None]:
        """The row of each read; None where there is none, NOT_ANSWERED where its source failed."""
        own = self.reads if pair is None else pair.reads
        return await at_once([one.read_one(reads, keys[place].text) for place, one in own])

    def learn(self, indicator: IndicatorName, unit: "Lone") -> None:
        """Has units like this one read beside the row that names them, where one row shows them."""
        if self.seen is unit:
            return
        self.seen, self.pair = unit, None
        at = self.shown.codes.get(indicator)
        prepared = None if at is None else dict(self.reads).get(at[0])
        if prepared is None or len(unit.reads) != 1 or unit.reads[0][1].name != prepared.name:
            return
        names = unit.reads[0][1].names
        rows = prepared.rows.pair(indicator, names)
        if rows is not None:
            both = replace(prepared, rows=rows)
            reads = ((place, both if one is prepared else one) for place, one in self.reads)
            self.pair = Pair(tuple(reads), rows, names)


class Pair(NamedTuple):
    """The same reads, of which `rows` brings the unit too, and these indicators of it."""

    reads: tuple[tuple[int, Prepared], ...]
    rows: PairReader
    names: frozenset[IndicatorName]


class Beside(NamedTuple):
    """A unit's row that came beside another: whose it is, and what it tells."""

    source: SourceName
    names: frozenset[IndicatorName]
    key: str
    row: Row

    def shows(self, lone: Lone, keys: Sequence[LocalKey]) -> bool:
        """Whether it is all that is to be read."""
        if len(lone.reads) != 1:
            return False
        place, prepared = lone.reads[0]
        is_same = prepared.name == self.source and keys[place].text == self.key
        return is_same and prepared.names == self.names


async def show_one(run: Run, kind: EntityKind, batch: Batch) -> Shaped:
    """What the only subject of a level looks like; None where an error below blanks it."""
    lone = _lone(run, kind, batch)
    return await (_by_level(run, kind, batch) if lone is None else _show(run, batch, lone))


async def _by_level(run: Run, kind: EntityKind, batch: Batch) -> Shaped:
    return (await show_subjects(run, kind, [batch]))[0][0]


async def _show(run: Run, batch: Batch, lone: Lone, beside: Beside | None = None) -> Shaped:
    reads, subject = run.context.reads, batch.subjects[0]
    if subject.row_class is not RowClass.HOME:
        raise AnomalyError(Reason.ROW_CLASS)
    reads.touches.add(batch.subjects)
    reads.ways[WAY] += 1
    pair = lone.pair if reads.bounds is None else None
    if beside is None:
        found = await lone.read(reads, subject.keys, pair)
    else:
        found = [beside.row]
        reads.ways[BESIDE] += 1
        reads.touches.rows[beside.source] += 1
    rows: list[Row | None] = [None] * len(subject.keys)
    for (place, _), row in zip(lone.reads, found, strict=True):
        if row is None or row is NOT_ANSWERED:
            return await _completed(run, batch, (lone, found))
        rows[place] = row
    extras = [await _unit(run, batch, (lone, pair), rows)] if batch.plan.steps else ()
    return lone.shown.shape(subject, rows, lone.route.rows, extras)


async def _completed(run: Run, batch: Batch, got: tuple[Lone, Sequence[Row | None]]) -> Shaped:
    """The same by the next holders of what did not answer."""
    lone, found = got
    subject = batch.subjects[0]
    answers = {
        prepared.name: (subject.keys[place].text, row)
        for (place, prepared), row in zip(lone.reads, found, strict=True)
    }
    rows = answered_rows(lone.mix, answers)
    told = await complete(run.context.reads, subject.kind, ([batch], [[lone.route]]), rows)
    return (await finish_level(run, [batch], told))[0][0]


async def _unit(
    run: Run, batch: Batch, how: tuple[Lone, Pair | None], rows: Sequence[Row | None]
) -> Shaped:
    """The unit that the row names; None where it names none."""
    (lone, pair), step = how, batch.plan.steps[0]
    at = lone.shown.codes.get(step.indicator) if isinstance(step, UnitStep) else None
    if at is None or not isinstance(step, UnitStep):
        return None
    place, cell = at
    key = code_key(batch.subjects[0].keys[place], rows[place], step.indicator, cell)
    found = None if key is None else await _unit_of(run, key)
    if found is None:
        return None
    path = None if batch.path is None else (*batch.path, step.key)
    below = run.batch(step.below, [found], path)
    own = _lone(run, EntityKind.UNIT, below)
    if own is None:
        return await _by_level(run, EntityKind.UNIT, below)
    beside = _beside(pair, key, rows[place])
    if beside is None or not beside.shows(own, found.keys):
        beside = None
        lone.learn(step.indicator, own)
    return await _show(run, below, own, beside)


def _beside(pair: Pair | None, key: LocalKey | None, row: Row | None) -> Beside | None:
    """The row of the unit that came with the one that names it."""
    if pair is None or key is None or row is None:
        return None
    unit = pair.rows.unit_in(row)
    return None if unit is None else Beside(key.source, pair.names, *unit)


async def _unit_of(run: Run, key: LocalKey) -> Subject | None:
    """The unit of a code; each code is asked for once a request."""
    if key not in run.units:
        [run.units[key]] = await follow_units(run.context, [key])
    return run.units[key]


def _lone(run: Run, kind: EntityKind, batch: Batch) -> Lone | None:
    return None if kind in run.repeated else _find(run.context.reads, kind, batch)


def _find(reads: Reads, kind: EntityKind, batch: Batch) -> Lone | None:
    """How it is read; None where a level must decide, or a list has brought some of it."""
    if not batch.plan.may_be_alone or not reads.is_new or reads.absent:
        return None
    sources = tuple([key.source for key in batch.subjects[0].keys])
    route: Route | None = batch.plan.routes.get(sources)
    if route is None:
        groups = groups_of(reads, kind, [batch])
        if groups is None:
            return None
        route = groups[0][0].route
    lone: Lone | None = route.lone
    if lone is None or not lone.fits(reads.sources):
        lone = route.lone = _make(reads, kind, batch, route)
    return lone


def _make(reads: Reads, kind: EntityKind, batch: Batch, route: Route) -> Lone | None:
    groups = groups_of(reads, kind, [batch])
    mix = None if groups is None else find_mix(reads, (kind, NOTHING), [batch], groups)
    if mix is None:
        return None
    shown = mix.shown[id(route)]
    read = tuple((place, mix.sources[route.sources[place]]) for place in shown.read)
    # Two rows of one source are read by one statement.
    is_one_each = len({prepared.name for _, prepared in read}) == len(read)
    return Lone(mix, route, shown, read) if is_one_each else None
