"""What is computed from all that was gathered of a subject: records, and provenance."""

from collections.abc import Callable, Sequence
from typing import Any

from graphql.execution.values import VariableValues

from domain.identity.stitching import Gathered
from domain.model.keys import EntityKind
from resolvers.context import RequestContext
from resolvers.planning.selections import Selected, arguments_of
from resolvers.provenance import named_indicators
from resolvers.sight import Sight


def without_names(
    show: Callable[[RequestContext, Gathered, Sight], Sequence[object]], sight: Sight
) -> Callable[..., Sequence[object]]:
    """Records take no argument, provenance does: both are computed in one way."""
    return lambda context, gathered, _: show(context, gathered, sight)


def with_names(
    show: Callable[[RequestContext, Gathered, Sequence[Any], Sight], Sequence[object]], sight: Sight
) -> Callable[..., Sequence[object]]:
    """Provenance, which names indicators."""
    return lambda context, gathered, named: show(context, gathered, named, sight)


def named(selected: Selected, kind: EntityKind, variables: VariableValues) -> Sequence[Any]:
    """The indicators a provenance field names. Raises BadInputError for unknown ones."""
    return named_indicators(kind, arguments_of(selected, variables).get("indicators"))
