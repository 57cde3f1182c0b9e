"""Arguments that are texts from variables: handed on as they are, the others made once."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLString,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.language import Visitor

from resolvers.planning.selections import Selected, arguments_of

_TEXTS: Final = (GraphQLString, GraphQLID)
_PROBE: Final = "probe"
Arguments = Callable[[VariableValues], Mapping[str, Any]]


def handed_on(selected: Selected) -> Arguments | None:
    """The arguments of a field; None where a variable stands inside of another value."""
    if selected.field is None:
        return None
    given = selected.details[0].node.arguments or ()
    if any(holds_variable(each.value) for each in given if not _is_variable(each.value)):
        return None  # graphql-core leaves such a field out where its variable is not given.
    names = {
        each.name.value: each.value.name.value
        for each in given
        if isinstance(each.value, VariableNode)
    }
    kinds = (get_nullable_type(selected.field.args[name].type) for name in names)
    if not all(kind in _TEXTS for kind in kinds):
        return None
    made = _made(selected, names.values())
    if made is None or any(made.get(name) != _PROBE for name in names):
        return None
    pairs = tuple(names.items())

    def arguments(variables: VariableValues) -> Mapping[str, Any]:
        coerced, found = variables.coerced, made.copy()
        for name, variable in pairs:
            value = coerced.get(variable, Undefined)
            if value.__class__ is not str:
                return arguments_of(selected, variables)
            found[name] = value
        return found

    return arguments


class _Variables(Visitor):
    """Whether a value is or holds a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_: object) -> None:
        """A variable anywhere inside."""
        self.found = True


def holds_variable(value: ValueNode) -> bool:
    """Whether a value of a document is or holds a variable."""
    looking = _Variables()
    visit(value, looking)
    return looking.found


def _is_variable(value: ValueNode) -> bool:
    return isinstance(value, VariableNode)


def _made(selected: Selected, variables: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """All arguments with a probe for each variable; None where others stand deeper inside."""
    probes = VariableValues({}, dict.fromkeys(variables, _PROBE))
    try:
        return arguments_of(selected, probes)
    except (GraphQLError, KeyError):
        return None
