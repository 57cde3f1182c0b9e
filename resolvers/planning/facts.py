"""Reads one level of a plan: straight where every row answers, by next holders where not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.port import ReadOrder
from domain.identity.stitching import Gathered, stitch_rows, stitch_value
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.records import Facet
from domain.model.subjects import Subject
from domain.model.values import canonical_text
from resolvers.at_once import at_once
from resolvers.gathering import gather
from resolvers.planning.holding import find_held
from resolvers.planning.routes import (
    Alike,
    Batch,
    Facts,
    Route,
    Values,
    groups_of,
    is_partly_known,
    routes_in,
)
from resolvers.planning.rows import FoundRows, find_mix, read_rows
from resolvers.planning.steps import Places, Shape, SubjectPlan, UnitStep
from resolvers.planning.told import Told, ToldFacts
from resolvers.reading import Reads
from resolvers.wanted import Wanted


@dataclass(slots=True)
class _Need:
    keys: dict[str, None] = field(default_factory=dict)
    names: set[IndicatorName] = field(default_factory=set)
    rows: set[CategoryCode] = field(default_factory=set)


async def read_level(
    reads: Reads, kind: EntityKind, batches: Sequence[Batch], *, is_repeated: bool
) -> list[Told]:
    """What is known of each batch, in its order; one order per source and wave.

    `is_repeated`: other levels of the request may ask for the same rows.
    """
    groups = groups_of(reads, kind, batches)
    if groups is None:
        return await _all_gathered(reads, kind, batches)
    # What other levels may ask for is kept by value: rows of a driver are for one answer.
    held = None if is_repeated else find_held(reads, kind, (a for own in groups for a in own))
    mix = None if held is None else find_mix(reads, (kind, held), batches, groups)
    if mix is None or held is None:
        if is_partly_known(reads, kind, batches):
            return await _all_gathered(reads, kind, batches)
        reads.ways["ordered"] += 1
        routes = _routes(batches, groups)
        ordered = await _read_straight(reads, kind, batches, routes)
        if is_repeated:
            ordered.remember(reads, kind)
        return await complete(reads, kind, (batches, routes), ordered)
    reads.ways["rows"] += 1
    found = await read_rows(reads, (mix, held), groups)
    told = found.told(groups)
    return told or await complete(reads, kind, (batches, _routes(batches, groups)), found)


def _routes(
    batches: Sequence[Batch], groups: Sequence[Sequence[Alike]]
) -> Sequence[Sequence[Route]]:
    """The route of each subject of each batch."""
    return [routes_in(batch, own) for batch, own in zip(batches, groups, strict=True)]


async def _all_gathered(reads: Reads, kind: EntityKind, batches: Sequence[Batch]) -> list[Told]:
    reads.ways["gathered"] += 1
    return [ToldFacts(own) for own in await _gathered(reads, kind, batches)]


Asked = tuple[Sequence[Batch], Sequence[Sequence[Route]]]


async def complete(
    reads: Reads, kind: EntityKind, asked: Asked, found: "_Found | FoundRows"
) -> list[Told]:
    """The facts of each subject; where a row did not answer, by the next holders."""
    straight = [
        [found.facts(b.plan, *each) for each in zip(b.subjects, own, strict=True)]
        for b, own in zip(*asked, strict=True)
    ]
    if any(facts is None for own in straight for facts in own):
        reads.ways["completed"] += 1
        found.remember(reads, kind)
        return [ToldFacts(own) for own in await _completed(reads, kind, asked[0], straight)]
    return [ToldFacts(own) for own in straight]  # type: ignore[arg-type] # none is None


@dataclass(slots=True)
class _Found:
    """What was asked of each source, and the rows it gave, by key."""

    orders: dict[SourceName, ReadOrder]
    answers: dict[SourceName, list[Facet | None]]
    rows: dict[SourceName, dict[str, Facet]] = field(default_factory=dict)

    def of(self, key: LocalKey) -> Facet | None:
        """The row of a key; None where there is none or its source did not answer."""
        own = self.rows.get(key.source)
        return None if own is None else own.get(key.text)

    def facts(self, plan: SubjectPlan, subject: Subject, route: Route) -> Facts | None:
        """The facts of a subject whose rows all answered; None where one did not."""
        return _straight(plan, subject, route, self)

    def remember(self, reads: Reads, kind: EntityKind) -> None:
        """Keeps it all for whoever asks the next holders."""
        for source, facets in self.answers.items():
            order = self.orders[source]
            department = reads.sources.by_name[source].description.department
            pairs = list(zip(order.keys, facets, strict=True))
            reads.remember(order, [facet for _, facet in pairs if facet is not None])
            reads.absent |= {
                (kind, LocalKey(department, source, text)) for text, f in pairs if f is None
            }


async def _read_straight(
    reads: Reads,
    kind: EntityKind,
    batches: Sequence[Batch],
    routes: Sequence[Sequence[Route]],
) -> _Found:
    """One order per source, all at the same time."""
    needs = _needs(batches, routes)
    orders = {
        source: ReadOrder(kind, tuple(need.keys), frozenset(need.names), frozenset(need.rows))
        for source, need in needs.items()
    }
    found = _Found(orders, await _all_at_once(reads, orders))
    for source, facets in found.answers.items():
        found.rows[source] = _by_key(reads, orders[source], facets)
    return found


def _needs(batches: Sequence[Batch], routes: Sequence[Sequence[Route]]) -> dict[SourceName, _Need]:
    needs: dict[SourceName, _Need] = {}
    seen: set[tuple[int, SourceName]] = set()
    for batch, own in zip(batches, routes, strict=True):
        for subject, route in zip(batch.subjects, own, strict=True):
            for read in route.reads:
                key = subject.keys[read.place]
                need = needs.get(key.source)
                if need is None:
                    need = needs[key.source] = _Need()
                need.keys[key.text] = None
                if (id(read), key.source) not in seen:
                    seen.add((id(read), key.source))
                    need.names |= read.names
                    need.rows |= read.rows
    return needs


async def _all_at_once(
    reads: Reads, orders: Mapping[SourceName, ReadOrder]
) -> dict[SourceName, list[Facet | None]]:
    """The answers of those sources that gave one."""
    found = await at_once([reads.read(name, order) for name, order in orders.items()])
    pairs = zip(orders, found, strict=True)
    return {source: facets for source, facets in pairs if facets is not None}


def _by_key(reads: Reads, order: ReadOrder, facets: Sequence[Facet | None]) -> dict[str, Facet]:
    pairs = zip(order.keys, facets, strict=True)
    return {text: reads.shown(order, facet) for text, facet in pairs if facet is not None}


def _straight(plan: SubjectPlan, subject: Subject, route: Route, found: _Found) -> Facts | None:
    """The facts of a subject whose rows all answered; None where one did not."""
    values: list[Values | None] = [None] * len(subject.keys)
    facets: dict[int, Facet] = {}
    for read in route.reads:
        key = subject.keys[read.place]
        facet = found.of(key)
        if facet is None:
            return None
        values[read.place] = facet.values
        facets[read.place] = facet
    rows = [None if shown is None else facets[shown[0]].rows.get(shown[1]) for shown in route.rows]
    codes = {
        name: None if place is None else _code_key(subject.keys[place], values[place], name)
        for name, place in route.codes.items()
    }
    return Facts(route.shape(plan), values, rows, codes, None)


def _code_key(key: LocalKey, values: Values | None, name: IndicatorName) -> LocalKey | None:
    """The unit code that a row holds, as a key of the same source."""
    code = canonical_text(values[name]) if values is not None else None
    return None if code is None else LocalKey(key.department, key.source, code)


async def _completed(
    reads: Reads,
    kind: EntityKind,
    batches: Sequence[Batch],
    straight: Sequence[Sequence[Facts | None]],
) -> list[list[Facts]]:
    """The same with the next holders of whatever was not answered."""
    asks = [
        (subject, batch.wanted)
        for batch, own in zip(batches, straight, strict=True)
        for subject, facts in zip(batch.subjects, own, strict=True)
        if facts is None
    ]
    gathered = iter(await gather(reads, kind, asks))
    return [
        [_stitched(batch.plan, batch.wanted, next(gathered)) if f is None else f for f in own]
        for batch, own in zip(batches, straight, strict=True)
    ]


async def _gathered(reads: Reads, kind: EntityKind, batches: Sequence[Batch]) -> list[list[Facts]]:
    """The facts of every subject from all that was gathered of it."""
    asks = [(subject, batch.wanted) for batch in batches for subject in batch.subjects]
    gathered = iter(await gather(reads, kind, asks))
    return [
        [_stitched(batch.plan, batch.wanted, next(gathered)) for _ in batch.subjects]
        for batch in batches
    ]


def _stitched(plan: SubjectPlan, wanted: Wanted, gathered: Gathered) -> Facts:
    """The facts of one subject, holder by holder, as the stock path tells them."""
    answers = {i.name: stitch_value(gathered, i) for i in plan.singles}
    values: Values = {name: answer.value for name, answer in answers.items()}
    rows = [stitch_rows(gathered, c, wanted.row_values(c)) for c in plan.categories]
    codes = {
        step.indicator: _code_key(key, values, step.indicator)
        if (key := answers[step.indicator].key) is not None
        else None
        for step in plan.steps
        if isinstance(step, UnitStep)
    }
    shown = [None if stitched is None else stitched.rows for stitched in rows]
    return Facts(stitched_shape(plan), (values,), shown, codes, gathered)


def stitched_shape(plan: SubjectPlan) -> Shape:
    """The shape over stitched values, which all stand in one mapping."""
    found: Shape | None = plan.routes.get(None)
    if found is None:
        places: Places = dict.fromkeys((i.name for i in plan.singles), 0)
        found = plan.routes[None] = plan.shape_of(places)
    return found
