"""What an operation selects, collected by graphql-core itself when the plan is made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

from resolvers.planning.metadata import Plan
from resolvers.planning.projection import DEFINITION, Document, plan_of
from resolvers.planning.reasons import Reason, UnplannableError

TYPE_NAME: Final = "__typename"
MOST_FIELDS: Final = 20_000
"""Fields of one plan: bounds what limits of documents might let through."""


class Selected(NamedTuple):
    """One entry of an answer: its key, the field, and every place that asks for it."""

    key: str
    name: str
    field: GraphQLField | None
    details: list[FieldDetails]

    @property
    def nodes(self) -> list[FieldNode]:
        """The places in the document."""
        return [detail.node for detail in self.details]

    @property
    def plan(self) -> Plan | None:
        """What the field reads and shows; None for a plain one."""
        return plan_of(self.field.extensions) if self.field else None

    @property
    def definition(self) -> Any:  # noqa: ANN401 - the schema room's own record of the field
        """How the schema room declares the field."""
        return self.field.extensions.get(DEFINITION) if self.field else None


@dataclass(slots=True)
class Selections:
    """The selections of one operation under given values of the directives' variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    operation: OperationDefinitionNode
    variables: VariableValues
    _left: int = field(default=MOST_FIELDS)

    @property
    def document(self) -> Document:
        """The same for the projection."""
        return Document(self.schema, dict(self.fragments), self.variables)

    def root(self, root: GraphQLObjectType) -> list[Selected]:
        """What is asked of the root."""
        found = collect_fields(self.schema, self._details(), self.variables, root, self.operation)
        return list(self._selected(root, found))

    def below(self, selected: Selected, type_: GraphQLObjectType) -> list[Selected]:
        """What is asked below a field whose object is of this type."""
        found = collect_subfields(
            self.schema,
            self._details(),
            self.variables,
            self.operation,
            type_,
            selected.details,
        )
        return list(self._selected(type_, found))

    def type_named(self, name: str) -> GraphQLObjectType:
        """An object type of the schema."""
        found = self.schema.type_map[name]
        if not isinstance(found, GraphQLObjectType):
            raise TypeError(f"{name} is no object type")
        return found

    def _details(self) -> dict[str, FragmentDetails]:
        return {name: FragmentDetails(node) for name, node in self.fragments.items()}

    def _selected(self, type_: GraphQLObjectType, found: CollectedFields) -> Iterator[Selected]:
        if found.new_defer_usages:
            raise UnplannableError(Reason.INCREMENTAL)
        for key, details in found.grouped_field_set.items():
            self._left -= 1
            if self._left < 0:
                raise UnplannableError(Reason.TOO_LARGE)
            yield self._one(type_, key, details)

    def _one(self, type_: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Selected:
        node = details[0].node
        name = node.name.value
        if name == TYPE_NAME:
            return Selected(key, name, None, details)
        definition = type_.fields.get(name)
        if definition is None:
            raise UnplannableError(Reason.INTROSPECTION, name)
        directives = (each for detail in details for each in detail.node.directives or ())
        if any(each.name.value == "stream" for each in directives):
            raise UnplannableError(Reason.INCREMENTAL, name)
        return Selected(key, name, definition, details)


def arguments_of(selected: Selected, variables: VariableValues) -> dict[str, Any]:
    """The arguments of a field under these variables. Raises GraphQLError."""
    if selected.field is None:
        return {}
    return get_argument_values(selected.field, selected.details[0].node, variables)
