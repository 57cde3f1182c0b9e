"""The plan of a document, or why there is none: what `fourfold explain --plan` prints."""

from collections.abc import Mapping
from typing import Any, Final

from domain.model.errors import BadInputError
from resolvers.planning.planner import Question
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.telling import tell_plan
from schema.graph import GraphLimits, make_graph, make_planner

_REFUSED: Final[Mapping[Reason, str]] = {
    Reason.INVALID_DOCUMENT: "the server refuses the document",
    Reason.INVALID_VARIABLES: "the server refuses the variables",
    Reason.NO_ONE_OPERATION: "name one operation of the document with --operation",
    Reason.NO_QUERY: "queries alone have a plan",
}


def plan_text(
    document: str,
    operation: str | None,
    variables: Mapping[str, Any] | None,  # Any: JSON
) -> str:
    """The plan as text; nothing is read for it. Raises BadInputError for what nobody answers."""
    limits = GraphLimits()
    planner = make_planner(make_graph(limits), limits)
    try:
        found = planner.plan(Question(document, operation, variables))
    except UnplannableError as error:
        if error.reason in _REFUSED:
            raise BadInputError(f"not planned: {error.reason}; {_REFUSED[error.reason]}") from None
        field = f" ({error.what})" if error.what else ""
        return f"not planned: {error.reason}{field}; the stock path answers"
    return tell_plan(found.plan)
