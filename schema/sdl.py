"""The schema definition in print: plain for people and clients, with directives for a composer."""

from typing import Final

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    SchemaDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    build_ast_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)
from graphql.language import REMOVE

MACHINERY: Final = frozenset({"_entities", "_service", "_Any", "_Entity", "_Service"})
"""What every subgraph serves and no file lists: the composer and the gateway know it by itself."""
DIRECTIVES: Final = frozenset({"key", "shareable"})
"""The directives of federation that stand in our schema."""


def subgraph_sdl(printed: str) -> str:
    """What `_service` answers: the directives of federation, without its machinery."""
    return print_ast(_ours(printed))


def plain_sdl(printed: str) -> str:
    """What clients read: neither directives nor machinery of federation."""
    return print_schema(build_ast_schema(visit(_ours(printed), _WithoutDirectives())))


def _ours(printed: str) -> DocumentNode:
    document: DocumentNode = visit(parse(printed), _WithoutMachinery())
    return document


class _WithoutMachinery(Visitor):
    def enter(self, node: object, *_: object) -> VisitorAction:
        named = FieldDefinitionNode | TypeDefinitionNode
        return REMOVE if isinstance(node, named) and node.name.value in MACHINERY else None


class _WithoutDirectives(Visitor):
    def enter(self, node: object, *_: object) -> VisitorAction:
        if isinstance(node, SchemaDefinitionNode):
            return REMOVE  # it says only what the names of the root types say already
        return REMOVE if isinstance(node, DirectiveNode) and node.name.value in DIRECTIVES else None
