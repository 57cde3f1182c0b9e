"""What graphql-core says of wrong questions, without what the question said."""

import pytest
from graphql import GraphQLError, Undefined, build_schema, get_variable_values, parse, validate
from graphql.language import OperationDefinitionNode
from hypothesis import given
from hypothesis import strategies as st

from schema.wording import value_free

SECRET = "张三秘密; 13800001111"
SCHEMA = build_schema("""
    enum Department { HR FINANCE }
    input Filter { name: String! department: Department inner: Filter age: Int }
    input One @oneOf { a: String b: String }
    type Query { a(s: String, i: Int, f: Float, b: Boolean, id: ID, d: Department,
        ds: [Department!], filter: Filter, one: One): Int }
""")


def messages_of_variables(kind: str, value: object) -> list[str]:
    document = parse(f"query($v: {kind}) {{ a }}")
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    found = get_variable_values(
        SCHEMA, operation.variable_definitions or (), {"v": value}, hide_suggestions=True
    )
    return [error.message for error in found] if isinstance(found, list) else []


def messages_of(text: str) -> list[str]:
    try:
        return [e.message for e in validate(SCHEMA, parse(text), hide_suggestions=True)]
    except GraphQLError as error:
        return [error.message]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Int", SECRET),
        ("Int!", None),
        ("Float", SECRET),
        ("Boolean", SECRET),
        ("ID", {SECRET: SECRET}),
        ("String", [SECRET]),
        ("String", {"a": SECRET}),
        ("Department", SECRET),
        ("Department", 5),
        ("[Department!]", ["HR", SECRET]),
        ("Filter", SECRET),
        ("Filter", {"name": SECRET, SECRET: 1}),
        ("Filter", {"name": SECRET, "age": SECRET}),
        ("Filter", {"name": SECRET, "inner": {"department": SECRET}}),
        ("Filter", {"department": SECRET}),
        ("One", {"a": SECRET, "b": SECRET}),
        ("One", {SECRET: SECRET}),
    ],
)
def test_values_of_variables_are_not_repeated(kind: str, value: object) -> None:
    shown = [value_free(message) for message in messages_of_variables(kind, value)]

    assert shown
    assert all("$v" in message for message in shown)
    assert not any("张三" in message or "138" in message for message in shown)


@pytest.mark.parametrize(
    "text",
    [
        f'{{ a(i: "{SECRET}") }}',
        f'{{ a(f: "{SECRET}") }}',
        f'{{ a(b: "{SECRET}") }}',
        f'{{ a(d: "{SECRET}") }}',
        f'{{ a(ds: ["{SECRET}"]) }}',
        f'{{ a(id: {{ x: "{SECRET}" }}) }}',
        f'{{ a(s: ["{SECRET}"]) }}',
        f'{{ a(filter: "{SECRET}") }}',
        f'{{ a(filter: {{ age: "{SECRET}" }}) }}',
        f'{{ a(filter: {{ name: "{SECRET}", other: "{SECRET}" }}) }}',
        f'{{ a(one: {{ a: "{SECRET}", b: "{SECRET}" }}) }}',
        f'{{ "{SECRET}" }}',
        f'{{ a "{SECRET}" }}',
        f'{{ a(s: "{SECRET}" }}',
        f'"{SECRET}"',
        f'{{ a(s: "{SECRET}\\ud800") }}',
        "{ a(i: 13800001111138000011111) }",
        "{ a 13800001111 }",
        "{ a 1.3800001111 }",
        f'{{ a """{SECRET}""" }}',
        f'query($v: Int = "{SECRET}") {{ a(i: $v) }}',
    ],
)
def test_values_in_documents_are_not_repeated(text: str) -> None:
    shown = [value_free(message) for message in messages_of(text)]

    assert shown
    assert not any("张三" in message or "138" in message for message in shown), shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'."),
        ("{ a(x: 1) }", "Unknown argument 'x' on field 'Query.a'."),
        ("{", "Syntax Error: Expected Name, found <EOF>."),
        ("{ ...F }", "Unknown fragment 'F'."),
        ("query($v: Filtr) { a(filter: $v) }", "Unknown type 'Filtr'."),
        ("{ a(d: HRR) }", "Value does not exist in 'Department' enum."),
    ],
)
def test_names_of_the_document_are_told(text: str, told: str) -> None:
    assert [value_free(message) for message in messages_of(text)] == [told]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'Value cannot represent a Date: "张三-13". month must be in 1..12',
            "Value cannot represent a Date.",
        ),
        ('Value cannot represent a Decimal: "张三". Expected', "Value cannot represent a Decimal."),
    ],
)
def test_values_of_our_own_scalars_are_not_repeated(said: str, told: str) -> None:
    assert value_free(said) == told


def test_no_name_of_the_schema_is_suggested() -> None:
    [found] = validate(SCHEMA, parse("{ a(filtr: 1) }"))

    assert "'filter'" in found.message
    assert value_free(found.message) == "Unknown argument 'filtr' on field 'Query.a'."


@given(st.text(alphabet="0123456789 -X张.\"':a\n"))
def test_any_text_is_cut_and_keeps_no_id_number(text: str) -> None:
    shown = value_free(f"{text} 370702198503151232 {text}")

    assert "370702198503151232" not in shown
    assert len(shown) <= 300


@pytest.mark.parametrize("value", [Undefined, None])
def test_a_variable_that_is_missing_is_told_as_missing(value: object) -> None:
    [message] = messages_of_variables("String!", value)

    assert value_free(message) == message
    assert "non-null type 'String!'" in message


def test_a_wrong_value_under_a_required_variable_is_not_repeated() -> None:
    [message] = messages_of_variables("Int!", SECRET)

    assert value_free(message) == "Variable '$v' has invalid value."
