"""How deep a document may nest; one linear pass, each fragment measured once."""

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

from domain.model.errors import TooComplexError


def depth_rule(limit: int) -> type[ValidationRule]:
    """A rule that refuses operations nested deeper than `limit`; introspection is not counted."""

    class DepthRule(ValidationRule):
        """Measures each operation once."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self._depths = _Depths(context.document)

        def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
            """Reports an operation that nests too deep."""
            if self._depths.of(node.selection_set) > limit:
                message = f"查询嵌套超过 {limit} 层 (nested deeper than {limit})"
                error = TooComplexError(message)
                self.report_error(GraphQLError(message, nodes=node, original_error=error))

    return DepthRule


class _Depths:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, int] = {}

    def of(self, selections: SelectionSetNode | None) -> int:
        """The number of field levels below; another rule refuses fragments in a circle."""
        return (
            max((self._of_node(node) for node in selections.selections), default=0)
            if selections
            else 0
        )

    def _of_node(self, node: SelectionNode) -> int:
        if isinstance(node, FieldNode):
            return 0 if node.name.value.startswith("__") else 1 + self.of(node.selection_set)
        if isinstance(node, InlineFragmentNode):
            return self.of(node.selection_set)
        return self._of_fragment(node) if isinstance(node, FragmentSpreadNode) else 0

    def _of_fragment(self, spread: FragmentSpreadNode) -> int:
        name = spread.name.value
        if name not in self._measured:
            self._measured[name] = 0
            fragment = self._fragments.get(name)
            self._measured[name] = self.of(fragment.selection_set) if fragment else 0
        return self._measured[name]
