"""Documents that were checked once: their operations, and what a plan of them depends on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_variable_values,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.language import Visitor

from resolvers.planning.reasons import Reason, UnplannableError

Check = Callable[[str], DocumentNode | None]
"""A document's text to its parsed form, all limits and rules applied; None where it is refused."""


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A parsed and valid document; `switches` are the variables of its @skip and @include."""

    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: tuple[str, ...]

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


def read_document(text: str, check: Check) -> CheckedDocument:
    """The document of a text. Raises UnplannableError where it is refused."""
    document = check(text)
    if document is None:
        raise UnplannableError(Reason.INVALID_DOCUMENT)
    fragments = dict(_fragments(document))
    if any(fragment.variable_definitions for fragment in fragments.values()):
        raise UnplannableError(Reason.FRAGMENT_VARIABLES)
    looking = _Switches()
    visit(document, looking)
    return CheckedDocument(dict(_operations(document)), fragments, tuple(sorted(looking.names)))


def read_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any] | None
) -> VariableValues:
    """The coerced variables. Raises UnplannableError where they do not fit."""
    definitions = operation.variable_definitions
    if not definitions:
        return VariableValues({}, {})
    found = get_variable_values(schema, definitions, dict(given or {}))
    if isinstance(found, list):
        raise UnplannableError(Reason.INVALID_VARIABLES)
    return found


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
