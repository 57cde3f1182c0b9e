"""What can be counted in a document in one walk; each fragment is measured once."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from schema.checking.limits import DocumentLimits, too_many

INTROSPECTION: Final = frozenset({"__schema", "__type"})
MAX_INTROSPECTION_DEPTH: Final = 24
"""The usual introspection queries nest 15 deep."""
MAX_REPEATS: Final = 100
"""Fields said again beside each other: validation compares every pair of them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Of a selection: levels of fields, levels inside of introspection, fields at its top."""

    depth: int = 0
    introspection: int = 0
    fields: int = 0

    def beside(self, other: "Shape") -> "Shape":
        """Both selections in one."""
        return Shape(
            max(self.depth, other.depth),
            max(self.introspection, other.introspection),
            self.fields + other.fields,
        )


class Shapes:
    """Measures selections of one document."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Shape] = {}

    def of(self, selections: SelectionSetNode | None) -> Shape:
        """The shape of a selection; a fragment in a circle ends where it began."""
        shape = Shape()
        for node in once(selections):
            shape = shape.beside(self._of_node(node))
        return shape

    def _of_node(self, node: SelectionNode) -> Shape:
        if isinstance(node, FieldNode):
            below = self.of(node.selection_set)
            if node.name.value in INTROSPECTION:
                return Shape(0, 1 + max(below.depth, below.introspection), 1)
            return Shape(1 + below.depth, below.introspection, 1)
        if isinstance(node, InlineFragmentNode):
            return self.of(node.selection_set)
        return self._of_fragment(node) if isinstance(node, FragmentSpreadNode) else Shape()

    def _of_fragment(self, spread: FragmentSpreadNode) -> Shape:
        name = spread.name.value
        if name not in self._measured:
            self._measured[name] = Shape()
            fragment = self._fragments.get(name)
            self._measured[name] = self.of(fragment.selection_set) if fragment else Shape()
        return self._measured[name]


def once(selections: SelectionSetNode | None) -> Iterator[SelectionNode]:
    """The selections, without the second spread of one fragment: it adds nothing to the answer."""
    seen: set[str] = set()
    for node in selections.selections if selections else ():
        name = node.name.value if isinstance(node, FragmentSpreadNode) else None
        if name is None or name not in seen:
            yield node
        if name is not None:
            seen.add(name)


def shape_errors(document: DocumentNode, limits: DocumentLimits) -> Iterator[GraphQLError]:
    """The bounds that operations break by how they nest."""
    shapes = Shapes(document)
    operations = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        yield too_many("操作数", "operations", limits.operations)
    for operation in operations:
        shape = shapes.of(operation.selection_set)
        if shape.depth > limits.depth:
            yield too_many("查询嵌套层数", "levels", limits.depth, operation)
        if shape.introspection > MAX_INTROSPECTION_DEPTH:
            yield too_many("内省嵌套层数", "levels", MAX_INTROSPECTION_DEPTH, operation)
        if shape.fields > limits.root_fields:
            yield too_many("根字段数", "root fields", limits.root_fields, operation)


def text_errors(document: DocumentNode, limits: DocumentLimits) -> Iterator[GraphQLError]:
    """The bounds that a document breaks as it is written."""
    aliases = sum(isinstance(n, FieldNode) and n.alias is not None for n in nodes_of(document))
    directives = sum(len(getattr(node, "directives", None) or ()) for node in nodes_of(document))
    if aliases > limits.aliases:
        yield too_many("别名数", "aliases", limits.aliases)
    if directives > limits.directives:
        yield too_many("指令数", "directives", limits.directives)
    if sum(map(_repeats, nodes_of(document))) > MAX_REPEATS:
        yield too_many("重复字段数", "repeated fields", MAX_REPEATS)


def _repeats(node: Node) -> int:
    """Fields of a selection that stand in it already, inline fragments taken in."""
    if isinstance(node, InlineFragmentNode):
        return 0  # Counted with the selection that it is part of.
    names = Counter(_keys(getattr(node, "selection_set", None)))
    return names.total() - len(names)


def _keys(selections: SelectionSetNode | None) -> Iterator[str]:
    waiting: list[SelectionNode] = list(selections.selections if selections else ())
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            yield (node.alias or node.name).value
        elif isinstance(node, InlineFragmentNode):
            waiting.extend(node.selection_set.selections)


def introspects(document: DocumentNode) -> bool:
    """Whether a document asks for the schema itself, as text too; `__typename` does not."""
    told = INTROSPECTION | {"_service"}
    return any(isinstance(n, FieldNode) and n.name.value in told for n in nodes_of(document))


def nodes_of(document: DocumentNode) -> Iterator[Node]:
    """Every definition, selection and variable of a document, each once, without recursion."""
    waiting: list[Node] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        yield node
        selections: SelectionSetNode | None = getattr(node, "selection_set", None)
        waiting.extend(selections.selections if selections else ())
        waiting.extend(getattr(node, "variable_definitions", None) or ())


Errors = Callable[[DocumentNode, DocumentLimits], Iterator[GraphQLError]]
COUNTED: Final[tuple[Errors, ...]] = (shape_errors, text_errors)
