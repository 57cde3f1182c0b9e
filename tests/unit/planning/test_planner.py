"""What is planned, under which key, what is kept, and what no plan ever holds."""

import tracemalloc

import orjson
import pytest
from graphql import GraphQLError, GraphQLObjectType

from domain.catalogue import handles
from domain.model.access import OPEN, Access
from domain.model.global_ids import PERSON, UNIT, encode_id
from resolvers.planning.planner import Planner, Question
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.telling import tell_plan
from schema.graph import GraphLimits
from tests.unit.planning.both import Paths, by_plan, by_stock, make_paths
from tests.unit.planning.chance import a_city

PERSON_ID, UNIT_ID = encode_id(PERSON, "p1"), encode_id(UNIT, "n1")
NAME = f'{{ person(id: "{PERSON_ID}") {{ name }} }}'


@pytest.fixture(scope="module")
def paths() -> Paths:
    return make_paths(GraphLimits(max_tokens=10_000))


@pytest.fixture
def planner(paths: Paths) -> Planner:
    return paths.planner


def ask(text: str, **variables: object) -> Question:
    return Question(text, None, variables)


def why_not(planner: Planner, text: str, **variables: object) -> Reason:
    with pytest.raises(UnplannableError) as caught:
        planner.plan(ask(text, **variables))
    return caught.value.reason


def test_a_document_is_planned_once(planner: Planner) -> None:
    assert planner.plan(ask(NAME)).plan is planner.plan(ask(NAME)).plan


def test_values_of_arguments_are_no_part_of_the_key(planner: Planner) -> None:
    text = "query($id: ID!) { person(id: $id) { name } }"

    one, other = planner.plan(ask(text, id="a")), planner.plan(ask(text, id="b"))

    assert one.plan is other.plan
    assert one.variables.coerced != other.variables.coerced


def test_values_of_directives_are_part_of_the_key(planner: Planner) -> None:
    text = "query($with: Boolean!) { person { id name @include(if: $with) } }"

    plans = {id(planner.plan(ask(text, **{"with": w})).plan) for w in (True, False, True)}

    assert len(plans) == 2


def test_the_digest_of_the_policy_is_part_of_the_key(planner: Planner) -> None:
    other = Access("other", otherwise=OPEN.otherwise, scope=OPEN.scope)

    assert planner.plan(ask(NAME), OPEN).plan is not planner.plan(ask(NAME), other).plan


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ __schema { queryType { name } } }", Reason.INTROSPECTION),
        ('{ __type(name: "Person") { name } }', Reason.INTROSPECTION),
        ("{ nothing }", Reason.INVALID_DOCUMENT),
        ("{ person {", Reason.INVALID_DOCUMENT),
        (
            "query A { indicators { code } } query B { indicators { code } }",
            Reason.NO_ONE_OPERATION,
        ),
        ("query($id: ID!) { node(id: $id) { id } }", Reason.INVALID_VARIABLES),
    ],
)
def test_the_stock_path_is_taken_for_a_reason(planner: Planner, text: str, reason: Reason) -> None:
    assert why_not(planner, text) is reason


def test_variables_of_the_wrong_type_are_the_stock_paths(planner: Planner) -> None:
    text = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    assert why_not(planner, text, ids={"a": 1}) is Reason.INVALID_VARIABLES
    assert why_not(planner, text, ids=[None]) is Reason.INVALID_VARIABLES


def test_source_text_never_holds_what_a_client_wrote(planner: Planner) -> None:
    text = """query Evil_name { evil_root: person(id: "evil_id") {
        evil_key: name
        evil_group: basics { evil_cell: birthDate evil_code: gender { evil_c: code } }
        evil_rows: education { evil_school: school } evil_type: __typename
        evil_unit: unit { evil_pools: pools { evil_free: freeze } }
        evil_from: provenance(indicators: ["evil\\u0022\\n\\""]) { evil_used: used } } }"""

    plan = planner.plan(ask(text)).plan
    told = tell_plan(plan)

    assert len(plan.texts) > 5
    assert not [source for source in plan.texts if "evil" in source.lower()]
    assert "evil" not in told.lower()


def kept_after(documents: int) -> int:
    planner = make_paths(GraphLimits(kept_documents=10)).planner
    for number in range(documents):
        planner.plan(ask(f"{{ a{number}: indicators {{ code }} }}"))
    return planner.kept


def test_many_documents_leave_a_bounded_number_of_plans() -> None:
    assert kept_after(40) == 10


@pytest.mark.slow
@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_ten_thousand_documents_leave_a_bounded_number_of_plans_and_flat_memory() -> None:
    kept_after(200)
    tracemalloc.start()
    kept_after(1000)
    before, _ = tracemalloc.get_traced_memory()

    kept_after(10_000)

    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 2_000_000


def test_a_refused_document_is_remembered_as_such(planner: Planner) -> None:
    assert why_not(planner, "{ person { nothing } }") is Reason.INVALID_DOCUMENT
    assert why_not(planner, "{ person { nothing } }") is Reason.INVALID_DOCUMENT


def test_fragments_that_double_at_each_level_are_bounded(planner: Planner) -> None:
    doubling = " ".join(
        f"fragment F{i} on Unit {{ a: parent {{ ...F{i + 1} }} b: parent {{ ...F{i + 1} }} }}"
        for i in range(25)
    )
    text = f"{{ unit {{ ...F0 }} }} {doubling} fragment F25 on Unit {{ name }}"

    assert why_not(planner, text) is Reason.INVALID_DOCUMENT


async def test_two_hundred_aliases_of_one_field_are_one_level(paths: Paths) -> None:
    aliases = " ".join(f'a{i}: person(id: "{PERSON_ID}") {{ name }}' for i in range(200))
    question, city = ask(f"{{ {aliases} }}"), a_city(3, faults=False)

    planned = await by_plan(paths, city, question)

    assert len(orjson.loads(planned.data)) == 200
    for source in city.sources:
        assert source.calls <= 1


@pytest.mark.parametrize("other", [UNIT_ID, "forged", "", "\x00", "'; DROP TABLE person"])
async def test_ids_of_other_types_give_the_error_of_the_stock_path(
    paths: Paths, other: str
) -> None:
    question = ask("query($id: ID!) { person(id: $id) { name } }", id=other)

    planned = await by_plan(paths, a_city(1), question)

    assert planned.stock is None
    assert planned == await by_stock(paths, a_city(1), question)


def test_errors_of_the_check_never_leave_it(planner: Planner) -> None:
    with pytest.raises(UnplannableError):
        planner.plan(ask("\ud800"))
    with pytest.raises(UnplannableError):
        planner.plan(ask("{" * 3000))
    assert issubclass(UnplannableError, Exception)
    assert not issubclass(UnplannableError, GraphQLError)


@pytest.mark.parametrize(
    ("type_name", "field", "text"),
    [
        ("Person", "name", NAME),
        ("PersonBasics", handles.BIRTH_DATE, "{ person { basics { birthDate } } }"),
        ("Query", "persons", "{ persons { nodes { id } } }"),
        ("Code", "name", "{ person { basics { gender { name } } } }"),
    ],
)
def test_a_permission_that_no_plan_knows_leaves_the_field_to_the_stock_path(
    type_name: str, field: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = make_paths()
    kind = own.graph.core.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    definition = kind.fields[field].extensions["strawberry-definition"]
    monkeypatch.setattr(definition, "permission_classes", [object])

    assert why_not(own.planner, text) is Reason.PERMISSION


async def test_a_huge_page_is_refused_as_on_the_stock_path(paths: Paths) -> None:
    question = ask("{ persons(first: 100000) { nodes { id } } }")

    planned = await by_plan(paths, a_city(2), question)

    assert planned.stock is None
    assert planned == await by_stock(paths, a_city(2), question)


async def test_a_variable_inside_of_a_filter_is_the_one_of_each_request() -> None:
    paths, city = make_paths(), a_city(3, faults=False)
    text = "query($u: String) { persons(filter: { unitCode: $u }) { totalCount } }"
    everybody = await by_stock(paths, city, Question("{ persons { totalCount } }", None, None))
    question = Question(text, None, {"u": "nowhere"})
    planned, stock = await by_plan(paths, city, question), await by_stock(paths, city, question)

    assert (planned.data, planned.errors) == (stock.data, stock.errors)
    assert planned.data != everybody.data
