"""Variables that are handed on as they are: only where no other stands deeper in an argument."""

import pytest
from graphql import FieldNode, OperationDefinitionNode, build_schema, parse
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues

from resolvers.planning import handing
from resolvers.planning.arguments import fixed_arguments
from resolvers.planning.selections import Selected, arguments_of

SCHEMA = build_schema("""
    input Deep { unit: ID names: [String!] }
    type Query { list(filter: Deep, after: String, first: Int = 20): String }
""")
VALUES = {"unit": "u", "after": "a", "name": "n"}


def selected(arguments: str) -> Selected:
    declared = "$unit: ID, $after: String, $name: String!"
    document = parse(f"query({declared}) {{ list({arguments}) }}")
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    node = operation.selection_set.selections[0]
    assert isinstance(node, FieldNode)
    assert SCHEMA.query_type is not None
    return Selected("list", "list", SCHEMA.query_type.fields["list"], [FieldDetails(node, None)])


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("after: $after", {"after": "a", "first": 20}),
        ("filter: {unit: $unit}, after: $after", {"filter": {"unit": "u"}, "after": "a"}),
        ('filter: {unit: $unit}, after: "b"', {"filter": {"unit": "u"}, "after": "b"}),
        ("filter: {names: [$name]}, after: $after", {"filter": {"names": ["n"]}, "after": "a"}),
        ('filter: {names: ["x"]}, after: $after', {"filter": {"names": ["x"]}, "after": "a"}),
    ],
)
def test_a_variable_deep_in_an_argument_is_never_left_out(
    arguments: str, wanted: dict[str, object]
) -> None:
    found = fixed_arguments(selected(arguments))(VariableValues({}, VALUES))

    assert found == {"first": 20, **wanted}


@pytest.mark.parametrize("given", [{}, {"unit": None}, {"unit": "u"}, {"unit": 7}])
def test_a_variable_in_an_object_is_as_graphql_core_tells_it(given: dict[str, object]) -> None:
    variables = VariableValues({}, {"after": "a", **given})
    asked = selected('filter: {unit: $unit, names: ["x"]}, after: $after')

    assert fixed_arguments(asked)(variables) == arguments_of(asked, variables)


def test_texts_in_an_object_are_handed_on_without_graphql_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = fixed_arguments(selected("filter: {unit: $unit}, after: $after"))
    monkeypatch.setattr(handing, "arguments_of", None)

    first, again = (found(VariableValues({}, {"after": "a", "unit": u})) for u in ("u", "v"))

    assert first == {"first": 20, "filter": {"unit": "u"}, "after": "a"}
    assert again == {**first, "filter": {"unit": "v"}}
