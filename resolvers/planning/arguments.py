"""The arguments of a field, coerced once where they hold no variables."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import FieldNode, GraphQLError
from graphql.execution.values import VariableValues

from resolvers.planning.handing import handed_on, holds_variable
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.selections import Selected, arguments_of


def fixed_arguments(selected: Selected) -> Callable[[VariableValues], Mapping[str, Any]]:
    """The arguments of a field, made once where they hold no variables."""
    if any(map(has_variables, selected.nodes[:1])):
        return handed_on(selected) or partial(arguments_of, selected)
    try:
        fixed = arguments_of(selected, VariableValues({}, {}))
    except GraphQLError as error:
        raise UnplannableError(Reason.INVALID_VARIABLES, selected.name) from error
    return lambda _: fixed


def has_variables(node: FieldNode) -> bool:
    """Whether the arguments of a field hold a variable."""
    return any(holds_variable(argument.value) for argument in node.arguments or ())
