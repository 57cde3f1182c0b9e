"""How subjects that are rows of the same sources are read, worked out once a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from domain.catalogue.indicators import Category
from domain.identity.holding import Coverage, filler_keys, row_keys, value_keys
from domain.identity.stitching import Gathered
from domain.model.alike import Rows, rows_alike
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.records import Value
from domain.model.subjects import Subject
from resolvers.planning.steps import Shape, SubjectPlan, UnitStep
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


@dataclass(slots=True, eq=False)
class Route:
    """How subjects that are rows of the same sources are read and shown, all rows answering.

    `rows`: the place and the category of the shown rows, for each category of the plan. `codes`:
    for each unit that is followed, the place of its code. `places`: which key gives each single
    value, `sources`: whose row each key is.
    """

    reads: tuple[RouteRead, ...]
    rows: tuple[tuple[int, CategoryCode] | None, ...]
    codes: Mapping[IndicatorName, int | None]
    places: Mapping[IndicatorName, int | None]
    sources: tuple[SourceName, ...]
    _shape: Shape | None = None
    lone: Any = None  # Any: how one subject alone is read, once that was worked out

    def shape(self, plan: SubjectPlan) -> Shape:
        """How a subject is shown out of the values of its rows."""
        if self._shape is None:
            self._shape = plan.shape_of(self.places)
        return self._shape


class Facts(NamedTuple):
    """What a subject's shape takes; `codes` are the keys of followed units.

    `values` are mappings of canonical values or, where the shape is made for them, stored rows.
    """

    shape: Shape
    values: Sequence[Any]  # Any: of either kind, or None
    rows: Sequence[Any]  # Any: rows of either kind, or None
    codes: Mapping[IndicatorName, LocalKey | None]
    gathered: Gathered | None


class Alike(NamedTuple):
    """The subjects of a batch that share a route, and the sources at each place of their keys."""

    route: Route
    rows: Rows

    @property
    def at(self) -> Sequence[int] | None:
        """Their places in the batch; None: they are all."""
        return self.rows.at

    @property
    def subjects(self) -> Sequence[Subject]:
        """Each of them."""
        return self.rows.subjects

    def texts(self, place: int) -> Sequence[str]:
        """The keys of each at one place."""
        return self.rows.texts(place)


def groups_of(reads: Reads, kind: EntityKind, batches: Sequence[Batch]) -> list[list[Alike]] | None:
    """The subjects of each batch, route by route; None where one of them must be stitched."""
    coverage = reads.sources.coverage(kind)
    groups: list[list[Alike]] = []
    for batch in batches:
        if batch.plan.is_gathered:
            return None
        own: list[Alike] = []
        known = batch.plan.routes
        for rows in rows_alike(batch.subjects):
            shape = rows.sources
            route = known[shape] if shape in known else _route(batch.plan, rows, coverage)
            if route is None:
                return None
            own.append(Alike(route, rows))
        groups.append(own)
    return groups


def routes_in(batch: Batch, groups: Sequence[Alike]) -> Sequence[Route]:
    """The route of each subject of a batch."""
    routes: dict[int, Route] = {}
    every = range(len(batch.subjects))
    for alike in groups:
        routes.update(dict.fromkeys(every if alike.at is None else alike.at, alike.route))
    return [routes[i] for i in every]


def is_partly_known(reads: Reads, kind: EntityKind, batches: Sequence[Batch]) -> bool:
    """Whether something of a subject was read before, or was not there."""
    if reads.is_new and not reads.absent:
        return False
    keys = ((kind, key) for batch in batches for subject in batch.subjects for key in subject.keys)
    return any(key in reads.known or key in reads.absent for key in keys)


def _route(plan: SubjectPlan, rows: Rows, coverage: Coverage) -> Route | None:
    """The route of subjects like these; worked out once a plan."""
    if len(plan.routes) >= MOST_ROUTES:
        plan.routes.clear()
    route = plan.routes[rows.sources] = make_route(plan, rows.subject(0), coverage)
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
    sources = tuple(key.source for key in subject.keys)
    return Route(reads, tuple(rows), followed, places, sources)


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
