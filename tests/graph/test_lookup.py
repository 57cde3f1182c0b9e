"""One-click lookup over four live databases: answers, identity states, and what they cost."""

from importlib import resources

import pytest

from domain.catalogue import handles
from domain.catalogue.indicators import Shape, catalogue
from domain.identity.id_numbers import normalise_id_number
from tests.support.city import Client, Json, TestCity, stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOOKUP = resources.files("demo").joinpath("lookup.graphql").read_text(encoding="utf-8")
NAME = "query($n: String!) { person(idNumber: $n) { id identity name idNumber } }"
SEARCHED = {"organization": 1, "establishment": 1, "finance": 1, "hr": 1}


def numbers_of(city: TestCity, department: str) -> dict[str, str]:
    return stored(city, department, "person", handles.ID_NUMBER)


def number_of(city: TestCity, person: Json) -> str:
    return normalise_id_number(numbers_of(city, "hr")[person["keys"]["hr"]]).text


async def ids_of(client: Client, city: TestCity, count: int) -> list[str]:
    numbers = [number_of(city, person) for person in city.persons_in_all()[:count]]
    return [(await client.data(NAME, n=number))["person"]["id"] for number in numbers]


async def test_one_question_is_answered_by_all_four_departments(
    client: Client, city: TestCity
) -> None:
    number = number_of(city, city.persons_in_all()[0])

    answer = await client.ask(LOOKUP, number=number)

    assert "errors" not in answer
    person = answer["data"]["person"]
    assert person["identity"] == "LINKED"
    assert [link["department"] for link in person["links"]] == [
        "ORGANIZATION",
        "ESTABLISHMENT",
        "FINANCE",
        "HR",
    ]
    used = {entry["department"] for entry in person["provenance"] if entry["used"]}
    assert used == {"ORGANIZATION", "ESTABLISHMENT", "FINANCE", "HR"}
    assert person["unit"]["pools"]


async def test_the_lookup_costs_a_fixed_number_of_statements(
    client: Client, city: TestCity
) -> None:
    number = number_of(city, city.persons_in_all()[0])

    counts = await client.statements(LOOKUP, number=number)

    # person and unit links; one a table asked for: A01; personCard, unitRegister, pool, occupation,
    # plan; PAY_MEMBER, PAY_MONTH, the headcount; ryjbxx with its further tables joined, ryxl
    assert counts == {"platform": 2, "organization": 1, "establishment": 5, "finance": 3, "hr": 2}


async def test_a_department_whose_fields_are_not_asked_for_is_not_touched(
    client: Client, city: TestCity
) -> None:
    number = number_of(city, city.persons_in_all()[0])
    only_hr = (
        "query($n: String!) { person(idNumber: $n) { basics { personName gender { code } } } }"
    )

    assert await client.statements(only_hr, n=number) == {"platform": 1, "hr": 1}


async def test_links_alone_touch_no_department(client: Client, city: TestCity) -> None:
    number = number_of(city, city.persons_in_all()[0])
    document = "query($n: String!) { person(idNumber: $n) { id links { department level } } }"

    assert await client.statements(document, n=number) == {"platform": 1}


async def test_statements_do_not_grow_with_the_number_of_persons(
    client: Client, city: TestCity
) -> None:
    document = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Person {
        name rank { civilRank { name } } payroll { payrollStatus { code } }
        education { school } unit { name parent { name } } } } }"""
    ids = await ids_of(client, city, 20)

    one = await client.statements(document, ids=ids[:1])
    many = await client.statements(document, ids=ids)

    assert many == one
    # persons, their units, and the units above where there are any: one a level
    assert many["platform"] in {2, 3}


async def test_two_fields_of_one_level_share_their_statements(
    client: Client, city: TestCity
) -> None:
    first, second = city.persons_in_all()[:2]
    document = """query($a: String!, $b: String!) {
        a: person(idNumber: $a) { name } b: person(idNumber: $b) { basics { gender { code } } } }"""
    variables = {"a": number_of(city, first), "b": number_of(city, second)}

    assert await client.statements(document, **variables) == {"platform": 1, "hr": 1}


@pytest.mark.parametrize("spelling", ["{0}", " {0} ", "{1}", "{2}"])
async def test_every_spelling_of_a_number_finds_the_person(
    client: Client, city: TestCity, spelling: str
) -> None:
    number = number_of(city, city.persons_in_all()[0])
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    spaced = f"{number[:6]} {number[6:14]}-{number[14:].lower()}"

    answer = await client.data(NAME, n=spelling.format(number, wide, spaced))

    assert answer["person"][handles.ID_NUMBER] == number


async def test_a_person_is_found_again_by_the_id_given_out(client: Client, city: TestCity) -> None:
    number = number_of(city, city.persons_in_all()[0])
    first = (await client.data(NAME, n=number))["person"]
    document = """query($id: ID!) { person(id: $id) { id identity name idNumber }
        node(id: $id) { id ... on Person { name } } }"""

    again = await client.data(document, id=first["id"])

    assert again["person"] == first
    assert again["node"] == {"id": first["id"], "name": first["name"]}


async def test_all_category_fields_are_answered_at_once(client: Client, city: TestCity) -> None:
    number = number_of(city, city.persons_in_all()[0])
    person, unit = everything("person"), everything("unit")
    document = f"query($n: String!) {{ person(idNumber: $n) {{ {person} unit {{ {unit} }} }} }}"

    found = (await client.data(document, n=number))["person"]

    assert found["basics"][handles.PERSON_NAME]
    assert found["payroll"]["rows"][0]["period"]
    assert found["unit"]["quota"]


def everything(subject: str) -> str:
    """A selection of every field of every category of a person or unit."""
    fields = []
    for category in (c for c in catalogue().categories.values() if c.subject == subject):
        below = {i.name: " { code known }" if i.code_set else "" for i in category.indicators}
        rows = " ".join(f"{i.name}{below[i.name]}" for i in category.manys)
        extra = category.extra_key[0] if category.extra_key else ""
        ones = " ".join(f"{i.name}{below[i.name]}" for i in category.ones)
        inner = rows if category.shape is Shape.LIST else ones
        if category.shape is Shape.OBJECT_ROWS:
            inner = f"{ones} rows {{ {extra} {rows} }}"
        fields.append(f"{category.field} {{ {inner} }}")
    return " ".join(fields)


async def test_an_unlinked_person_costs_one_search_a_source(client: Client, city: TestCity) -> None:
    case = next(c for c in city.truth["identity_medium"] if c["kind"] == "id_bad_check")
    number = numbers_of(city, case["department"])[case["keys"][case["department"]]]

    answer = await client.ask(NAME, n=number)

    person = answer["data"]["person"]
    assert person["identity"] == "UNLINKED"
    assert person[handles.ID_NUMBER] == normalise_id_number(number).text
    assert answer["extensions"]["statements"] == {"platform": 1, **SEARCHED}


async def test_the_id_of_an_unlinked_person_is_stable_and_finds_it_again(
    client: Client, city: TestCity
) -> None:
    case = next(c for c in city.truth["identity_medium"] if c["kind"] == "id_bad_check")
    key = case["keys"][case["department"]]
    number = numbers_of(city, case["department"])[key]
    first = (await client.data(NAME, n=number))["person"]
    second = (await client.data(NAME, n=number))["person"]

    again = await client.data(
        "query($id: ID!) { person(id: $id) { id identity name idNumber links { source } } }",
        id=first["id"],
    )

    assert first == second
    assert again["person"] == {**first, "links": []}
    assert key not in first["id"]


async def test_two_names_under_one_number_are_a_conflict_answered_by_one_department(
    client: Client, city: TestCity
) -> None:
    case = city.truth["identity_conflict"][0]
    number = numbers_of(city, case["department"])[case["keys"][case["department"]]]
    document = """query($n: String!) { person(idNumber: $n) {
        identity name links { department level } payroll { payrollStatus { code } }
        records { department state values { indicator value } } } }"""

    person = (await client.data(document, n=number))["person"]

    assert person["identity"] == "CONFLICT"
    assert person["links"] == []
    names = {
        record["department"]: value["value"]
        for record in person["records"]
        for value in record["values"]
        if value["indicator"] == handles.PERSON_NAME
    }
    assert len(set(names.values())) > 1
    assert person["name"] in names.values()


async def test_nobody_is_found_without_an_error(client: Client) -> None:
    answer = await client.ask(NAME, n="370702190001019990")

    assert answer["data"] == {"person": None}
    assert "errors" not in answer
