"""`_entities` and `_service`: our objects by the keys that other subgraphs know."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.catalogue import handles
from domain.model.global_ids import PERSON, POOL, UNIT, encode_id
from resolvers.entities import MAX_REPRESENTATIONS
from tests.graph.federated import LINKED, NEW, NEWCOMERS, NUMBERS, make_federated_city
from tests.graph.test_bad_requests import assert_is_clean
from tests.graph.test_bad_requests import codes as codes_of
from tests.support.city import Client, Json, running
from tests.support.databases import DatabaseMaker, Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTITIES = """query($r: [_Any!]!) { _entities(representations: $r) { __typename
    ... on Person { id name payroll { payrollStatus { code } } unit { name } }
    ... on Unit { id unitCode name parent { name } pools { approved } }
    ... on EstablishmentPool { id approved occupied payrollHeadcount unit { name } } } }"""
BY_NUMBER = "query($n: String!) { person(idNumber: $n) { id } }"
BY_CODE = "query($c: String!) { unit(unitCode: $c) { id pools { id } } }"
NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    database_kind: Kind,
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
) -> AsyncIterator[Client]:
    folder = tmp_path_factory.mktemp(f"subgraph_{database_kind}")
    city = await asyncio.to_thread(make_federated_city, database_kind, folder, make_module_database)
    async with running(city.config) as found:
        yield found


def by_id(kind: str, public_id: str) -> Json:
    return {"__typename": kind, "id": public_id}


def by_code(code: str) -> Json:
    return {"__typename": UNIT, handles.UNIT_CODE: code}


async def persons(client: Client, numbers: list[str]) -> list[Json]:
    found = [(await client.data(BY_NUMBER, n=number))["person"]["id"] for number in numbers]
    return [by_id(PERSON, public_id) for public_id in found]


async def unit(client: Client, code: str) -> Json:
    found: Json = (await client.data(BY_CODE, c=code))["unit"]
    return found


async def found_ids(client: Client, *representations: object) -> list[str | None]:
    found = (await client.data(ENTITIES, r=list(representations)))["_entities"]
    return [each and each["id"] for each in found]


async def test_every_kind_of_entity_is_found_by_each_of_its_keys_in_order(client: Client) -> None:
    [person] = await persons(client, NUMBERS[:1])
    known = await unit(client, LINKED[1])
    pool = by_id(POOL, known["pools"][0]["id"])

    asked = [pool, by_code(LINKED[1]), person, by_id(UNIT, known["id"])]
    found = (await client.data(ENTITIES, r=asked))["_entities"]

    assert [each["__typename"] for each in found] == [POOL, UNIT, PERSON, UNIT]
    assert [each["id"] for each in found] == [pool["id"], known["id"], person["id"], known["id"]]
    assert found[1] == found[3]
    assert found[1]["parent"] == {"name": "机构U0"}
    assert found[0] == {
        **pool,
        "approved": 3,
        "occupied": 1,
        "payrollHeadcount": 1,
        "unit": {"name": "机构U1"},
    }
    assert found[2]["payroll"][handles.PAYROLL_STATUS] == {"code": "1"}


async def test_persons_and_units_without_links_are_found_too(client: Client) -> None:
    newcomers = await persons(client, NEWCOMERS)
    new = by_id(UNIT, (await unit(client, NEW[0]))["id"])

    found = await found_ids(client, *newcomers, new, by_code(NEW[0]))

    assert found == [newcomers[0]["id"], new["id"], new["id"]]


async def test_fragments_on_the_union_and_on_interfaces_are_read_too(client: Client) -> None:
    document = """query($r: [_Any!]!) { _entities(representations: $r) { ...A } }
        fragment A on _Entity { ... on Node { ... on Person { id name } } }"""

    answer = await client.data(document, r=await persons(client, NUMBERS[:1]))

    assert answer["_entities"][0]["name"] == "张三"


async def test_many_entities_cost_the_statements_of_one(client: Client) -> None:
    units = [await unit(client, code) for code in LINKED]
    new = [await unit(client, code) for code in NEW]
    groups = [
        await persons(client, NUMBERS),
        [by_code(code) for code in LINKED],
        [by_code(code) for code in NEW],
        [by_id(UNIT, each["id"]) for each in units],
        [by_id(UNIT, each["id"]) for each in new],
        [by_id(POOL, pool["id"]) for each in units for pool in each["pools"]],
        [by_id(POOL, pool["id"]) for each in new for pool in each["pools"]],
    ]

    separately: Counter[str] = Counter()
    for group in groups:
        assert len(group) == len(LINKED)
        one = await client.statements(ENTITIES, r=group[:1])
        assert await client.statements(ENTITIES, r=group) == one
        separately.update(one)

    # Which of the ways meet in one statement depends on how fast each source answers.
    mixed = await client.statements(ENTITIES, r=[each for group in groups for each in group])
    assert all(count <= separately[source] for source, count in mixed.items())


async def test_a_missing_key_is_null_beside_a_found_one_without_an_error(client: Client) -> None:
    [person] = await persons(client, NUMBERS[:1])
    nobody = [by_id(kind, encode_id(kind, NOBODY)) for kind in (PERSON, UNIT)]
    no_pool = by_id(POOL, encode_id(POOL, f"{NOBODY}/11"))

    found = await found_ids(client, person, *nobody, no_pool, by_code("NOBODY"), person)

    assert found == [person["id"], None, None, None, None, person["id"]]


@pytest.mark.parametrize(
    "bad",
    [
        5,
        "Person",
        [],
        True,
        {},
        {"id": "x"},
        {"__typename": None},
        {"__typename": 7, "id": "x"},
        {"__typename": ["Person"], "id": "x"},
        {"__typename": "Query", "id": "x"},
        {"__typename": "__Schema", "id": "x"},
        {"__typename": "Code", "code": "1"},
        {"__typename": "Ghost", "id": "x"},
        {"__typename": "Person"},
        {"__typename": "Person", "id": None},
        {"__typename": "Person", "id": 5},
        {"__typename": "Person", "id": {"a": 1}},
        {"__typename": "Person", "id": ""},
        {"__typename": "Person", "id": "UGVyc29uOg"},
        {"__typename": "Person", "id": "%00"},
        {"__typename": "Person", "id": "A" * 5000},
        {"__typename": "Person", "id": encode_id(UNIT, NOBODY)},
        {"__typename": "Person", "id": encode_id(PERSON, "~forged")},
        {"__typename": "Person", handles.ID_NUMBER: NUMBERS[0]},
        {"__typename": "Unit"},
        {"__typename": "Unit", handles.UNIT_CODE: 5},
        {"__typename": "Unit", handles.UNIT_CODE: ""},
        {"__typename": "Unit", handles.UNIT_CODE: "a\x00b"},
        {"__typename": "Unit", handles.UNIT_CODE: "U" * 65},
        {"__typename": "Unit", "id": encode_id(PERSON, NOBODY)},
        {"__typename": "Unit", "id": encode_id(UNIT, "~forged")},
        {"__typename": "EstablishmentPool", handles.UNIT_CODE: "U0"},
        {"__typename": "EstablishmentPool", "id": encode_id(UNIT, NOBODY)},
        {"__typename": "EstablishmentPool", "id": encode_id(POOL, "~forged/11")},
    ],
)
async def test_a_bad_reference_is_null_in_its_place_with_one_coded_error(
    client: Client, bad: object
) -> None:
    [person] = await persons(client, NUMBERS[:1])

    answer = await client.ask(ENTITIES, r=[person, bad, person])

    found = answer["data"]["_entities"]
    assert [each and each["id"] for each in found] == [person["id"], None, person["id"]]
    assert codes_of(answer) == ["BAD_USER_INPUT"]
    assert answer["errors"][0]["path"] == ["_entities", 1]
    assert_is_clean(answer)


async def test_references_may_stand_in_the_document_itself(client: Client) -> None:
    [person] = await persons(client, NUMBERS[:1])
    document = f"""{{ _entities(representations: [
        {{ __typename: "Person", id: "{person["id"]}", more: [1, {{ deep: "x" }}] }},
        {{ __typename: "Unit", id: null, unitCode: "U0" }}]) {{
        ... on Person {{ name }} ... on Unit {{ unitCode }} }} }}"""

    found = (await client.data(document))["_entities"]

    assert found == [{"name": "张三"}, {handles.UNIT_CODE: "U0"}]


async def test_no_references_are_no_entities(client: Client) -> None:
    assert await client.data(ENTITIES, r=[]) == {"_entities": []}


@pytest.mark.parametrize("given", [None, [None], "x"])
async def test_references_that_are_no_list_of_values_are_refused(
    client: Client, given: object
) -> None:
    answer = await client.ask(ENTITIES, r=given)

    assert set(codes_of(answer)) == {"BAD_USER_INPUT"}


async def test_more_references_than_allowed_are_refused(client: Client) -> None:
    answer = await client.ask(ENTITIES, r=[by_code("U0")] * (MAX_REPRESENTATIONS + 1))

    assert codes_of(answer) == ["BAD_USER_INPUT"]


async def test_the_service_tells_its_sdl_with_the_directives_of_federation(client: Client) -> None:
    sdl = (await client.data("{ _service { sdl } }"))["_service"]["sdl"]

    assert '@link(url: "https://specs.apollo.dev/federation/v2' in sdl
    assert 'type Person implements Node @key(fields: "id"' in sdl
    assert '@key(fields: "unitCode"' in sdl
    assert "type Division @shareable" in sdl
    assert "_Any" not in sdl
