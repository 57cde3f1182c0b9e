"""What an operation may cost: weights times page sizes, list in list multiplied; by type."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

from domain.catalogue import handles
from schema.checking.counts import once
from schema.checking.weights import ROW, TOLD, WEIGHTS, Told

Variables = Mapping[str, object]
SLICE: Final = "first"
KEYS: Final = ("ids", "representations")
BY_NUMBERS: Final = "idNumbers"
"""The part of a filter that names people by their ID numbers."""
ASSUMED: Final = 5
"""Items of a short list that is read whole, like education or pools."""
USUAL: Final = 20
"""Items of a page where neither the document nor the schema says how many."""
_ENOUGH: Final = 10**9
"""No page is larger for the purpose of counting: no number of a document makes sums slow."""


class Cost(NamedTuple):
    """`rows` are items of lists, `fields` weighted fields, `lookups` persons named by number."""

    rows: int = 0
    fields: int = 0
    lookups: int = 0

    def plus(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(
            min(self.rows + other.rows, _ENOUGH),
            min(self.fields + other.fields, _ENOUGH),
            min(self.lookups + other.lookups, _ENOUGH),
        )

    def times(self, size: int) -> "Cost":
        """The cost of so many."""
        return Cost(*(min(part * size, _ENOUGH) for part in self))


@dataclass(slots=True)
class Pricing:
    """Prices the operations of one document under given variables; each fragment once."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables
    priced: dict[str, Cost]
    read: set[str]

    def of(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Cost:
        """The cost of one object's selection; what validation will refuse costs its fields."""
        cost = Cost()
        for node in once(selections):
            cost = cost.plus(self._of_node(node, parent))
        return cost

    def _of_node(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Cost:
        if isinstance(node, FieldNode):
            return self._of_field(node, parent)
        if isinstance(node, InlineFragmentNode):
            named = node.type_condition
            return self.of(node.selection_set, self._type(named.name.value) if named else parent)
        return self._of_fragment(node) if isinstance(node, FragmentSpreadNode) else Cost()

    def _of_fragment(self, spread: FragmentSpreadNode) -> Cost:
        name = spread.name.value
        if name not in self.priced:
            self.priced[name] = Cost()  # A circle ends here; validation refuses it.
            fragment = self.fragments.get(name)
            if fragment is not None:
                kind = self._type(fragment.type_condition.name.value)
                self.priced[name] = self.of(fragment.selection_set, kind)
        return self.priced[name]

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Cost:
        name = node.name.value
        if name.startswith("__"):
            return Cost(fields=1)
        kinds = GraphQLObjectType | GraphQLInterfaceType
        field = parent.fields.get(name) if isinstance(parent, kinds) else None
        below = self.of(node.selection_set, get_named_type(field.type) if field else None)
        where = f"{parent.name}.{name}" if parent else name
        weight = WEIGHTS.get(where, 1)
        if (told := TOLD.get(where)) is not None:
            objects = self._told(node, told)
            return Cost(0, weight + objects * told.weight).plus(below.times(objects))
        page = self._page(node, field) if field else None
        size = _short(field, where) if page is None else page
        lookups = _lookups(node, where) + self._numbers(node)
        own = Cost(size or 0, min(weight + (page or 0) * ROW, _ENOUGH), lookups)
        return own.plus(below if size is None else below.times(size))

    def _page(self, node: FieldNode, field: GraphQLField) -> int | None:
        """How many items a page or a list of keys has; None for a field that is neither."""
        given = {argument.name.value: argument for argument in node.arguments or ()}
        if SLICE in field.args:
            return self._number(given.get(SLICE), field.args[SLICE])
        for name in KEYS:
            if name in field.args:
                return self._length(given.get(name))
        return None

    def _told(self, node: FieldNode, told: Told) -> int:
        given = {argument.name.value: argument for argument in node.arguments or ()}
        asked = given.get(told.argument)
        if asked is None or isinstance(asked.value, NullValueNode):
            return told.size
        if isinstance(asked.value, VariableNode) and self._value(asked) is None:
            return told.size
        return self._length(asked)

    def _number(self, argument: ArgumentNode | None, definition: GraphQLArgument) -> int:
        value = self._value(argument)
        if value is None:
            value = _default(definition)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON's 200.0 is an Int of GraphQL too.
        return min(max(value, 0), _ENOUGH) if isinstance(value, int) else USUAL

    def _numbers(self, node: FieldNode) -> int:
        """How many people a filter names by number: each is a lookup."""
        given = {argument.name.value: argument for argument in node.arguments or ()}
        argument = given.get("filter")
        if argument is None:
            return 0
        if not isinstance(argument.value, ObjectValueNode):
            whole = self._value(argument)
            named = whole.get(BY_NUMBERS) if isinstance(whole, dict) else None
            return len(named) if isinstance(named, list) else int(named is not None)
        parts = [part for part in argument.value.fields if part.name.value == BY_NUMBERS]
        return sum(self._length(ArgumentNode(name=p.name, value=p.value)) for p in parts)

    def _length(self, argument: ArgumentNode | None) -> int:
        node = argument.value if argument else None
        if isinstance(node, ListValueNode):
            return len(node.values)
        value = self._value(argument)
        return len(value) if isinstance(value, list) else 1

    def _value(self, argument: ArgumentNode | None) -> object:
        node: ValueNode | None = argument.value if argument else None
        if isinstance(node, VariableNode):
            self.read.add(node.name.value)
            return self.variables.get(node.name.value)
        if isinstance(node, IntValueNode):
            return int(node.value) if len(node.value) < 12 else _ENOUGH
        return None

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self.schema.type_map.get(name)


def price(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
) -> tuple[Cost, frozenset[str]]:
    """The cost of an operation, and the variables that had a part in it."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    defaults = _defaults(operation)
    pricing = Pricing(schema, fragments, {**defaults, **variables}, {}, set())
    root = schema.get_root_type(operation.operation)
    return pricing.of(operation.selection_set, root), frozenset(pricing.read)


def _defaults(operation: OperationDefinitionNode) -> Variables:
    given = ((d.variable.name.value, d.default_value) for d in operation.variable_definitions or ())
    return {name: _plain(node) for name, node in given if node is not None}


def _plain(node: ValueNode) -> object:
    """A default as it would stand in the variables, as far as sizes are read from it."""
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) < 12 else _ENOUGH
    if isinstance(node, ListValueNode):
        return list(node.values)
    if isinstance(node, ObjectValueNode):
        return {part.name.value: _plain(part.value) for part in node.fields}
    return None


def _lookups(node: FieldNode, where: str) -> int:
    is_lookup = where == "Query.person"
    return int(is_lookup and any(a.name.value == handles.ID_NUMBER for a in node.arguments or ()))


def lookup_keys(
    document: DocumentNode | None, operation: OperationDefinitionNode | None
) -> tuple[str, ...]:
    """The keys under which an operation answers its lookups by number, in fragments too."""
    fragments = {
        node.name.value: node
        for node in (document.definitions if document else ())
        if isinstance(node, FragmentDefinitionNode)
    }
    fields = _root_fields(operation.selection_set if operation else None, fragments, set())
    found = [node for node in fields if _lookups(node, f"Query.{node.name.value}")]
    return tuple(dict.fromkeys((node.alias or node.name).value for node in found))


def _root_fields(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    seen: set[str],
) -> Iterator[FieldNode]:
    for node in once(selections):
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _root_fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            fragment = fragments.get(node.name.value)
            inside = fragment.selection_set if fragment else None
            yield from _root_fields(inside, fragments, seen)


def _short(field: GraphQLField | None, where: str) -> int | None:
    """Items of a short list; None for a field that gives one, or that its parent counts."""
    is_counted = where.partition(".")[0].endswith("Connection")
    return ASSUMED if field is not None and not is_counted and _is_list(field) else None


def _is_list(field: GraphQLField) -> bool:
    inner = field.type.of_type if is_non_null_type(field.type) else field.type
    return is_list_type(inner) and is_composite_type(get_named_type(inner))


def _default(definition: GraphQLArgument) -> object:
    given = getattr(definition, "default", None)
    literal = getattr(given, "literal", None)
    if isinstance(literal, IntValueNode):
        return int(literal.value)
    return getattr(given, "value", definition.default_value)
