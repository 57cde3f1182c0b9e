"""The printed schema: kept in the tree, described everywhere, faithful to the contract."""

from pathlib import Path
from typing import cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    IntrospectionQuery,
    build_client_schema,
    build_schema,
    get_introspection_query,
    get_named_type,
    parse,
    print_ast,
)
from graphql.language import ObjectTypeDefinitionNode

from domain.catalogue.indicators import catalogue
from schema import machinery
from schema.graph import Graph, GraphLimits, make_graph
from schema.sdl import MACHINERY

ROOT = Path(__file__).parents[2]
CONTRACT = Path(__file__).parent / "contract.graphql"
COMING = {
    "Query": {"ledger", "me"},
}
"""Fields of the contract that later parts bring."""
COMING_TYPES = (
    "Viewer",
    "EstablishmentPoolConnection",
    "EstablishmentPoolEdge",
)


@pytest.fixture(scope="module")
def served() -> Graph:
    return make_graph(GraphLimits())


@pytest.fixture(scope="module")
def sdl(served: Graph) -> str:
    return served.as_str()


@pytest.fixture(scope="module")
def graph(sdl: str) -> GraphQLSchema:
    return build_schema(sdl)


@pytest.fixture(scope="module")
def introspected(served: Graph) -> GraphQLSchema:
    """What a client sees, the machinery of federation included."""
    answer = served.execute_sync(get_introspection_query(), context_value=None)
    assert answer.data is not None
    return build_client_schema(cast(IntrospectionQuery, answer.data))


def test_the_schema_in_the_tree_is_the_one_the_program_serves(sdl: str) -> None:
    kept = (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")

    assert kept.strip() == sdl.strip(), "run `fourfold export-schema > schema/schema.graphql`"


def test_clients_see_the_printed_schema_and_the_machinery_of_federation(
    graph: GraphQLSchema, introspected: GraphQLSchema
) -> None:
    query, seen = graph.query_type, introspected.query_type
    assert query is not None
    assert seen is not None
    added = introspected.type_map.keys() - graph.type_map.keys()
    added |= seen.fields.keys() - query.fields.keys()

    assert added == MACHINERY | machinery.TYPES.keys()


def test_every_type_field_argument_and_value_is_described(introspected: GraphQLSchema) -> None:
    bare = []
    for name, kind in introspected.type_map.items():
        if name.startswith("__") or name in {"String", "Int", "Float", "Boolean", "ID"}:
            continue
        if not kind.description:
            bare.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, definition in kind.fields.items():
                if not definition.description:
                    bare.append(f"{name}.{field}")
                bare += [
                    f"{name}.{field}({a})" for a, d in definition.args.items() if not d.description
                ]
        if isinstance(kind, GraphQLEnumType):
            bare += [f"{name}.{v}" for v, d in kind.values.items() if not d.description]
    for directive in introspected.directives:
        described = [directive.description, *(a.description for a in directive.args.values())]
        bare += [f"@{directive.name}" for each in described if not each]

    assert bare == []


def test_the_graph_keeps_the_contract(graph: GraphQLSchema) -> None:
    document = parse(CONTRACT.read_text(encoding="utf-8"))
    wrong = []
    for node in document.definitions:
        if not isinstance(node, ObjectTypeDefinitionNode) or node.name.value in COMING_TYPES:
            continue
        ours = graph.type_map[node.name.value]
        assert isinstance(ours, GraphQLObjectType)
        for field in node.fields or ():
            name = field.name.value
            if name in COMING.get(node.name.value, set()):
                continue
            made = ours.fields.get(name)
            if made is None or str(made.type) != print_ast(field.type):
                wrong.append(f"{node.name.value}.{name}")
            wrong += [
                f"{node.name.value}.{name}({argument.name.value})"
                for argument in field.arguments or ()
                if made and str(made.args[argument.name.value].type) != print_ast(argument.type)
            ]

    assert wrong == []


def test_every_category_is_a_field_of_its_subject(graph: GraphQLSchema) -> None:
    for category in catalogue().categories.values():
        subject = graph.type_map[category.subject.capitalize()]
        assert isinstance(subject, GraphQLObjectType)
        assert category.type_name in str(subject.fields[category.field].type)


def test_the_category_types_have_all_218_indicators(graph: GraphQLSchema) -> None:
    found = []
    for category in catalogue().categories.values():
        for name in (category.type_name, f"{category.type_name}Row"):
            kind = graph.type_map.get(name)
            if isinstance(kind, GraphQLObjectType):
                found += [field for field in kind.fields if field in catalogue().indicators]

    assert sorted(found) == sorted(catalogue().indicators)


def test_nothing_of_a_person_or_unit_can_be_listened_to(graph: GraphQLSchema) -> None:
    """What is read of them is noted and asks for a purpose; subscriptions do neither yet."""
    assert graph.subscription_type is not None
    seen, waiting = set(), [graph.subscription_type.name]
    while waiting:
        kind = graph.type_map[waiting.pop()]
        if kind.name not in seen and isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            seen.add(kind.name)
            waiting += [get_named_type(field.type).name for field in kind.fields.values()]

    assert seen == {"Subscription", "Source"}
