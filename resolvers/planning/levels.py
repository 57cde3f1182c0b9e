"""Runs the levels of a plan: all subjects of a level together, then what hangs below them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graphql import FieldNode, GraphQLError
from graphql.error import located_error
from graphql.execution.values import VariableValues

from domain.catalogue.indicators import Indicator
from domain.identity.stitching import Gathered
from domain.model.access import RowClass
from domain.model.alike import placed, row_classes, rows_alike
from domain.model.errors import BadInputError
from domain.model.keys import EntityKind, LocalKey
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.planning.facts import read_level
from resolvers.planning.reasons import AnomalyError, Reason
from resolvers.planning.routes import Batch
from resolvers.planning.steps import (
    ListPlan,
    LoadedStep,
    PoolPlan,
    PoolsStep,
    Shaped,
    ShownStep,
    SubjectPlan,
    UnitStep,
)
from resolvers.planning.told import Told
from resolvers.pool_rows import PoolUnits, units_of_pools
from resolvers.pools import Pool, PoolAsk, gather_pools
from resolvers.units import follow_units
from resolvers.wanted import Wanted

Path = tuple[str | int, ...]
Extras = list[list[Shaped]]
"""For each subject of a batch, what each step of its plan gave; empty where it has none."""
_INSIDE: Final = frozenset({RowClass.HOME})
_UNREAD: Final = "unread"
"""The mark of the shape that looks at no row."""


class Asked(NamedTuple):
    """One connection that is asked for: of a unit, or of the root; `path` as in Batch."""

    plan: ListPlan
    owner: Subject | None
    path: Path | None


ShowLists = Callable[["Run", Sequence[Asked]], Awaitable[list[Shaped]]]
"""What each connection looks like; None where an error blanks it."""


class PoolBatch(NamedTuple):
    """Pools that one selection shows; `path` as in Batch."""

    plan: PoolPlan
    pools: Sequence[Pool]


@dataclass(slots=True)
class Run:
    """One execution of a plan; `is_alone`: of one field, beside which nothing is asked for."""

    context: RequestContext
    variables: VariableValues
    repeated: frozenset[EntityKind]
    show_lists: ShowLists
    is_alone: bool = False
    errors: list[GraphQLError] = field(default_factory=list)
    units: dict[LocalKey, Subject | None] = field(default_factory=dict)

    def wanted(self, plan: SubjectPlan) -> Wanted:
        """What a selection wants under the variables of this request."""
        return plan.wanted if plan.varying is None else plan.varying(self.variables)

    def listed(self, plan: ListPlan) -> Wanted:
        """What all selections of the nodes of a connection want."""
        return plan.wanted if plan.varying is None else plan.varying(self.variables)

    def batch(
        self, plan: SubjectPlan, subjects: Sequence[Subject], path: Path | None = None
    ) -> Batch:
        """Subjects to be shown by a selection."""
        return Batch(plan, subjects, self.wanted(plan), path)

    def note(self, error: Exception, nodes: Sequence[FieldNode], path: Path) -> None:
        """An error of a field, told as graphql-core tells it."""
        self.errors.append(located_error(error, list(nodes), list(path)))


async def show_subjects(run: Run, kind: EntityKind, batches: Sequence[Batch]) -> list[list[Shaped]]:
    """What each subject of each batch looks like; None where an error below blanks it."""
    # A plan holds the rulings on what is inside the scope: others must not meet them.
    for batch in batches:
        if not row_classes(batch.subjects) <= _INSIDE:
            raise AnomalyError(Reason.ROW_CLASS)
        run.context.reads.touches.add(batch.subjects)
    if all(batch.plan.reads_nothing for batch in batches):
        run.context.reads.ways["rows"] += 1
        return [_shown_unread(batch) for batch in batches]
    named = [_named_indicators(run, batch) for batch in batches]
    living = [batch for batch, names in zip(batches, named, strict=True) if names is not None]
    if not living:
        return [[None] * len(batch.subjects) for batch in batches]
    is_repeated = kind in run.repeated
    told = await read_level(run.context.reads, kind, living, is_repeated=is_repeated)
    shown = iter(await finish_level(run, living, told, [n for n in named if n is not None]))
    return [
        [None] * len(batch.subjects) if names is None else next(shown)
        for batch, names in zip(batches, named, strict=True)
    ]


def _shown_unread(batch: Batch) -> list[Shaped]:
    """What each subject looks like whose rows are not looked at."""
    routes = batch.plan.routes
    shape = routes.get(_UNREAD) or routes.setdefault(_UNREAD, batch.plan.rows_of({}))
    parts = [(own.at, shape(own, (), (), {})) for own in rows_alike(batch.subjects)]
    return placed(len(batch.subjects), parts)


async def finish_level(
    run: Run, batches: Sequence[Batch], told: Sequence[Told], named: Sequence["Named"] = ()
) -> list[list[Shaped]]:
    """What each subject looks like, with what hangs below it; `named` for each gathered batch."""
    extras = await _extras(run, batches, told, named)
    parts = zip(batches, told, extras, strict=True)
    return [_shapes(batch, own, below) for batch, own, below in parts]


def _shapes(batch: Batch, told: Told, extras: Extras) -> list[Shaped]:
    """The subjects of a batch; None for one whose connection an error has blanked."""
    shown = told.shown(batch.subjects, extras)
    steps = batch.plan.steps
    required = [j for j, step in enumerate(steps) if isinstance(step, ListPlan)] if steps else None
    if not required:
        return shown
    return [
        None if any(extra[j] is None for j in required) else one
        for one, extra in zip(shown, extras, strict=True)
    ]


Named = Mapping[int, Sequence[Indicator]]
"""The indicators that steps name in their arguments, by the place of the step."""
_NONE_NAMED: Named = {}


def _named_indicators(run: Run, batch: Batch) -> Named | None:
    """What the arguments of steps name; None where they name what is not there: noted once."""
    if not batch.plan.is_gathered:
        return _NONE_NAMED
    named: dict[int, Sequence[Indicator]] = {}
    for place, step in enumerate(batch.plan.steps):
        if not isinstance(step, ShownStep) or step.indicators is None:
            continue
        try:
            named[place] = step.indicators(run.variables)
        except BadInputError as error:
            if not batch.subjects:
                return _NONE_NAMED
            if batch.path is None:
                raise AnomalyError(Reason.ERROR_IN_LIST) from error
            run.note(error, step.nodes, (*batch.path, step.key))
            return None
    return named


async def _extras(
    run: Run, batches: Sequence[Batch], told: Sequence[Told], named: Sequence[Named]
) -> list[Extras]:
    """What hangs below each subject, step by step; all steps at the same time."""
    extras: list[Extras] = [
        [[None] * len(batch.plan.steps) for _ in range(len(batch.subjects))]
        if batch.plan.steps
        else []
        for batch in batches
    ]
    if not any(batch.plan.steps for batch in batches):
        return extras
    work: list[Coroutine[Any, Any, None]] = []
    places = _places(batches)
    if units := places.get(UnitStep):
        work.append(_follow_units(run, batches, told, units, extras))
    if pools := places.get(PoolsStep):
        work.append(_add_pools(run, batches, pools, extras))
    if loaded := places.get(LoadedStep):
        work.append(_add_loaded(run, batches, loaded, extras))
    if lists := places.get(ListPlan):
        work.append(_add_lists(run, batches, lists, extras))
    await _together(work)
    for i, batch in enumerate(batches):
        for j, step in enumerate(batch.plan.steps):
            if isinstance(step, ShownStep):
                for own, extra in zip(told[i].gathered(), extras[i], strict=True):
                    extra[j] = _shown(run, step, own, named[i].get(j, ()))
    return extras


async def _together(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    if len(work) == 1:
        await work[0]
    elif work:
        await asyncio.gather(*work)


Places = list[tuple[int, int]]
"""Batches and steps, by their places."""


def _places(batches: Sequence[Batch]) -> Mapping[type, Places]:
    """Where the steps of each kind stand."""
    found: dict[type, Places] = {}
    for i, batch in enumerate(batches):
        for j, step in enumerate(batch.plan.steps):
            found.setdefault(step.__class__, []).append((i, j))
    return found


def _shown(
    run: Run, step: ShownStep, gathered: Gathered | None, named: Sequence[Indicator]
) -> Shaped:
    if gathered is None:
        raise TypeError("a level with records or provenance is gathered")
    return step.shape(step.compute(run.context, gathered, named))


async def _follow_units(
    run: Run,
    batches: Sequence[Batch],
    told: Sequence[Told],
    places: Places,
    extras: list[Extras],
) -> None:
    """Units by the codes that were read: one statement for all codes, one level for all units."""
    steps = [
        (i, j, step) for i, j in places if isinstance(step := batches[i].plan.steps[j], UnitStep)
    ]
    codes = [told[i].codes(step.indicator) for i, _, step in steps]
    keys = dict.fromkeys(key for own in codes for key in own if key is not None)
    found = await _units_of(run, keys)
    below = []
    for (i, _, step), own in zip(steps, codes, strict=True):
        owners = [None if key is None else found[key] for key in own]
        path = batches[i].path
        below.append((step.below, owners, None if path is None else (*path, step.key)))
    for (i, j, _), shown in zip(steps, await show_owned(run, below), strict=True):
        for extra, unit in zip(extras[i], shown, strict=True):
            extra[j] = unit


async def _units_of(run: Run, keys: Iterable[LocalKey]) -> Mapping[LocalKey, Subject | None]:
    """The units of these codes; each code is asked for once a request."""
    new = [key for key in keys if key not in run.units]
    if new:
        units = await follow_units(run.context, new)
        run.units.update(zip(new, units, strict=True))
    return run.units


Owned = tuple[SubjectPlan, Sequence[Subject | None] | PoolUnits, Path | None]
"""A plan of units, the unit of each owner, and where the only owner's stands."""


async def show_owned(run: Run, owned: Sequence[Owned]) -> list[list[Shaped]]:
    """Units in the order of their owners, None where an owner has none; each unit shown once."""
    batches, places = [], []
    for plan, units, path in owned:
        subjects, at = _each_once(units)
        batches.append(run.batch(plan, subjects, path))
        places.append(at)
    if not any(batch.subjects for batch in batches):
        return [[None] * len(at) for at in places]
    shown = await show_subjects(run, EntityKind.UNIT, batches)
    return [_of_each(own, at) for own, at in zip(shown, places, strict=True)]


def _of_each(shown: Sequence[Shaped], at: Sequence[int | None]) -> list[Shaped]:
    """What each owner's unit looks like."""
    try:
        return list(map(shown.__getitem__, at))  # type: ignore[arg-type] # mostly none is None
    except TypeError:
        return [None if i is None else shown[i] for i in at]


def _each_once(
    units: Sequence[Subject | None] | PoolUnits,
) -> tuple[Sequence[Subject], Sequence[int | None]]:
    """The different units, and which of them is each owner's."""
    if isinstance(units, PoolUnits):
        return units.subjects, units.at
    index: dict[str, int] = {}
    subjects: list[Subject] = []
    for unit in units:
        if unit is not None and unit.id not in index:
            index[unit.id] = len(subjects)
            subjects.append(unit)
    return subjects, [None if unit is None else index[unit.id] for unit in units]


async def _add_loaded(
    run: Run, batches: Sequence[Batch], places: Places, extras: list[Extras]
) -> None:
    """What the request's loaders find for all subjects of the level at once."""
    work, targets = [], []
    for i, j in places:
        step = batches[i].plan.steps[j]
        if isinstance(step, LoadedStep):
            work += [step.load(run.context, subject) for subject in batches[i].subjects]
            targets += [(step, extra, j) for extra in extras[i]]
    for (step, extra, j), found in zip(targets, await asyncio.gather(*work), strict=True):
        extra[j] = step.shape(found)


async def _add_lists(
    run: Run, batches: Sequence[Batch], places: Places, extras: list[Extras]
) -> None:
    """The connections of all units of the level."""
    asked: list[Asked] = []
    targets: list[tuple[list[Shaped], int]] = []
    for i, j in places:
        step, path = batches[i].plan.steps[j], batches[i].path
        if isinstance(step, ListPlan):
            own = None if path is None else (*path, step.key)
            asked += [Asked(step, subject, own) for subject in batches[i].subjects]
            targets += [(extra, j) for extra in extras[i]]
    for (extra, j), shown in zip(targets, await run.show_lists(run, asked), strict=True):
        extra[j] = shown


async def _add_pools(
    run: Run, batches: Sequence[Batch], places: Places, extras: list[Extras]
) -> None:
    """The pools of all units of the level, and what hangs below them."""
    asks: list[PoolAsk] = []
    context, owners = run.context, []
    for i, j in places:
        step = batches[i].plan.steps[j]
        if isinstance(step, PoolsStep):
            for subject, extra in zip(batches[i].subjects, extras[i], strict=True):
                asks.append(PoolAsk(subject, step.below.wanted, context.today, context.now))
                owners.append((step.below, extra, j))
    found = await gather_pools(context.reads, asks)
    below = [
        PoolBatch(plan, pools or ()) for (plan, _, _), pools in zip(owners, found, strict=True)
    ]
    shown = await show_pools(run, below)
    for (_, extra, j), pools, own in zip(owners, found, shown, strict=True):
        extra[j] = None if pools is None else own


async def show_pools(run: Run, batches: Sequence[PoolBatch]) -> list[list[Shaped]]:
    """What each pool of each batch looks like."""
    owned: list[Owned] = [
        (plan, units_of_pools(batch.pools) or [pool.unit for pool in batch.pools], None)
        for batch in batches
        for plan in batch.plan.units
    ]
    units = iter(await show_owned(run, owned)) if owned else iter(())
    shown: list[list[Shaped]] = []
    for batch in batches:
        own = [next(units) for _ in batch.plan.units]
        shown.append(batch.plan.shape(batch.pools, own))
    return shown
