"""One subject shown alone: the usual lookup, without the lists that a level of many needs.

Whatever it does not hold for, and whoever has a row that did not answer, goes the way of levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.model.access import RowClass
from domain.model.keys import EntityKind, LocalKey
from domain.model.subjects import Subject
from resolvers.at_once import at_once
from resolvers.planning.facts import complete
from resolvers.planning.holding import NOTHING
from resolvers.planning.levels import Run, finish_level, show_subjects
from resolvers.planning.reasons import AnomalyError, Reason
from resolvers.planning.routes import Alike, Batch, Route, routes_of
from resolvers.planning.rows import Mix, Prepared, Row, answered_rows, find_mix
from resolvers.planning.steps import Shaped, UnitStep
from resolvers.planning.told import Shown, code_key
from resolvers.reading import Reads
from resolvers.sources import Sources
from resolvers.units import follow_units

WAY: Final = "lone"


@dataclass(frozen=True, slots=True)
class Lone:
    """How one subject of a route is read; `reads` are the places of its rows, and who has them."""

    mix: Mix
    route: Route
    shown: Shown
    reads: tuple[tuple[int, Prepared], ...]

    def fits(self, city: Sources) -> bool:
        """Whether these are the sources that it was made for, and none has a new schema since."""
        if self.mix.city is not city:
            return False
        for _, prepared in self.reads:  # noqa: SIM110 - a generator costs more than what it asks
            if not prepared.rows.is_current:
                return False
        return True

    async def read(self, reads: Reads, keys: Sequence[LocalKey]) -> list[Row | None]:
        """The row of each read; None where the source has none, empty where it did not answer."""
        asked = [prepared.read_one(reads, keys[place].text) for place, prepared in self.reads]
        return await at_once(asked)


async def show_one(run: Run, kind: EntityKind, batch: Batch) -> Shaped:
    """What the only subject of a level looks like; None where an error below blanks it."""
    reads = run.context.reads
    lone = None if kind in run.repeated else _find(reads, kind, batch)
    if lone is None:
        return (await show_subjects(run, kind, [batch]))[0][0]
    subject = batch.subjects[0]
    if subject.row_class is not RowClass.HOME:
        raise AnomalyError(Reason.ROW_CLASS)
    reads.touches.add(batch.subjects)
    reads.ways[WAY] = reads.ways.get(WAY, 0) + 1
    found = await lone.read(reads, subject.keys)
    if not all(found):
        return await _completed(run, kind, batch, (lone, found))
    rows: list[Row | None] = [None] * len(subject.keys)
    for (place, _), row in zip(lone.reads, found, strict=True):
        rows[place] = row
    extras = [await _unit(run, batch, lone, rows)] if batch.plan.steps else ()
    return lone.shown.shape(subject, rows, lone.route.rows, extras)


async def _completed(
    run: Run, kind: EntityKind, batch: Batch, got: tuple[Lone, Sequence[Row | None]]
) -> Shaped:
    """The same by the next holders of what did not answer."""
    lone, found = got
    keys = batch.subjects[0].keys
    answers = {
        prepared.name: (keys[place].text, row)
        for (place, prepared), row in zip(lone.reads, found, strict=True)
    }
    rows = answered_rows(lone.mix, answers)
    told = await complete(run.context.reads, kind, ([batch], [[lone.route]]), rows)
    return (await finish_level(run, [batch], told))[0][0]


async def _unit(run: Run, batch: Batch, lone: Lone, rows: Sequence[Row | None]) -> Shaped:
    """The unit that the row names; None where it names none."""
    step = batch.plan.steps[0]
    at = lone.shown.codes.get(step.indicator) if isinstance(step, UnitStep) else None
    if at is None or not isinstance(step, UnitStep):
        return None
    place, cell = at
    key = code_key(batch.subjects[0].keys[place], rows[place], step.indicator, cell)
    found = None if key is None else await _unit_of(run, key)
    if found is None:
        return None
    path = None if batch.path is None else (*batch.path, step.key)
    return await show_one(run, EntityKind.UNIT, run.batch(step.below, [found], path))


async def _unit_of(run: Run, key: LocalKey) -> Subject | None:
    """The unit of a code; each code is asked for once a request."""
    if key not in run.units:
        [run.units[key]] = await follow_units(run.context, [key])
    return run.units[key]


def _find(reads: Reads, kind: EntityKind, batch: Batch) -> Lone | None:
    """How it is read; None where a level must decide, or a list has brought some of it."""
    if not batch.plan.may_be_alone or not reads.is_new or reads.absent:
        return None
    routes = routes_of(reads, kind, [batch])
    if routes is None:
        return None
    route = routes[0][0]
    lone: Lone | None = route.lone
    if lone is None or not lone.fits(reads.sources):
        lone = route.lone = _make(reads, kind, batch, route)
    return lone


def _make(reads: Reads, kind: EntityKind, batch: Batch, route: Route) -> Lone | None:
    groups = [[Alike(route, batch.subjects, None)]]
    mix = find_mix(reads, (kind, NOTHING), [batch], groups)
    if mix is None:
        return None
    shown = mix.shown[id(route)]
    read = tuple((place, mix.sources[route.sources[place]]) for place in shown.read)
    # Two rows of one source are read by one statement.
    is_one_each = len({prepared.name for _, prepared in read}) == len(read)
    return Lone(mix, route, shown, read) if is_one_each else None
