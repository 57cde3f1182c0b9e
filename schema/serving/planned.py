"""The planned path of an operation: plan, run, and say when the stock path must answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from domain.model.access import Access, Redaction, RowClass
from resolvers.context import RequestContext
from resolvers.planning.columns import Column, redactions
from resolvers.planning.planner import Planned, Planner, Question
from resolvers.planning.reasons import AnomalyError, Reason, UnplannableError
from resolvers.planning.running import Outcome, run_plan

_log = structlog.get_logger("graph")


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock path answers, and why; `what` names a field of the schema."""

    reason: Reason
    what: str = ""


def stock_redactions(
    planner: Planner, question: Question, context: RequestContext
) -> tuple[Redaction, ...]:
    """What is redacted in an answer of the stock path, for the classes of rows that it showed."""
    if context.access.shows_all:
        return ()
    columns = _columns(planner, question)
    rows = context.rows_shown or {RowClass.HOME}
    found = {each for kind in rows for each in redactions(columns, context.access, kind)}
    return tuple(sorted(found))


def _columns(planner: Planner, question: Question) -> Sequence[Column]:
    """What is shown; nothing of a document that does not pass its checks."""
    try:
        return planner.columns(question)
    except UnplannableError:
        return ()


def _redactions(planned: Planned, access: Access) -> tuple[Redaction, ...]:
    plan = planned.plan
    if access.shows_all or not plan.columns.varying:
        return plan.redacted
    return redactions(plan.columns.under(planned.variables), access)


async def answer(planner: Planner, question: Question, context: RequestContext) -> Outcome | Stock:
    """The answer of a plan, counted; or why the stock path is to answer, counted too.

    The stock path goes on with the same context: what was read is not read again.
    """
    counts = planner.counts
    try:
        planned = planner.plan(question, context.access)
        context.redactions = _redactions(planned, context.access)
        outcome = await run_plan(planned.plan, context, planned.variables)
    except UnplannableError as error:
        counts.stock[error.reason] += 1
        return Stock(error.reason, error.what)
    except AnomalyError as error:
        counts.stock[error.reason] += 1
        _log.warning("plan_left", trace=context.trace, reason=error.reason)
        return Stock(error.reason)
    counts.planned += 1
    return outcome
