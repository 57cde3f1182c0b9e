"""Runs the connections of a plan: pages first, then all their nodes as one level."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.model.errors import FourfoldError, PlatformError
from domain.model.subjects import Subject
from resolvers.pages import Page
from resolvers.planning.asking import read_ledger, read_page
from resolvers.planning.levels import Asked, PoolBatch, Run, show_pools, show_subjects
from resolvers.planning.reasons import AnomalyError, Reason
from resolvers.planning.routes import Batch
from resolvers.planning.steps import ListPlan, PoolListPlan, Shaped


class PageFacts(NamedTuple):
    """A page under the name by which the graph's own fields know it."""

    page: Page[Any]  # Any: of whatever entries


async def show_lists(run: Run, asked: Sequence[Asked]) -> list[Shaped]:
    """What each connection looks like; None where an error blanks it."""
    pages = await _pages(run, asked)
    batches: list[Batch] = []
    for one, page in zip(asked, pages, strict=True):
        subjects = () if page is None else page.nodes
        wanted = run.listed(one.plan)
        batches += [Batch(below, subjects, wanted) for below in one.plan.below]
    shown = await _nodes(run, asked, batches)
    totals = await _totals(asked, pages)
    found, at = [], 0
    for one, page, total in zip(asked, pages, totals, strict=True):
        own = shown[at : at + len(one.plan.below)]
        at += len(one.plan.below)
        found.append(None if page is None else one.plan.shape(page, PageFacts(page), own, total))
    return found


async def show_ledger(run: Run, plan: PoolListPlan) -> Shaped:
    """What the ledger looks like; None where an error blanks it."""
    try:
        page = await read_ledger(run.context, plan.arguments(run.variables), plan.wanted)
    except PlatformError:
        raise
    except FourfoldError as error:
        run.note(error, plan.nodes, (plan.key,))
        return None
    shown = await show_pools(run, [PoolBatch(below, page.nodes) for below in plan.below])
    total = await page.total() if plan.is_counted else None
    return plan.shape(page, PageFacts(page), shown, total)


async def _nodes(run: Run, asked: Sequence[Asked], batches: Sequence[Batch]) -> list[list[Shaped]]:
    """The nodes of all pages, one level a kind."""
    kinds = [one.plan.kind for one in asked for _ in one.plan.below]
    shown: list[list[Shaped]] = [[] for _ in batches]
    for kind in dict.fromkeys(kinds):
        at = [i for i, own in enumerate(kinds) if own is kind and batches[i].subjects]
        if at:
            found = await show_subjects(run, kind, [batches[i] for i in at])
            for i, own in zip(at, found, strict=True):
                shown[i] = own
    return shown


async def _pages(run: Run, asked: Sequence[Asked]) -> Sequence[Page[Subject] | None]:
    """The page of each; where it is the only question of the request nothing waits for others."""
    if len(asked) > 1 or not run.is_alone or asked[0].owner is not None:
        return await asyncio.gather(*(_attempt(run, one) for one in asked))
    loaders = run.context.loaders
    loaders.ask_alone(is_alone=True)
    try:
        return [await _attempt(run, asked[0])]
    finally:
        loaders.ask_alone(is_alone=False)


async def _totals(
    asked: Sequence[Asked], pages: Sequence[Page[Subject] | None]
) -> Sequence[int | None]:
    """How many nodes each has, where that is asked."""
    pairs = list(zip(asked, pages, strict=True))
    if not any(one.plan.is_counted for one in asked):
        return [None] * len(pairs)
    return await asyncio.gather(*(_total(one.plan, page) for one, page in pairs))


async def _total(plan: ListPlan, page: Page[Subject] | None) -> int | None:
    return await page.total() if page is not None and plan.is_counted else None


async def _attempt(run: Run, asked: Asked) -> Page[Subject] | None:
    """The page; an error of ours is noted at its place where that is the only one."""
    plan = asked.plan
    arguments = plan.arguments(run.variables)
    try:
        return await read_page(
            run.context, plan.listing, asked.owner, (arguments, run.listed(plan))
        )
    except PlatformError:
        raise
    except FourfoldError as error:
        if asked.path is None:
            raise AnomalyError(Reason.ERROR_IN_LIST) from error
        run.note(error, plan.nodes, asked.path)
        return None
