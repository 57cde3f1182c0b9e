"""Runs a whole plan: finds what the root fields name, shows it, and puts the answer together."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, NamedTuple

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from domain.catalogue.handles import ID_NUMBER, UNIT_CODE
from domain.model.errors import BadInputError, FourfoldError, PlatformError
from domain.model.global_ids import POOL, UNIT
from domain.model.keys import EntityKind
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.entities import check_number as check_representations
from resolvers.entities import read_representation
from resolvers.nodes import check_number, decoded_id, find_pool
from resolvers.people import find_by_id, find_person
from resolvers.planning.levels import Asked, Path, PoolBatch, Run, show_pools, show_subjects
from resolvers.planning.lone import show_one
from resolvers.planning.metadata import Entry
from resolvers.planning.pages import show_ledger, show_lists
from resolvers.planning.reasons import AnomalyError, Reason
from resolvers.planning.routes import Batch
from resolvers.planning.steps import CityPlan, ListPlan, PoolListPlan, QueryPlan, RootPlan, Shaped
from resolvers.pools import Pool
from resolvers.units import find_unit, find_unit_by_id


class Outcome(NamedTuple):
    """The answer of a plan; `errors` are those of fields, without the sources' own."""

    data: dict[str, Shaped] | None
    errors: Sequence[GraphQLError]


class _Several(NamedTuple):
    """A field that finds many: the argument that names them, and what one of them is called."""

    argument: str
    one: str


_KINDS: Final = tuple(EntityKind)
_SEVERAL: Final = {
    Entry.NODES: _Several("ids", "id"),
    Entry.ENTITIES: _Several("representations", "representation"),
}


class _Spot(NamedTuple):
    """One place of the answer and what was found for it."""

    root: RootPlan
    path: Path
    found: Subject | Pool


async def run_plan(plan: QueryPlan, context: RequestContext, variables: VariableValues) -> Outcome:
    """The answer of an operation. Raises AnomalyError where only the stock path can tell it."""
    context.reads.shows_links = plan.columns.links
    run = Run(context, variables, plan.repeated, show_lists, is_alone=len(plan.roots) == 1)
    root = _alone(plan)
    try:
        if root is None:
            return await _run(plan, run)
        # The only field of an operation: nothing else looks for owners meanwhile.
        path, loaders = (root.key,), context.loaders
        loaders.ask_alone(is_alone=True)
        try:
            found = await _attempt(run, root, path, root.arguments(variables))
        finally:
            loaders.ask_alone(is_alone=False)
        shown: Shaped = None
        if isinstance(found, Subject):
            batch = run.batch(root.subjects[found.kind], [found], path)
            shown = await show_one(run, found.kind, batch)
        elif found is not None:
            [shown] = await _shown(run, [_Spot(root, path, found)])
    except PlatformError as error:
        raise AnomalyError(Reason.PLATFORM) from error
    except GraphQLError as error:
        raise AnomalyError(Reason.INVALID_VARIABLES) from error
    if len(plan.order) == 1:
        return Outcome({root.key: shown}, run.errors)
    values = {**plan.constants, root.key: shown}
    return Outcome({key: values[key] for key in plan.order}, run.errors)


async def _run(plan: QueryPlan, run: Run) -> Outcome:
    entries = [root for root in plan.roots if isinstance(root, RootPlan)]
    lists = [root for root in plan.roots if isinstance(root, ListPlan)]
    values: dict[str, Shaped] = dict(plan.constants)
    for root in plan.roots:
        if isinstance(root, CityPlan):
            values[root.key] = _city(root, run)
            if run.errors:  # such a field is never null: nothing else is asked
                return Outcome(None, run.errors)
    if lists:
        await _show_root_lists(run, lists, values)
        if run.errors:
            return _without_data(run, is_all=not entries)
    for ledger in (root for root in plan.roots if isinstance(root, PoolListPlan)):
        values[ledger.key] = await show_ledger(run, ledger)
        if run.errors:
            return _without_data(run, is_all=not entries)
    if entries:
        await _show_entries(run, entries, values)
    if any(values[root.key] is None for root in entries if root.entry in _SEVERAL):
        return _without_data(run)
    return Outcome({key: values[key] for key in plan.order}, run.errors)


def _alone(plan: QueryPlan) -> RootPlan | None:
    """The only root field, where it finds one subject or pool."""
    root = plan.roots[0] if len(plan.roots) == 1 else None
    return root if isinstance(root, RootPlan) and root.entry not in _SEVERAL else None


def _without_data(run: Run, *, is_all: bool = True) -> Outcome:
    """The answer where a field that is never null has failed; which of several is chance.

    Fields that were not asked yet may have errors to tell as well: then it is not `is_all`.
    """
    if len(run.errors) > 1 or not is_all:
        raise AnomalyError(Reason.NULL_DATA)
    return Outcome(None, run.errors)


async def _show_entries(run: Run, entries: Sequence[RootPlan], values: dict[str, Shaped]) -> None:
    spots = await _spots(run, entries, values)
    for spot, shown in zip(spots, await _shown(run, spots), strict=True):
        _put(values, spot.path, shown)


async def _show_root_lists(run: Run, lists: Sequence[ListPlan], values: dict[str, Shaped]) -> None:
    asked = [Asked(plan, None, (plan.key,)) for plan in lists]
    for plan, shown in zip(lists, await show_lists(run, asked), strict=True):
        values[plan.key] = shown


def _city(root: CityPlan, run: Run) -> Shaped:
    try:
        found = root.show(run.context, root.arguments(run.variables))
    except BadInputError as error:
        run.note(error, root.nodes, (root.key,))
        return None
    return root.shape(found)


def _put(values: dict[str, Shaped], path: Path, shown: Shaped) -> None:
    if len(path) == 1:
        values[str(path[0])] = shown
    else:
        values[str(path[0])][path[1]] = shown


async def _spots(run: Run, roots: Sequence[RootPlan], values: dict[str, Shaped]) -> list[_Spot]:
    """What the root fields find; `values` gets their blanks and the lists to be filled."""
    asked: list[tuple[RootPlan, Path, Mapping[str, Any]]] = []
    for root in roots:
        arguments = root.arguments(run.variables)
        values[root.key] = None
        several = _SEVERAL.get(root.entry)
        if several is None:
            asked.append((root, (root.key,), arguments))
        elif _is_bounded(run, root, arguments[several.argument]):
            named = arguments[several.argument]
            values[root.key] = [None] * len(named)
            asked += [(root, (root.key, i), {several.one: each}) for i, each in enumerate(named)]
    return await _find_all(run, asked)


def _is_bounded(run: Run, root: RootPlan, named: list[Any]) -> bool:
    try:
        if root.entry is Entry.NODES:
            check_number(named)
        else:
            check_representations(named)
    except BadInputError as error:
        run.note(error, root.nodes, (root.key,))
        return False
    return True


async def _find_all(
    run: Run, asked: Sequence[tuple[RootPlan, Path, Mapping[str, Any]]]
) -> list[_Spot]:
    if len(asked) == 1:
        loaders = run.context.loaders
        loaders.ask_alone(is_alone=True)
        try:
            found = [await _attempt(run, *asked[0])]
        finally:
            loaders.ask_alone(is_alone=False)
    else:
        found = await asyncio.gather(*(_attempt(run, *one) for one in asked))
    return [
        _Spot(root, path, each)
        for (root, path, _), each in zip(asked, found, strict=True)
        if each is not None
    ]


async def _attempt(
    run: Run, root: RootPlan, path: Path, arguments: Mapping[str, Any]
) -> Subject | Pool | None:
    """What one field or one id finds; an error of ours is noted at its place."""
    try:
        return await _find(run, root, arguments)
    except PlatformError:
        raise
    except FourfoldError as error:
        run.note(error, root.nodes, path)
        return None


def _find(
    run: Run, root: RootPlan, arguments: Mapping[str, Any]
) -> Coroutine[Any, Any, Subject | Pool | None]:
    context = run.context
    if root.entry is Entry.PERSON:
        wanted = run.wanted(root.subjects[EntityKind.PERSON])
        return find_person(context, arguments.get("id"), arguments.get(ID_NUMBER), wanted)
    if root.entry is Entry.UNIT:
        code, credit = arguments.get(UNIT_CODE), arguments.get("creditCode")
        return find_unit(context, arguments.get("id"), code, credit)
    if root.entry is Entry.ENTITIES:
        named = read_representation(arguments["representation"])
        if named.id is None:
            return find_unit(context, None, named.unit_code, None)
        decoded = named.id
    else:
        decoded = decoded_id(arguments["id"])
    if decoded.kind == POOL and root.pool is not None:
        return find_pool(context, decoded, root.pool.wanted)
    if decoded.kind == UNIT:
        return find_unit_by_id(context, decoded)
    return find_by_id(context, decoded, run.wanted(root.subjects[EntityKind.PERSON]))


async def _shown(run: Run, spots: Sequence[_Spot]) -> list[Shaped]:
    """What was found, looked at: one level for all persons, one for all units, one for pools."""
    shown: dict[int, Shaped] = {}
    work = []
    for kind in _KINDS:
        at = [i for i, spot in enumerate(spots) if _is(spot.found, kind)]
        if at:
            work.append(_show_kind(run, kind, [(i, spots[i]) for i in at], shown))
    pools = [(i, spot) for i, spot in enumerate(spots) if isinstance(spot.found, Pool)]
    if pools:
        work.append(_show_pools(run, pools, shown))
    if len(work) == 1:
        await work[0]
    else:
        await asyncio.gather(*work)
    return [shown[i] for i in range(len(spots))]


def _is(found: Subject | Pool, kind: EntityKind) -> bool:
    return isinstance(found, Subject) and found.kind is kind


async def _show_kind(
    run: Run, kind: EntityKind, spots: Sequence[tuple[int, _Spot]], shown: dict[int, Shaped]
) -> None:
    batches: list[Batch] = [
        run.batch(spot.root.subjects[kind], [spot.found], spot.path)
        for _, spot in spots
        if isinstance(spot.found, Subject)
    ]
    for (i, _), own in zip(spots, await show_subjects(run, kind, batches), strict=True):
        shown[i] = own[0]


async def _show_pools(
    run: Run, spots: Sequence[tuple[int, _Spot]], shown: dict[int, Shaped]
) -> None:
    batches = [
        PoolBatch(spot.root.pool, [spot.found])
        for _, spot in spots
        if isinstance(spot.found, Pool) and spot.root.pool is not None
    ]
    for (i, _), own in zip(spots, await show_pools(run, batches), strict=True):
        shown[i] = own[0]
