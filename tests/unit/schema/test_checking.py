"""Bounds and costs of documents: counted once a fragment, whatever the document nests."""

import time

import pytest
from graphql import GraphQLError, build_schema, parse

from domain.model.errors import FourfoldError
from schema.checking.checker import Checker, find_operation
from schema.checking.cost import Cost, lookup_keys
from schema.checking.limits import DocumentLimits
from schema.checking.weights import ROW, WEIGHTS
from schema.graph import GraphLimits, make_graph

SCHEMA = build_schema("""
    type Query {
        unit: Unit units(first: Int = 20): UnitConnection nodes(ids: [ID!]!): [Unit]
        persons(first: Int = 20, filter: PersonFilter): PersonConnection
        person(id: ID, idNumber: String): Person _service: String
    }
    input PersonFilter { idNumbers: [String!] name: String }
    type UnitConnection { edges: [UnitEdge!]! nodes: [Unit!]! totalCount: Int }
    type UnitEdge { cursor: String node: Unit }
    type PersonConnection { edges: [PersonEdge!]! nodes: [Person!]! }
    type PersonEdge { cursor: String node: Person }
    type Unit { id: ID name: String parent: Unit persons(first: Int = 20): PersonConnection
        pools: [Pool!] }
    type Pool { approved: Int }
    type Person { id: ID name: String unit: Unit records: [Record!] tags: [String!] }
    type Record { state: String }
""")
LIMITS = DocumentLimits()
LOOKUPS = 'fragment G on Query { a: person(idNumber: "1") { id } }'
PAGES_IN_PAGES = """{ units(first: 100) { nodes { persons(first: 100) { nodes { unit {
    persons(first: 100) { nodes { id } } } } } } } }"""


def codes(text: str, variables: dict[str, object] | None = None) -> list[str]:
    return [code_of(error) for error in errors_of(text, variables)]


def errors_of(text: str, variables: dict[str, object] | None = None) -> list[GraphQLError]:
    checker = Checker(SCHEMA, LIMITS)
    checked = checker.check(text)
    return list(checker.errors(checked, checker.cost(checked, None, variables)))


def code_of(error: GraphQLError) -> str:
    cause = error.original_error
    return cause.code if isinstance(cause, FourfoldError) else "BAD_USER_INPUT"


def cost_of(text: str, **variables: object) -> Cost:
    checker = Checker(SCHEMA, LIMITS)
    return checker.cost(checker.check(text), None, variables)


@pytest.mark.parametrize(
    ("text", "rows", "fields"),
    [
        ("{ unit { name } }", 0, 2),
        ("{ __typename }", 0, 1),
        ("{ units(first: 10) { nodes { name } } }", 10, 1 + 10 * (ROW + 2)),
        ("{ units { totalCount edges { cursor node { name } } } }", 20, 1 + 20 * (ROW + 5)),
        ('{ nodes(ids: ["a", "b", "c"]) { name } }', 3, 1 + 3 * (ROW + 1)),
        ("{ unit { pools { approved } } }", 5, 1 + 5 + 5),
        ("{ person { records { state } } }", 0, 1 + 250 + 4),
        ("{ person { tags } }", 0, 2),
        ("{ units(first: -5) { nodes { name } } }", 0, 1),
        ("{ nothing { at { all } } }", 0, 3),
    ],
)
def test_a_page_costs_its_rows_times_its_fields(text: str, rows: int, fields: int) -> None:
    assert cost_of(text) == Cost(rows, fields)


def test_a_list_in_a_list_multiplies() -> None:
    text = "{ units(first: 100) { nodes { persons(first: 50) { nodes { name } } } } }"

    assert cost_of(text).rows == 100 + 100 * 50


def test_page_sizes_count_wherever_they_stand() -> None:
    text = "query($n: Int = 7, $ids: [ID!]!) { units(first: $n) { nodes { name } } nodes(ids: $ids)"
    text += " { name } }"

    assert cost_of(text, ids=["a"]).rows == 7 + 1
    assert cost_of(text, n=9, ids=["a", "b"]).rows == 9 + 2
    assert cost_of(text, n=None, ids="a").rows == 20 + 1
    assert cost_of(text, n="many", ids=[]).rows == 20
    assert cost_of(text, n=200.0, ids=[]).rows == 200


def test_a_default_counts_like_what_is_sent() -> None:
    text = 'query($ids: [ID!]! = ["a", "b", "c"]) { nodes(ids: $ids) { name } }'

    assert cost_of(text) == cost_of(text, ids=["a", "b", "c"]) == Cost(3, 1 + 3 * (ROW + 1))


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ('{ persons(filter: {idNumbers: ["1", "2", "3"]}) { nodes { id } } }', {}),
        (
            "query($n: [String!]) { persons(filter: {idNumbers: $n}) { nodes { id } } }",
            {"n": ["1", "2", "3"]},
        ),
        (
            "query($f: PersonFilter) { persons(filter: $f) { nodes { id } } }",
            {"f": {"idNumbers": ["1", "2", "3"]}},
        ),
        (
            """query($f: PersonFilter = {idNumbers: ["1", "2", "3"]}) {
            persons(filter: $f) { nodes { id } } }""",
            {},
        ),
    ],
)
def test_each_number_of_a_filter_is_a_lookup(text: str, variables: dict[str, object]) -> None:
    assert cost_of(text, **variables).lookups == 3


@pytest.mark.parametrize(
    "text",
    [
        '{ a: person(idNumber: "1") { id } }',
        '{ ... on Query { a: person(idNumber: "1") { id } } }',
        "{ ...F } fragment F on Query { ...G } " + LOOKUPS,
    ],
)
def test_answers_of_lookups_are_known_in_fragments_too(text: str) -> None:
    document = parse(text)

    assert lookup_keys(document, find_operation(document, None)) == ("a",)


def test_the_schema_as_text_is_introspection_too() -> None:
    checker = Checker(SCHEMA, LIMITS)

    assert checker.check("{ _service }").introspects
    assert not checker.check("{ __typename }").introspects


def test_lookups_by_number_are_counted() -> None:
    text = '{ a: person(idNumber: "1") { id } ...F b: person(id: "x") { id } }'
    fragment = ' fragment F on Query { person(idNumber: "2") { id } }'

    assert cost_of(text + fragment).lookups == 2


@pytest.mark.parametrize(
    "text",
    [
        "{ unit " + "{ parent " * 12 + "{ id }" + " }" * 12 + " }",
        "{ " + " ".join(f"a{i}: unit {{ id }}" for i in range(51)) + " }",
        "{ " + "unit { id } " * 51 + "}",
        "{ unit { name " + "@include(if: true) " * 11 + "} }",
        "query($a: Int " + "@a " * 11 + ") { unit { name } }",
        " ".join(f"query Q{i} {{ unit {{ id }} }}" for i in range(11)),
        "{ " + "unit { id } " * 1000 + "}",
        "{ units(first: 20001) { nodes { id } } }",
        "{ units(first: 99999999999999999999) { nodes { id } } }",
        "{ units(first: 150) { nodes { persons(first: 150) { nodes { id } } } } }",
        PAGES_IN_PAGES,
        "{ __schema { types " + "{ ofType " * 30 + "{ name }" + " }" * 30 + " } }",
    ],
    ids=[
        "depth",
        "aliases",
        "root fields",
        "directives",
        "directives of variables",
        "operations",
        "tokens",
        "a huge page",
        "a page beyond every number",
        "pages in pages",
        "a circle of lists",
        "introspection",
    ],
)
def test_too_much_is_too_complex(text: str) -> None:
    assert set(codes(text)) == {"TOO_COMPLEX"}


@pytest.mark.parametrize(
    "text",
    [
        "{ unit " + "{ parent " * 10 + "{ id }" + " }" * 10 + " }",
        "{ " + " ".join(f"a{i}: unit {{ id }}" for i in range(50)) + " }",
        "{ unit { name " + "@include(if: true) " * 10 + "} }",
        "{ units(first: 200) { nodes { id name parent { name } pools { approved } } } }",
    ],
)
def test_what_people_ask_is_within_all_bounds(text: str) -> None:
    assert errors_of(text) == []


def test_a_variable_page_size_over_the_bound_is_refused() -> None:
    text = "query($n: Int) { units(first: $n) { nodes { id } } }"

    assert codes(text, {"n": 50}) == []
    assert codes(text, {"n": 10**30}) == ["TOO_COMPLEX", "TOO_COMPLEX"]


def doubling(count: int, body: str) -> str:
    """Fragments each of which spreads the next one twice."""
    parts = [
        f"fragment F{i} on Unit {{ {body.replace('NEXT', f'F{i + 1}')} }}" for i in range(count)
    ]
    return f"{{ unit {{ ...F0 }} }} {' '.join(parts)} fragment F{count} on Unit {{ name }}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [("...NEXT ...NEXT", set()), ("a: parent { ...NEXT } b: parent { ...NEXT }", {"TOO_COMPLEX"})],
)
def test_doubling_fragments_are_measured_once_each(body: str, expected: set[str]) -> None:
    started = time.process_time()

    found = set(codes(doubling(25, body)))

    assert time.process_time() - started < 0.5
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "{ unit { ...A } } fragment A on Unit { ...A }",
        "{ unit { ...A } } fragment A on Unit { parent { ...B } } fragment B on Unit { ...A }",
        "{ unit { ...A } } fragment A on Unit { ...B ...B } fragment B on Unit { ...A ...A }",
    ],
)
def test_fragments_in_a_circle_end(text: str) -> None:
    assert errors_of(text) == []


def test_a_long_chain_of_fragments_is_too_complex_and_no_crash() -> None:
    chain = " ".join(f"fragment F{i} on Unit {{ ...F{i + 1} }}" for i in range(5000))
    checker = Checker(SCHEMA, DocumentLimits(tokens=100_000))
    text = f"{{ unit {{ ...F0 }} }} {chain} fragment F5000 on Unit {{ name }}"

    assert [code_of(error) for error in checker.check(text).errors] == ["TOO_COMPLEX"]


@pytest.mark.slow
def test_the_check_takes_time_in_proportion_to_the_document() -> None:
    limits = DocumentLimits(
        tokens=10**6, aliases=10**6, root_fields=10**6, cost=10**9, rows=10**9, directives=10**6
    )

    def seconds(fields: int) -> float:
        text = "{ " + " ".join(f"a{i}: unit {{ name id }}" for i in range(fields)) + " }"
        started = time.process_time()
        checker = Checker(SCHEMA, limits)
        checker.cost(checker.check(text), None, {})
        return time.process_time() - started

    seconds(500)
    small = min(seconds(500) for _ in range(3))
    large = min(seconds(4000) for _ in range(3))
    assert large < small * 8 * 4


def test_messages_name_the_bound_and_nothing_of_the_document() -> None:
    [error] = errors_of("{ secret_word " + "{ secret_word " * 12 + "{ id }" + " }" * 12 + " }")

    assert error.message == "查询嵌套层数超过 12 (more than 12 levels)"


def test_the_document_is_remembered_and_the_memory_is_bounded() -> None:
    checker = Checker(SCHEMA, DocumentLimits(kept=3))
    first = checker.check("{ unit { id } }")

    assert checker.check("{ unit { id } }") is first
    for number in range(10):
        checker.check(f"{{ unit {{ a{number}: id }} }}")
    assert checker.check("{ unit { id } }") is not first


def test_every_weighted_field_is_one_of_the_graph() -> None:
    schema = make_graph(GraphLimits()).core
    missing = [
        where
        for where in WEIGHTS
        if where.partition(".")[2]
        not in getattr(schema.type_map.get(where.partition(".")[0]), "fields", {})
    ]

    assert missing == []
