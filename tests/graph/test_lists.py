"""Lists over HTTP: what they cost, that pages fit together, and what bad questions get."""

from collections.abc import Mapping
from typing import Any

import pytest

from domain.catalogue import handles
from domain.model.departments import Department
from tests.support.city import Client, Json, TestCity, stored

EST = "establishment"
PAGE = """query($first: Int, $after: String, $filter: PersonFilter) {
  persons(filter: $filter, first: $first, after: $after) {
    drivenBy pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name idNumber
      basics { gender { code } maritalStatus { code } healthStatus { code } personStatus { code } }
      occupation { establishmentType { code } occupiedUnitCode establishmentEntryDate }
      payroll { payrollStatus { code } } }
  } }"""
COUNT = "query($filter: PersonFilter) { persons(filter: $filter, first: 0) { totalCount } }"
NESTED = """query($first: Int) { units(first: $first) { nodes { name
    children(first: 3) { totalCount nodes { name } }
    persons(first: 2) { totalCount nodes { name unit { id } } } } } }"""
TWELVE = {"platform": 1, "establishment": 1, "hr": 1, "finance": 1}

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def walk(client: Client, size: int, **filters: object) -> list[Json]:
    """Every node of a list, page by page."""
    nodes: list[Json] = []
    after: str | None = None
    while True:
        found = await client.data(PAGE, first=size, after=after, filter=filters or None)
        page = found["persons"]
        assert page["drivenBy"] == "ESTABLISHMENT"
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes


def without_fallback(statements: Mapping[str, int]) -> Json:
    """The statements but the one at most of the Organization Department.

    It is asked for what the authority lacks of some persons only.
    """
    assert statements.get("organization", 0) <= 1
    return {source: number for source, number in statements.items() if source != "organization"}


def column(city: TestCity, indicator: str, entity: str = "person") -> Mapping[str, str]:
    return stored(city, EST, entity, indicator)


@pytest.mark.parametrize("first", [1, 10, 100])
async def test_a_page_costs_the_same_whatever_its_size(client: Client, first: int) -> None:
    assert without_fallback(await client.statements(PAGE, first=first)) == TWELVE


async def test_a_child_table_a_total_and_a_unit_cost_one_more_each(client: Client) -> None:
    with_rows = PAGE.replace("payroll {", "education { school } payroll {")
    with_total = PAGE.replace("drivenBy", "drivenBy totalCount")
    units = await client.data("{ units(first: 1) { nodes { id unitCode } } }")
    unit = units["units"]["nodes"][0]

    rows = await client.statements(with_rows, first=100)
    total = await client.statements(with_total, first=100)
    by_id = await client.statements(PAGE, first=100, filter={"unitId": unit["id"]})
    by_code = await client.statements(
        PAGE, first=100, filter={handles.UNIT_CODE: unit[handles.UNIT_CODE]}
    )

    assert rows["hr"] == TWELVE["hr"] + 1
    assert without_fallback(total) == {**TWELVE, EST: 2}
    for found in (by_id, by_code):
        assert without_fallback(found) == {**TWELVE, "platform": 2}


async def test_the_unit_of_each_person_is_found_with_the_persons(client: Client) -> None:
    document = "{ persons(first: 100) { nodes { name unit { id } } } }"

    found = without_fallback(await client.statements(document))
    assert found == {"platform": 1, "establishment": 1, "hr": 1}


async def test_pages_fit_together_in_the_order_of_unit_and_key(
    client: Client, city: TestCity
) -> None:
    nodes = await walk(client, 150)
    units, numbers = column(city, handles.OCCUPIED_UNIT_CODE), column(city, handles.ID_NUMBER)
    keys = sorted({**numbers, **units}, key=lambda key: (units.get(key, "\U0010ffff"), int(key)))

    codes = [node["occupation"][handles.OCCUPIED_UNIT_CODE] for node in nodes]
    assert len(nodes) == len(keys)
    assert codes == [units.get(key) for key in keys]


@pytest.mark.parametrize(
    ("filters", "indicator", "codes"),
    [
        ({handles.ESTABLISHMENT_TYPE: ["3"]}, handles.ESTABLISHMENT_TYPE, {"3", "31", "32", "33"}),
        (
            {handles.ESTABLISHMENT_TYPE: ["1", "4"]},
            handles.ESTABLISHMENT_TYPE,
            {"1", "11", "12", "4", "41"},
        ),
    ],
)
async def test_a_parent_code_includes_its_children(
    client: Client, city: TestCity, filters: Json, indicator: str, codes: set[str]
) -> None:
    wanted = [value for value in column(city, indicator).values() if value in codes]

    found = await client.data(COUNT, filter=filters)

    assert found["persons"]["totalCount"] == len(wanted)
    assert wanted


async def test_a_division_is_that_of_the_unit(client: Client, city: TestCity) -> None:
    divisions = column(city, handles.UNIT_DIVISION, "unit")
    units = column(city, handles.OCCUPIED_UNIT_CODE)
    for code, stem in (("370700", "3707"), ("370702", "370702"), ("371000", "3710")):
        found = await client.data(COUNT, filter={"division": code})
        inside = [u for u in units.values() if divisions.get(u, "").startswith(stem)]
        assert found["persons"]["totalCount"] == len(inside)


async def test_names_and_numbers_are_found_as_a_clerk_writes_them(
    client: Client, city: TestCity
) -> None:
    person = city.persons_in_all()[0]
    number = column(city, handles.ID_NUMBER)[str(person["keys"][EST])]
    (full,) = await walk(client, 5, idNumbers=[number])

    spaced = f" {full[handles.ID_NUMBER][:6]} {full[handles.ID_NUMBER][6:]}".lower()
    again = await walk(client, 5, idNumbers=[spaced, "无此号"])
    named = await walk(client, 5, name=f"{full['name'][0]} {full['name'][1:]}")
    begun = await walk(client, 50, namePrefix=full["name"][:2])

    assert [node["id"] for node in again] == [full["id"]]
    assert full["id"] in [node["id"] for node in named]
    assert {node["name"][:2] for node in begun} == {full["name"][:2]}


async def test_nested_lists_cost_the_same_for_few_and_many_units(client: Client) -> None:
    few = without_fallback(await client.statements(NESTED, first=5))

    assert without_fallback(await client.statements(NESTED, first=40)) == few
    assert few[EST] <= 7
    assert few["platform"] == 3


async def test_units_persons_and_filters_agree(client: Client) -> None:
    document = """query($all: Boolean!) { units(first: 40) { nodes { id
        persons(first: 0, filter: {includeSubordinateUnits: $all}) { totalCount } } } }"""
    for everything in (False, True):
        found = await client.data(document, all=everything)
        for unit in found["units"]["nodes"][:4]:
            filters = {"unitId": unit["id"], "includeSubordinateUnits": everything}
            alone = await client.data(COUNT, filter=filters)
            assert unit["persons"]["totalCount"] == alone["persons"]["totalCount"]


BAD: list[tuple[str, Json]] = [
    ("{ persons(first: -1) { totalCount } }", {}),
    ("{ persons(first: 201) { totalCount } }", {}),
    ("{ units(first: 2147483647) { totalCount } }", {}),
    ("{ units(first: 99999999999) { totalCount } }", {}),
    ('{ persons(after: "x") { totalCount } }', {}),
    ('{ persons(filter: {enteredFrom: "2010-02-30"}) { totalCount } }', {}),
    ('{ persons(filter: {establishmentType: ["甲"]}) { totalCount } }', {}),
    ('{ units(filter: {parentId: "x"}) { totalCount } }', {}),
    (COUNT, {"filter": {"idNumbers": ["370702"] * 10_000}}),
    (COUNT, {"filter": {"idNumbers": ["370702"] * 201}}),
]


@pytest.mark.parametrize(("document", "variables"), BAD, ids=lambda each: str(each)[:60])
async def test_a_bad_question_is_told(client: Client, document: str, variables: Json) -> None:
    answer = await client.ask(document, **variables)

    # A page of millions is more than a document may cost: two bounds say so.
    is_too_complex = "first: 2147483647" in document or "first: 99999999999" in document
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes == {"TOO_COMPLEX" if is_too_complex else "BAD_USER_INPUT"}
    assert not any("370702" in error["message"] for error in answer["errors"])


async def test_a_cursor_of_another_list_or_filter_is_refused(client: Client) -> None:
    first = await client.data(PAGE, first=1)
    cursor = first["persons"]["pageInfo"]["endCursor"]
    units = f'{{ units(after: "{cursor}") {{ totalCount }} }}'
    forged = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")

    for document, variables in (
        (units, {}),
        (PAGE, {"after": cursor, "filter": {"name": "张三"}}),
        (PAGE, {"after": forged}),
    ):
        (error,) = (await client.ask(document, **variables))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_the_departments_of_a_list_are_those_of_the_graph(client: Client) -> None:
    found: dict[str, Any] = await client.data("{ units(first: 1) { drivenBy } }")  # Any: JSON

    assert found["units"]["drivenBy"] in Department.__members__
