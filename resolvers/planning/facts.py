"""Reads one level of a plan: straight where every row answers, by next holders where not."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from adapters.port import ReadOrder
from domain.catalogue.indicators import Category
from domain.identity.holding import Coverage, filler_keys, row_keys, value_keys
from domain.identity.stitching import Gathered, stitch_rows, stitch_value
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.records import Facet, Value
from domain.model.subjects import Subject
from domain.model.values import canonical_text
from resolvers.gathering import gather
from resolvers.planning.steps import Places, Shape, SubjectPlan, UnitStep
from resolvers.reading import Reads
from resolvers.wanted import Wanted

MOST_ROUTES: Final = 256


Values = Mapping[IndicatorName, Value]


class Batch(NamedTuple):
    """Subjects that one selection shows.

    `path` is where the only one of them stands, for errors below it; None in a list.
    """

    plan: SubjectPlan
    subjects: Sequence[Subject]
    wanted: Wanted
    path: tuple[str | int, ...] | None = None


class RouteRead(NamedTuple):
    """What the row at one place of a subject's keys is asked for."""

    place: int
    names: frozenset[IndicatorName]
    rows: frozenset[CategoryCode]


@dataclass(frozen=True, slots=True)
class Route:
    """How subjects that are rows of the same sources are read and shown, all rows answering.

    `rows`: the place and the category of the shown rows, for each category of the plan. `codes`:
    for each unit that is followed, the place of its code.
    """

    reads: tuple[RouteRead, ...]
    rows: tuple[tuple[int, CategoryCode] | None, ...]
    codes: Mapping[IndicatorName, int | None]
    shape: Shape


class Facts(NamedTuple):
    """What a subject's shape takes; `codes` are the keys of followed units."""

    shape: Shape
    values: Sequence[Values | None]
    rows: Sequence[Any]  # Any: rows of either kind, or None
    codes: Mapping[IndicatorName, LocalKey | None]
    gathered: Gathered | None


@dataclass(slots=True)
class _Need:
    keys: dict[str, None] = field(default_factory=dict)
    names: set[IndicatorName] = field(default_factory=set)
    rows: set[CategoryCode] = field(default_factory=set)


async def read_level(
    reads: Reads, kind: EntityKind, batches: Sequence[Batch], *, is_repeated: bool
) -> list[list[Facts]]:
    """The facts of each subject of each batch, in their order; one order per source and wave.

    `is_repeated`: other levels of the request may ask for the same rows.
    """
    routes = _routes(reads, kind, batches)
    if routes is None:
        return await _gathered(reads, kind, batches)
    found = await _read_straight(reads, kind, batches, routes)
    if is_repeated:
        found.remember(reads, kind)
    straight = [
        [_straight(subject, route, found) for subject, route in zip(b.subjects, own, strict=True)]
        for b, own in zip(batches, routes, strict=True)
    ]
    if any(facts is None for own in straight for facts in own):
        found.remember(reads, kind)
        return await _completed(reads, kind, batches, straight)
    return straight  # type: ignore[return-value] # none is None


def _routes(reads: Reads, kind: EntityKind, batches: Sequence[Batch]) -> list[list[Route]] | None:
    """The route of each subject; None where one of them must be stitched."""
    coverage = reads.sources.coverage(kind)
    all_routes: list[list[Route]] = []
    for batch in batches:
        if batch.plan.is_gathered:
            return None
        own: list[Route] = []
        for subject in batch.subjects:
            route = _route(batch.plan, subject, coverage)
            if route is None or _is_partly_known(reads, kind, subject):
                return None
            own.append(route)
        all_routes.append(own)
    return all_routes


def _is_partly_known(reads: Reads, kind: EntityKind, subject: Subject) -> bool:
    if not reads.known and not reads.absent:
        return False
    return any((kind, key) in reads.known or (kind, key) in reads.absent for key in subject.keys)


def _route(plan: SubjectPlan, subject: Subject, coverage: Coverage) -> Route | None:
    """The route of subjects like this one; worked out once a plan."""
    shape = tuple(key.source for key in subject.keys)
    if shape not in plan.routes:
        if len(plan.routes) >= MOST_ROUTES:
            plan.routes.clear()
        plan.routes[shape] = make_route(plan, subject, coverage)
    route: Route | None = plan.routes[shape]
    return route


def make_route(plan: SubjectPlan, subject: Subject, coverage: Coverage) -> Route | None:
    """Who answers what; None where cells of rows may be filled by other departments."""
    names: dict[int, set[IndicatorName]] = {}
    codes: dict[int, set[CategoryCode]] = {}
    places: dict[IndicatorName, int | None] = {}
    for indicator in plan.singles:
        key = next(value_keys(indicator, subject, coverage), None)
        place = places[indicator.name] = None if key is None else subject.keys.index(key)
        if place is not None:
            names.setdefault(place, set()).add(indicator.name)
    rows: list[tuple[int, CategoryCode] | None] = []
    for category in plan.categories:
        shown = next(row_keys(category, subject, coverage), None)
        if shown is None:
            rows.append(None)
            continue
        wanted = plan.wanted.row_values(category)
        if _has_fillers(category, wanted, shown, subject, coverage):
            return None
        place = subject.keys.index(shown)
        rows.append((place, category.code))
        codes.setdefault(place, set()).add(category.code)
        asked = wanted.union(category.row_key) & coverage.mapped(shown.source)
        names.setdefault(place, set()).update(asked)
    reads = tuple(
        RouteRead(place, frozenset(names.get(place, ())), frozenset(codes.get(place, ())))
        for place in sorted(names.keys() | codes.keys())
    )
    followed = {
        step.indicator: places[step.indicator] for step in plan.steps if isinstance(step, UnitStep)
    }
    return Route(reads, tuple(rows), followed, plan.shape_of(places))


def _has_fillers(
    category: Category,
    wanted: frozenset[IndicatorName],
    shown: LocalKey,
    subject: Subject,
    coverage: Coverage,
) -> bool:
    indicators = {i.name: i for i in category.indicators}
    return any(
        next(filler_keys(indicators[name], category, shown, subject, coverage), None) is not None
        for name in wanted
    )


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
    if len(orders) == 1:
        ((source, order),) = orders.items()
        found = [await reads.read(source, order)]
    else:
        found = await asyncio.gather(*(reads.read(name, order) for name, order in orders.items()))
    pairs = zip(orders, found, strict=True)
    return {source: facets for source, facets in pairs if facets is not None}


def _by_key(reads: Reads, order: ReadOrder, facets: Sequence[Facet | None]) -> dict[str, Facet]:
    pairs = zip(order.keys, facets, strict=True)
    return {text: reads.shown(order, facet) for text, facet in pairs if facet is not None}


def _straight(subject: Subject, route: Route, found: _Found) -> Facts | None:
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
    return Facts(route.shape, values, rows, codes, None)


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
