"""Units, records, provenance and nodes, as the comments of the contract say."""

import pytest

from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from tests.graph.test_lookup import NAME, everything, number_of
from tests.support.city import Client, Json, TestCity

pytestmark = pytest.mark.asyncio(loop_scope="module")

POOLS = """pools { id establishmentType { code known } approved occupied vacant over locked
    planUnused planPending entryReserved exitPending applicable usable usableNow freeze
    payrollHeadcount asOf }"""
BIRTH = catalogue().indicators[handles.BIRTH_DATE]
DEPARTMENTS = ["ORGANIZATION", "ESTABLISHMENT", "FINANCE", "HR"]


def codes(city: TestCity) -> list[str]:
    return [unit["unit"] for unit in city.truth["units"]]


async def test_a_unit_is_found_by_each_of_its_keys(client: Client, city: TestCity) -> None:
    document = "query($c: String!) { unit(unitCode: $c) { id unitCode creditCode name } }"
    unit = (await client.data(document, c=codes(city)[0]))["unit"]

    again = await client.data(
        """query($id: ID!, $u: String!) {
            byId: unit(id: $id) { name } byCredit: unit(creditCode: $u) { id name }
            node(id: $id) { ... on Unit { unitCode } } }""",
        id=unit["id"],
        u=unit["creditCode"],
    )

    assert unit[handles.UNIT_CODE] == codes(city)[0]
    assert again["byId"] == {"name": unit["name"]}
    assert again["byCredit"] == {"id": unit["id"], "name": unit["name"]}
    assert again["node"] == {handles.UNIT_CODE: unit[handles.UNIT_CODE]}


async def test_all_unit_categories_and_pools_are_answered(client: Client, city: TestCity) -> None:
    document = f"""query($c: String!) {{ unit(unitCode: $c) {{
        {everything("unit")} {POOLS} division {{ name level parent {{ name }} }} }} }}"""

    unit = (await client.data(document, c=codes(city)[0]))["unit"]

    assert unit["basics"][handles.UNIT_NAME]
    assert unit["pools"]
    assert all(pool["approved"] is not None for pool in unit["pools"])
    assert unit["division"]["name"]


async def test_pool_numbers_follow_from_each_other(client: Client, city: TestCity) -> None:
    document = f"query($c: String!) {{ unit(unitCode: $c) {{ {POOLS} }} }}"

    for code in codes(city)[:15]:
        for pool in (await client.data(document, c=code))["unit"]["pools"] or []:
            assert pool["vacant"] == pool["approved"] - pool["occupied"]
            assert pool["over"] == max(0, -pool["vacant"])
            assert pool["usable"] == pool["planUnused"]
            frozen = pool["vacant"] <= 0
            assert pool["freeze"] == ("OVER" if pool["over"] else "FULL" if frozen else "OPEN")


async def test_planted_full_and_over_staffed_units_show(client: Client, city: TestCity) -> None:
    document = f"query($c: String!) {{ unit(unitCode: $c) {{ {POOLS} }} }}"

    for kind, freeze in (("full_units", "FULL"), ("over_staffed_units", "OVER")):
        for entry in city.truth[kind]:
            pools = (await client.data(document, c=entry["unit"]))["unit"]["pools"]
            assert freeze in {pool["freeze"] for pool in pools}


async def test_pools_of_many_units_cost_the_same_statements_as_of_one(
    client: Client, city: TestCity
) -> None:
    ids = [
        (await client.data("query($c: String!) { unit(unitCode: $c) { id } }", c=code))["unit"][
            "id"
        ]
        for code in codes(city)[:12]
    ]
    document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Unit {{ name {POOLS} }} }} }}"

    one = await client.statements(document, ids=ids[:1])
    many = await client.statements(document, ids=ids)

    assert many == one == {"platform": 1, "establishment": 4, "finance": 1}


async def test_a_pool_is_found_again_by_its_id(client: Client, city: TestCity) -> None:
    document = f"query($c: String!) {{ unit(unitCode: $c) {{ name {POOLS} }} }}"
    unit = (await client.data(document, c=codes(city)[0]))["unit"]
    pool = unit["pools"][0]

    again = await client.data(
        """query($id: ID!) { node(id: $id) {
            id ... on EstablishmentPool { approved unit { name } } } }""",
        id=pool["id"],
    )

    assert again["node"] == {
        "id": pool["id"],
        "approved": pool["approved"],
        "unit": {"name": unit["name"]},
    }


async def records_of(client: Client, city: TestCity, person: Json) -> list[Json]:
    document = """query($n: String!) { person(idNumber: $n) { records {
        department source state values { indicator row value code { code known } raw } } } }"""
    answer = await client.data(document, n=number_of(city, person))
    records: list[Json] = answer["person"]["records"]
    return records


async def test_records_show_each_departments_own_view_in_order(
    client: Client, city: TestCity
) -> None:
    person = city.persons_in_all()[0]

    records = await records_of(client, city, person)

    assert [record["department"] for record in records] == DEPARTMENTS
    assert {record["state"] for record in records} == {"VALUE"}
    for record in records:
        named = {value["indicator"]: value for value in record["values"] if value["row"] is None}
        assert named[handles.PERSON_NAME]["value"]
        assert any(value["row"] == 0 for value in record["values"])


async def test_records_keep_the_stored_text_beside_the_canonical_value(
    client: Client, city: TestCity
) -> None:
    person = city.persons_in_all()[0]

    records = {record["department"]: record for record in await records_of(client, city, person)}

    birth = next(
        value
        for value in records["ORGANIZATION"]["values"]
        if value["indicator"] == handles.BIRTH_DATE
    )
    assert birth["raw"] == birth["value"].replace("-", "")


async def test_a_department_that_lacks_the_person_is_shown_as_not_holding(
    client: Client, city: TestCity
) -> None:
    person = next(
        p
        for p in city.truth["persons"]
        if "organization" not in p["keys"] and "hr" in p["keys"] and p["linkable"]
    )

    records = await records_of(client, city, person)

    first = records[0]
    assert (first["department"], first["state"], first["values"]) == (
        "ORGANIZATION",
        "NOT_HELD",
        [],
    )


async def test_provenance_names_table_column_and_who_was_used(
    client: Client, city: TestCity
) -> None:
    number = number_of(city, city.persons_in_all()[0])
    document = """query($n: String!, $i: [String!]) { person(idNumber: $n) {
        provenance(indicators: $i) {
        indicator department source table column value state authority used readAt } } }"""

    by_name = await client.data(document, n=number, i=[handles.BIRTH_DATE])
    by_code = await client.data(document, n=number, i=[BIRTH.code])

    entries = by_name["person"]["provenance"]
    assert [entry["department"] for entry in entries] == [
        "ORGANIZATION",
        "ESTABLISHMENT",
        "HR",
        "FINANCE",
    ]
    assert [entry["used"] for entry in entries] == [True, False, False, False]
    assert entries[0]["authority"]
    assert (entries[0]["table"], entries[0]["column"]) == ("A01", BIRTH.code)
    assert [entry["value"] for entry in by_code["person"]["provenance"]] == [
        entry["value"] for entry in entries
    ]


async def test_provenance_of_everything_has_an_entry_for_each_holder(
    client: Client, city: TestCity
) -> None:
    number = number_of(city, city.persons_in_all()[0])
    document = (
        "query($n: String!) { person(idNumber: $n) { provenance { indicator department state } } }"
    )

    entries = (await client.data(document, n=number))["person"]["provenance"]

    expected = sum(len(i.holders) for i in catalogue().of_subject("person"))
    assert len(entries) == expected
    assert {entry["state"] for entry in entries} <= {"VALUE", "NONE"}


async def test_nodes_answers_every_kind_and_null_for_what_is_gone(
    client: Client, city: TestCity
) -> None:
    person = (await client.data(NAME, n=number_of(city, city.persons_in_all()[0])))["person"]
    unit = await client.data("query($c: String!) { unit(unitCode: $c) { id } }", c=codes(city)[0])
    ids = [person["id"], unit["unit"]["id"]]

    answer = await client.data("query($i: [ID!]!) { nodes(ids: $i) { __typename id } }", i=ids)

    assert [node["__typename"] for node in answer["nodes"]] == ["Person", "Unit"]
    assert [node["id"] for node in answer["nodes"]] == ids


async def test_sources_and_indicators_are_listed(client: Client) -> None:
    answer = await client.data(
        """{ sources { name department state divisions } indicators { name }
            person: indicators(category: "PER") { code authority otherHolders codeSet } }"""
    )

    assert [source["department"] for source in answer["sources"]] == DEPARTMENTS
    assert {source["state"] for source in answer["sources"]} == {"UP"}
    assert len(answer["indicators"]) == 218
    assert len(answer["person"]) == 16


async def test_a_code_of_a_merged_unit_finds_the_unit_of_today(
    client: Client, city: TestCity
) -> None:
    document = "query($c: String!) { unit(unitCode: $c) { id unitCode } }"

    for merger in city.truth["unit_mergers"]:
        old = (await client.data(document, c=merger["predecessor"]))["unit"]
        assert old == (await client.data(document, c=merger["unit"]))["unit"]
        assert old[handles.UNIT_CODE] == merger["unit"]


async def test_an_unknown_category_is_told(client: Client) -> None:
    answer = await client.ask('{ indicators(category: "nope") { code } }')

    assert [e["extensions"]["code"] for e in answer["errors"]] == ["BAD_USER_INPUT"]
