"""The arguments of a field, coerced once where they hold no variables."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from graphql import FieldNode, GraphQLError, VariableNode, visit
from graphql.execution.values import VariableValues
from graphql.language import Visitor

from resolvers.planning.handing import handed_on
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


class _Variables(Visitor):
    """Whether the arguments of one field hold a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_: object) -> None:
        """A variable anywhere inside."""
        self.found = True


def has_variables(node: FieldNode) -> bool:
    """Whether the arguments of a field hold a variable."""
    looking = _Variables()
    for argument in node.arguments or ():
        visit(argument, looking)
    return looking.found
