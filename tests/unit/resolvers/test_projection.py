"""What a document asks for is known from its selections, before anything is read."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from graphql import FieldNode, FragmentDefinitionNode, GraphQLResolveInfo, parse
from graphql import OperationDefinitionNode as Operation
from graphql.execution.values import VariableValues, get_variable_values

from domain.catalogue.handles import (
    BIRTH_DATE,
    EDUCATION,
    FORMER_NAME,
    GROSS_PAY,
    ID_NUMBER,
    NET_PAY,
    OCCUPIED_UNIT_CODE,
    PAYROLL_STATUS,
    PERSON_NAME,
    SCHOOL,
    UNIT_NAME,
)
from domain.catalogue.indicators import catalogue
from domain.model.errors import BadInputError
from domain.model.keys import EntityKind
from resolvers.planning.projection import pools_wanted_of, wanted_of
from resolvers.pools import PoolsWanted
from resolvers.provenance import named_indicators
from resolvers.wanted import Wanted
from schema.graph import GraphLimits, make_graph

SCHEMA = make_graph(GraphLimits())._schema
EDU, PAY = (catalogue().category_of(name).code for name in (EDUCATION, GROSS_PAY))


Info = GraphQLResolveInfo[Any]  # Any: the context is not looked at


def running(text: str, variables: Mapping[str, object], *, is_plain: bool = True) -> Info:
    """What the resolver of the operation's first field is told; by Strawberry with plain values."""
    definitions = parse(text).definitions
    operation = next(d for d in definitions if isinstance(d, Operation))
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), dict(variables))
    assert isinstance(values, VariableValues)
    fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    info = SimpleNamespace(
        schema=SCHEMA,
        fragments=fragments,
        variable_values=values.coerced if is_plain else values,
        field_nodes=fields,
    )
    return cast("Info", info)


def wanted(text: str, **variables: object) -> Wanted:
    return wanted_of(running(text, variables), "Person", EntityKind.PERSON)


def in_person(selections: str) -> Wanted:
    return wanted(f'{{ person(id: "x") {{ {selections} }} }}')


def test_nothing_of_departments_is_wanted_for_ids_and_links() -> None:
    assert in_person("__typename id identity links { level }") == Wanted()


def test_short_fields_and_category_fields_want_the_same_indicator() -> None:
    assert in_person("name") == in_person("basics { personName }")
    assert in_person("name").values == {PERSON_NAME}


def test_aliases_change_nothing() -> None:
    assert in_person("a: name b: basics { c: birthDate }").values == {PERSON_NAME, BIRTH_DATE}


def test_one_field_asked_for_twice_wants_both_selections() -> None:
    found = in_person("basics { personName } basics { birthDate }")

    assert found.values == {PERSON_NAME, BIRTH_DATE}


def test_an_object_asked_for_in_two_places_wants_both_selections() -> None:
    found = wanted('{ person(id: "x") { name } person(id: "x") { basics { birthDate } } }')

    assert found.values == {PERSON_NAME, BIRTH_DATE}


@pytest.mark.parametrize(
    "text",
    [
        "{ person { ...f } } fragment f on Person { name ...g } fragment g on Person { idNumber }",
        "{ person { ... on Person { name } ... on Node { ... on Person { idNumber } } } }",
        "{ person { ... { name idNumber } } }",
        "{ person { ...f } } fragment f on Node { id ... on Person { name idNumber } }",
        "{ person { ...f ...f } } fragment f on Person { name idNumber }",
    ],
)
def test_fragments_named_inline_and_on_the_interface_are_followed(text: str) -> None:
    assert wanted(text).values == {PERSON_NAME, ID_NUMBER}


def test_a_fragment_on_another_type_is_left_out() -> None:
    found = wanted('{ node(id: "x") { ... on Person { name } ... on Unit { name creditCode } } }')

    assert found.values == {PERSON_NAME}


def test_a_fragment_inside_a_category_is_followed() -> None:
    found = wanted("{ person { basics { ...b } } } fragment b on PersonBasics { birthDate }")

    assert found.values == {BIRTH_DATE}


DIRECTED = """query($yes: Boolean!, $no: Boolean = false) { person {
    name @include(if: $yes) idNumber @skip(if: $yes)
    basics @include(if: $no) { birthDate }
    ... @skip(if: $no) { identityDocuments { formerIdNumber @skip(if: true) idNumber } }
} }"""


def test_directives_are_obeyed_with_variables_and_defaults() -> None:
    assert wanted(DIRECTED, yes=True).values == {PERSON_NAME, ID_NUMBER}
    assert wanted(DIRECTED, yes=False, no=True).values == {ID_NUMBER, BIRTH_DATE}


def test_a_fragment_skipped_once_and_spread_again_is_followed() -> None:
    text = "{ person { ...f @skip(if: true) ...f } } fragment f on Person { name }"

    assert wanted(text).values == {PERSON_NAME}


def test_a_list_category_wants_its_rows_and_only_the_named_columns() -> None:
    found = in_person("education { school }")

    assert found == Wanted(values=frozenset({SCHOOL}), rows=frozenset({EDU}))


def test_a_list_category_wants_rows_even_without_a_column() -> None:
    found = in_person("education { __typename }")

    assert found == Wanted(rows=frozenset({EDU}))


def test_the_rows_of_an_object_are_wanted_only_where_they_are_asked_for() -> None:
    object_alone = in_person("payroll { payrollStatus }")
    with_rows = in_person("payroll { payrollStatus rows { period grossPay } rows { netPay } }")

    assert object_alone == Wanted(values=frozenset({PAYROLL_STATUS}))
    assert with_rows.values == {PAYROLL_STATUS, GROSS_PAY, NET_PAY}
    assert with_rows.rows == {PAY}


def test_a_month_alone_wants_the_rows() -> None:
    found = in_person("payroll { rows { period } }")

    assert found == Wanted(rows=frozenset({PAY}))


def test_a_nested_unit_does_not_leak_into_what_is_wanted_of_the_person() -> None:
    found = in_person("unit { name basics { unitHead } records { source } parent { name } }")

    assert found == Wanted(values=frozenset({OCCUPIED_UNIT_CODE}))


def test_a_unit_is_projected_as_a_unit() -> None:
    info = running("{ unit { name records { source } } }", {})

    found = wanted_of(info, "Unit", EntityKind.UNIT)

    assert found == Wanted(values=frozenset({UNIT_NAME}), whole=True)


def test_records_want_everything() -> None:
    assert in_person("records { values { value } }") == Wanted(whole=True)


PROVENANCE = "query($i: [String!]) { person { provenance(indicators: $i) { state } } }"


def test_provenance_wants_the_indicators_of_its_variable_from_everybody() -> None:
    code = catalogue().indicators[SCHOOL].code

    found = wanted(PROVENANCE, i=[FORMER_NAME, code])

    assert found.everywhere == found.values == {FORMER_NAME, SCHOOL}
    assert found.rows == {EDU}


def test_variables_are_understood_as_graphql_core_hands_them_over_too() -> None:
    info = running(PROVENANCE, {"i": [FORMER_NAME]}, is_plain=False)

    assert wanted_of(info, "Person", EntityKind.PERSON).everywhere == {FORMER_NAME}


@pytest.mark.parametrize("variables", [{}, {"i": None}, {"i": []}])
def test_provenance_without_indicators_wants_all_of_them(variables: dict[str, object]) -> None:
    found = wanted(PROVENANCE, **variables)

    assert found.everywhere == {i.name for i in catalogue().of_subject("person")}


@pytest.mark.parametrize("name", ["nothing", UNIT_NAME])
def test_an_unknown_indicator_wants_nothing_and_is_the_fields_own_error(name: str) -> None:
    assert wanted(PROVENANCE, i=[name]) == Wanted()
    with pytest.raises(BadInputError, match=name):
        named_indicators(EntityKind.PERSON, [name])


def test_an_indicator_named_twice_is_traced_once() -> None:
    code = catalogue().indicators[SCHOOL].code

    assert [i.name for i in named_indicators(EntityKind.PERSON, [SCHOOL, code])] == [SCHOOL]


@pytest.mark.parametrize(
    ("selections", "expected"),
    [
        ("id approved locked asOf planPending unit { name }", (False, False, False)),
        ("occupied", (True, False, False)),
        ("vacant over freeze", (True, False, False)),
        ("planUnused usable", (False, True, False)),
        ("a: applicable", (True, True, False)),
        ("usableNow", (True, True, False)),
        ("... on EstablishmentPool { payrollHeadcount }", (False, False, True)),
        ("freeze @include(if: false)", (False, False, False)),
    ],
)
def test_pools_want_the_tables_that_their_numbers_rest_on(
    selections: str, expected: tuple[bool, bool, bool]
) -> None:
    info = running(f"{{ pools {{ {selections} }} }}", {})

    occupied, plans, headcount = expected
    assert pools_wanted_of(info, "EstablishmentPool") == PoolsWanted(occupied, plans, headcount)
