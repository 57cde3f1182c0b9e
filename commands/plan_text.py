"""The plan of a document, or why there is none: what `fourfold explain --plan` prints."""

from collections.abc import Mapping
from typing import Any

from resolvers.planning.planner import Question
from resolvers.planning.reasons import UnplannableError
from resolvers.planning.telling import tell_plan
from schema.graph import GraphLimits, make_graph, make_planner


def plan_text(document: str, variables: Mapping[str, Any] | None) -> str:  # Any: JSON
    """The plan as text; nothing is read for it."""
    limits = GraphLimits()
    planner = make_planner(make_graph(limits), limits)
    try:
        found = planner.plan(Question(document, None, variables))
    except UnplannableError as error:
        field = f" ({error.what})" if error.what else ""
        return f"not planned: {error.reason}{field}; the stock path answers"
    return tell_plan(found.plan)
