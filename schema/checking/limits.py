"""The bounds of one document, and how a document over one of them is told."""

from dataclasses import dataclass

from graphql import GraphQLError, Node

from domain.model.errors import ForbiddenError, TooComplexError


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Each counts what its name says; `rows` are list items an operation may ask for.

    `kept` documents are remembered with what the check found.
    """

    depth: int = 12
    tokens: int = 2000
    aliases: int = 50
    root_fields: int = 50
    directives: int = 10
    operations: int = 10
    rows: int = 20_000
    cost: int = 250_000
    kept: int = 200


def too_many(zh: str, en: str, limit: int, node: Node | None = None) -> GraphQLError:
    """The error of a document over a bound; it says which, and repeats nothing of the document."""
    message = f"{zh}超过 {limit} (more than {limit} {en})"
    return GraphQLError(message, nodes=node, original_error=TooComplexError(message))


def introspection_refused() -> GraphQLError:
    """The error of a caller who may not look at the schema."""
    message = "此角色不可查看图的定义 (introspection is not for this role)"
    return GraphQLError(message, original_error=ForbiddenError(message))
