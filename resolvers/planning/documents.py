"""Documents that were checked once: their operations, and what a plan of them depends on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLID,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_nullable_type,
    get_variable_values,
    visit,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.language import Visitor

from resolvers.planning.reasons import Reason, UnplannableError

_TEXTS: Final = (GraphQLString, GraphQLID)
Check = Callable[[str], DocumentNode | None]
"""A document's text to its parsed form, all limits and rules applied; None where it is refused."""


class PlainTexts:
    """Variables of an operation that are all texts: given as texts, there is nothing to coerce."""

    def __init__(self, signatures: Sequence[GraphQLVariableSignature]) -> None:
        self._signatures = tuple((each.name, each) for each in signatures)

    def values(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The variables; None where one of them needs more than to be handed on."""
        sources, coerced = {}, {}
        for name, signature in self._signatures:
            value = given.get(name)
            if value.__class__ is not str:
                return None
            sources[name], coerced[name] = VariableValueSource(signature, value), value
        return VariableValues(sources, coerced)


Chosen = tuple[OperationDefinitionNode, PlainTexts | None]
"""An operation, and its variables where all of them are texts."""


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A parsed and valid document; `switches` are the variables of its @skip and @include."""

    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: tuple[str, ...]
    plain: Mapping[int, PlainTexts | None]
    """By the identity of the operation."""
    _chosen: dict[str | None, Chosen] = field(default_factory=dict)

    def chosen(self, name: str | None) -> Chosen:
        """The query to run, looked for once. Raises UnplannableError."""
        found = self._chosen.get(name)
        if found is None:
            operation = self.operation(name)
            found = self._chosen[name] = (operation, self.plain[id(operation)])
        return found

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The query to run. Raises UnplannableError."""
        if name is None and len(self.operations) != 1:
            raise UnplannableError(Reason.NO_ONE_OPERATION)
        found = next(iter(self.operations.values())) if name is None else self.operations.get(name)
        if found is None:
            raise UnplannableError(Reason.NO_ONE_OPERATION)
        if found.operation is not OperationType.QUERY:
            raise UnplannableError(Reason.NO_QUERY)
        return found


def read_document(schema: GraphQLSchema, text: str, check: Check) -> CheckedDocument:
    """The document of a text. Raises UnplannableError where it is refused."""
    document = check(text)
    if document is None:
        raise UnplannableError(Reason.INVALID_DOCUMENT)
    fragments = dict(_fragments(document))
    if any(fragment.variable_definitions for fragment in fragments.values()):
        raise UnplannableError(Reason.FRAGMENT_VARIABLES)
    looking = _Switches()
    visit(document, looking)
    operations = dict(_operations(document))
    plain = {id(each): plain_texts(schema, each) for each in operations.values()}
    return CheckedDocument(operations, fragments, tuple(sorted(looking.names)), plain)


def read_variables(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    given: Mapping[str, Any] | None,
) -> VariableValues:
    """The coerced variables. Raises UnplannableError where they do not fit."""
    definitions = operation.variable_definitions
    if not definitions:
        return VariableValues({}, {})
    found = get_variable_values(schema, definitions, dict(given or {}))
    if isinstance(found, list):
        raise UnplannableError(Reason.INVALID_VARIABLES)
    return found


def plain_texts(schema: GraphQLSchema, operation: OperationDefinitionNode) -> PlainTexts | None:
    """The variables of an operation where all of them are texts or ids."""
    definitions = operation.variable_definitions or ()
    found = [get_variable_signature(schema, definition) for definition in definitions]
    signatures = [each for each in found if not isinstance(each, GraphQLError)]
    is_plain = all(get_nullable_type(each.type) in _TEXTS for each in signatures)
    return PlainTexts(signatures) if is_plain and len(signatures) == len(found) else None


def _operations(document: DocumentNode) -> Iterator[tuple[str, OperationDefinitionNode]]:
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            yield node.name.value if node.name else "", node


def _fragments(document: DocumentNode) -> Iterator[tuple[str, FragmentDefinitionNode]]:
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode):
            yield node.name.value, node


class _Switches(Visitor):
    """Collects the variables that decide what is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """A variable of @skip or @include."""
        if node.name.value in {"skip", "include"}:
            values = (argument.value for argument in node.arguments or ())
            self.names |= {value.name.value for value in values if isinstance(value, VariableNode)}
