"""Arguments that are texts from variables: handed on as they are, the others made once."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLString,
    ObjectValueNode,
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


class _Spot(NamedTuple):
    """Where a variable stands: as an argument, or as a field of one that is an object."""

    argument: str
    field: str | None
    variable: str


def handed_on(selected: Selected) -> Arguments | None:
    """The arguments of a field; None where a variable stands deeper inside of another value."""
    spots = _spots(selected)
    made = None if spots is None else _made(selected, (spot.variable for spot in spots))
    if spots is None or made is None or any(_at(made, spot) != _PROBE for spot in spots):
        return None

    def arguments(variables: VariableValues) -> Mapping[str, Any]:
        coerced, found = variables.coerced, made.copy()
        for name, field, variable in spots:
            value = coerced.get(variable, Undefined)
            if value.__class__ is not str:
                return arguments_of(selected, variables)
            found[name] = value if field is None else {**found[name], field: value}
        return found

    return arguments


def _spots(selected: Selected) -> tuple[_Spot, ...] | None:
    """Where variables stand that are texts; None where others do, or deeper inside.

    graphql-core leaves a field of an object out where its variable is not given.
    """
    if selected.field is None:
        return None
    spots: list[_Spot] = []
    for each in selected.details[0].node.arguments or ():
        name, kind = each.name.value, get_nullable_type(selected.field.args[each.name.value].type)
        own = _of_argument(name, kind, each.value)
        if own is None:
            return None
        spots += own
    return tuple(spots)


def _of_argument(name: str, kind: object, value: ValueNode) -> list[_Spot] | None:
    if isinstance(value, VariableNode):
        return [_Spot(name, None, value.name.value)] if kind in _TEXTS else None
    if not isinstance(value, ObjectValueNode) or not isinstance(kind, GraphQLInputObjectType):
        return None if holds_variable(value) else []
    spots: list[_Spot] = []
    for each in value.fields:
        field = each.name.value
        if isinstance(each.value, VariableNode):
            if get_nullable_type(kind.fields[field].type) not in _TEXTS:
                return None
            spots.append(_Spot(name, field, each.value.name.value))
        elif holds_variable(each.value):
            return None
    return spots


def _at(made: Mapping[str, Any], spot: _Spot) -> object:
    """What stands there."""
    value = made.get(spot.argument)
    if spot.field is None:
        return value
    return value.get(spot.field) if isinstance(value, dict) else None


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


def _made(selected: Selected, variables: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """All arguments with a probe for each variable; None where they cannot be made so."""
    probes = VariableValues({}, dict.fromkeys(variables, _PROBE))
    try:
        return arguments_of(selected, probes)
    except (GraphQLError, KeyError):
        return None
