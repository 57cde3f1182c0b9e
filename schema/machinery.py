"""Descriptions of what the library brings for federation and leaves without: types, directives."""

from collections.abc import Mapping
from typing import Final

from graphql import GraphQLArgument, GraphQLEnumType, GraphQLEnumValue, GraphQLNamedType
from graphql import GraphQLDirective as Directive
from graphql import GraphQLSchema as CoreSchema

from schema.fields import described

TYPES: Final[Mapping[str, str]] = {
    "_FieldSet": described("字段选择（联邦）", "a selection of fields, for federation"),
    "link__Import": described("引入的规范元素", "an element of a specification that is used here"),
    "link__Purpose": described("引入规范的用途", "what a linked specification is for"),
}
VALUES: Final[Mapping[str, str]] = {
    "SECURITY": described("关系到安全", "it secures fields"),
    "EXECUTION": described("关系到执行", "it changes how fields are answered"),
}
DIRECTIVES: Final[Mapping[str, str]] = {
    "key": described("联邦：实体的键", "federation: fields by which others refer to an entity"),
    "shareable": described(
        "联邦：其他子图也可提供", "federation: other subgraphs may answer it too"
    ),
    "link": described("引入的规范", "a specification that the schema uses"),
}
ARGUMENTS: Final[Mapping[str, str]] = {
    "key(fields)": described("键的字段", "the fields of the key"),
    "key(resolvable)": described(
        "本子图可按此键取实体", "whether this subgraph finds it by the key"
    ),
    "link(url)": described("规范的标识", "which specification, and its version"),
    "link(as)": described("在此的名称", "its name here"),
    "link(for)": described("用途", "what it is for"),
    "link(import)": described("引入的元素", "which of its elements are used by their own names"),
}


def describe_machinery(schema: CoreSchema) -> None:
    """Gives each such element its description; raises KeyError for one nobody has described."""
    for name, text in TYPES.items():
        _describe_type(schema.type_map[name], text)
    for directive in schema.directives:
        if directive.description is None:
            _describe_directive(directive)


def _describe_type(named: GraphQLNamedType, text: str) -> None:
    named.description = text
    if isinstance(named, GraphQLEnumType):
        for name, value in named.values.items():
            _describe(value, VALUES[name])


def _describe_directive(directive: Directive) -> None:
    directive.description = DIRECTIVES[directive.name]
    for name, argument in directive.args.items():
        _describe(argument, ARGUMENTS[f"{directive.name}({name})"])


def _describe(element: GraphQLArgument | GraphQLEnumValue, text: str) -> None:
    element.description = text
