"""Which operation of a document runs: one must be named where there are several."""

from collections.abc import Iterator

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension

AMBIGUOUS = "请用 operationName 指明要执行的操作 (name one operation of the document)"


class NamedOperation(SchemaExtension):
    """Refuses to guess; Strawberry itself would run the first operation."""

    def on_validate(self) -> Iterator[None]:
        """Adds an error before the operation runs; the validation cache has set the others."""
        context = self.execution_context
        # Strawberry keeps the name the client gave nowhere else.
        is_named = context._provided_operation_name is not None  # noqa: SLF001
        if not is_named and not context.pre_execution_errors and self._count() > 1:
            context.pre_execution_errors = [GraphQLError(AMBIGUOUS)]
        yield

    def _count(self) -> int:
        document = self.execution_context.graphql_document
        definitions = document.definitions if document else ()
        return sum(isinstance(node, OperationDefinitionNode) for node in definitions)
