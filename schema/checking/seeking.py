"""Which sensitive indicators an operation asks for: one walk, each fragment looked at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from domain.audit.fields import Sought, sensitive
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.keys import IndicatorName
from resolvers.planning.metadata import Lists, ReadsProvenance, ReadsRecords, single_indicators
from resolvers.planning.projection import DEFINITION, plan_of
from schema.checking.cost import BY_NUMBERS
from schema.checking.counts import once

LOG_FIELD: Final = "audit log"
"""The name of the metadata of a field that reads the audit log."""
FILTER: Final = "filter"
_BY_NUMBER: Final = frozenset({handles.ID_NUMBER})


class Seeking(NamedTuple):
    """What an operation asks for; `filters` are variables that are whole filters of persons.

    `is_log`: it reads the audit log itself.
    """

    sought: Sought = Sought()
    filters: frozenset[str] = frozenset()
    is_mutation: bool = False
    is_log: bool = False

    def under(self, variables: Mapping[str, object] | None) -> Sought:
        """What it asks for under these variables."""
        given = [(variables or {}).get(name) for name in self.filters]
        if any(isinstance(one, dict) and one.get(BY_NUMBERS) for one in given):
            return Sought(self.sought.shown | _BY_NUMBER, self.sought.listed)
        return self.sought


def seeking_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Seeking:
    """What one operation asks for; whatever its directives leave out counts too."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    walk = _Walk(schema, fragments)
    walk.into(operation.selection_set, schema.get_root_type(operation.operation), in_list=False)
    walk.take_defaults(operation)
    return Seeking(
        Sought(sensitive(walk.shown), sensitive(walk.listed)),
        frozenset(walk.filters),
        operation.operation is OperationType.MUTATION,
        walk.is_log,
    )


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    shown: set[IndicatorName] = field(default_factory=set)
    listed: set[IndicatorName] = field(default_factory=set)
    filters: set[str] = field(default_factory=set)
    is_log: bool = False
    _seen: set[tuple[str, bool]] = field(default_factory=set)

    def into(
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, *, in_list: bool
    ) -> None:
        for node in once(selections):
            self._node(node, parent, in_list=in_list)

    def _node(self, node: SelectionNode, parent: GraphQLNamedType | None, *, in_list: bool) -> None:
        if isinstance(node, FieldNode):
            self._field(node, parent, in_list=in_list)
        elif isinstance(node, InlineFragmentNode):
            named = node.type_condition
            kind = self.schema.type_map.get(named.name.value) if named else parent
            self.into(node.selection_set, kind, in_list=in_list)
        elif isinstance(node, FragmentSpreadNode):
            self._spread(node.name.value, in_list=in_list)

    def _spread(self, name: str, *, in_list: bool) -> None:
        fragment = self.fragments.get(name)
        if fragment is None or (name, in_list) in self._seen:
            return
        self._seen.add((name, in_list))
        kind = self.schema.type_map.get(fragment.type_condition.name.value)
        self.into(fragment.selection_set, kind, in_list=in_list)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, *, in_list: bool) -> None:
        kinds = GraphQLObjectType | GraphQLInterfaceType
        if not isinstance(parent, kinds) or node.name.value not in parent.fields:
            return
        definition = parent.fields[node.name.value]
        plan = plan_of(definition.extensions)
        into = self.listed if in_list else self.shown
        if isinstance(plan, ReadsRecords | ReadsProvenance):
            into |= _every(parent.name)
        elif plan is not None:
            into |= single_indicators(plan)
        self._arguments(node)
        self.is_log |= _is_log(definition)
        below = get_named_type(definition.type)
        self.into(node.selection_set, below, in_list=in_list or isinstance(plan, Lists))

    def _arguments(self, node: FieldNode) -> None:
        """Who is named by number, in an argument or in a filter."""
        for argument in node.arguments or ():
            name, value = argument.name.value, argument.value
            if name == handles.ID_NUMBER:
                self.shown |= _BY_NUMBER
            elif name == FILTER and isinstance(value, VariableNode):
                self.filters.add(value.name.value)
            elif name == FILTER and _names_numbers(value):
                self.shown |= _BY_NUMBER

    def take_defaults(self, operation: OperationDefinitionNode) -> None:
        """A filter may be the default of its variable; it counts where it is replaced too."""
        for one in operation.variable_definitions or ():
            if one.variable.name.value in self.filters and _names_numbers(one.default_value):
                self.shown |= _BY_NUMBER


def _names_numbers(value: ValueNode | None) -> bool:
    """Whether a filter names people by number, whatever it says of them."""
    parts = value.fields if isinstance(value, ObjectValueNode) else ()
    return any(part.name.value == BY_NUMBERS for part in parts)


def _is_log(definition: GraphQLField) -> bool:
    declared = definition.extensions.get(DEFINITION)
    return bool(getattr(declared, "metadata", {}).get(LOG_FIELD))


@cache
def _every(type_name: str) -> frozenset[IndicatorName]:
    """All sensitive indicators of a person or unit: records show whatever is mapped."""
    return sensitive(i.name for i in catalogue().of_subject(type_name.lower()))
