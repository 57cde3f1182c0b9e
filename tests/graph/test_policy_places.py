"""No place of an answer shows more than the fields do: lists, records, filters, other subgraphs."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from commands.accounts.opening import open_desk
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.roles import Role
from schema.serving.trusted import document_id
from tests.graph.roles_city import (
    BANK,
    DOCUMENT,
    ID,
    Place,
    a_place,
    masked,
    told,
)
from tests.graph.test_access import bearer
from tests.support.city import TestCity, make_test_city
from tests.support.databases import DatabaseMaker
from tests.support.sign_in import token_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", name="city")
def _city(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> TestCity:
    return make_test_city("sqlite", tmp_path_factory.mktemp("policy"), make_module_database)


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="place")
async def _place(city: TestCity) -> AsyncIterator[Place]:
    async with a_place(city) as found:
        yield found


async def test_secret_values_are_in_no_list(place: Place) -> None:
    document = """{ persons(first: 50) { nodes { id payroll { bankAccountNo } } } }"""
    answer = await place.ask(Role.FIN_REVIEWER, "LOOKUP", "mfa", document)

    accounts = {n["payroll"][handles.BANK_ACCOUNT_NO] for n in answer["data"]["persons"]["nodes"]}
    assert accounts == {None}
    assert told(answer) == {BANK: "DENIED"}


async def test_secret_values_are_in_no_answer_of_many_ids(place: Place) -> None:
    found = await place.ask(Role.FIN_REVIEWER, document="{ persons(first: 1) { nodes { id } } }")
    public_id = found["data"]["persons"]["nodes"][0]["id"]
    many = """query($i: ID!) { nodes(ids: [$i]) { ... on Person { payroll { bankAccountNo } } } }"""
    one = """query($i: ID!) { node(id: $i) { ... on Person { payroll { bankAccountNo } } } }"""

    several = await place.ask(Role.FIN_REVIEWER, "LOOKUP", "mfa", many, i=public_id)
    single = await place.ask(Role.FIN_REVIEWER, "LOOKUP", "mfa", one, i=public_id)

    assert several["data"]["nodes"] == [{"payroll": {handles.BANK_ACCOUNT_NO: None}}]
    assert told(several) == {BANK: "DENIED"}
    assert told(single) == {}


async def test_other_subgraphs_see_no_more(place: Place) -> None:
    found = await place.ask(Role.UNIT_CLERK, document="{ persons(first: 1) { nodes { id } } }")
    reference = {"__typename": "Person", "id": found["data"]["persons"]["nodes"][0]["id"]}
    document = """query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Person { idNumber payroll { bankAccountNo } } } }"""

    answer = await place.ask(Role.UNIT_CLERK, document=document, r=[reference])

    [person] = answer["data"]["_entities"]
    assert person[handles.ID_NUMBER][3:14] == "*" * 11
    assert told(answer) == {ID: "MASKED", BANK: "DENIED"}


RECORDS = """query($n: String!, $i: [String!]) { person(idNumber: $n) {
    records { department values { indicator value raw code { code } } }
    provenance(indicators: $i) { indicator department value state used column readAt } } }"""


async def test_records_and_provenance_show_no_more_than_the_fields(place: Place) -> None:
    answer = await place.ask(
        Role.UNIT_CLERK, document=RECORDS, i=[handles.ID_NUMBER, handles.BANK_ACCOUNT_NO]
    )

    text = json.dumps(answer, ensure_ascii=False)
    seen = place.open
    secrets = [
        place.number,
        seen["payroll"][handles.BANK_ACCOUNT_NO],
        seen["politicalAffiliation"][handles.PARTY_BRANCH],
    ]
    assert not any(secret in text for secret in secrets)
    person = answer["data"]["person"]
    values = [value for record in person["records"] for value in record["values"]]
    shown = {catalogue().indicators[v["indicator"]].sensitivity for v in values}
    assert shown <= {"public", "internal", "personal"}
    of_number = [v for v in values if v["indicator"] == handles.ID_NUMBER]
    assert {(v["value"], v["raw"]) for v in of_number} == {(masked(place.number), None)}
    states = {(e["indicator"], e["state"]) for e in person["provenance"] if e["column"]}
    assert states == {(handles.ID_NUMBER, "REDACTED"), (handles.BANK_ACCOUNT_NO, "REDACTED")}
    hidden = [e for e in person["provenance"] if e["indicator"] == handles.BANK_ACCOUNT_NO]
    assert {(e["value"], e["used"], e["readAt"]) for e in hidden} == {(None, False, None)}


async def test_a_denied_field_is_not_read(place: Place) -> None:
    document = (
        "query($n: String!) { person(idNumber: $n) { id familyMembers { kinship { code } } } }"
    )

    answer = await place.ask(Role.UNIT_CLERK, document=document)

    assert answer["data"]["person"]["familyMembers"] is None
    assert "organization" not in answer["extensions"]["statements"]


async def test_the_number_of_denied_rows_is_not_told_either(place: Place) -> None:
    document = "query($n: String!) { person(idNumber: $n) { familyMembers { __typename } } }"

    answer = await place.ask(Role.UNIT_CLERK, document=document)

    assert answer["data"]["person"] == {"familyMembers": None}


async def test_a_person_is_found_by_a_whole_number_that_is_shown_masked(place: Place) -> None:
    document = """query($n: String!, $f: PersonFilter) { person(idNumber: $n) { id }
        persons(filter: $f) { nodes { idNumber } } }"""

    answer = await place.ask(
        Role.LEADER_READONLY, document=document, f={"idNumbers": [place.number]}
    )

    assert answer["data"]["person"]["id"]
    assert answer["data"]["persons"]["nodes"] == [{handles.ID_NUMBER: masked(place.number)}]


async def test_a_part_of_a_masked_number_is_not_searched_for(place: Place) -> None:
    document = "query($f: PersonFilter) { persons(filter: $f) { nodes { id } } }"
    part = {"idNumbers": [place.number[:14]]}

    answer = await place.ask(Role.LEADER_READONLY, document=document, f=part)

    assert answer["data"] is None
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert place.number[:14] not in error["message"]


async def test_a_unit_is_not_found_by_a_code_that_is_not_shown(place: Place) -> None:
    code = place.open["unit"][handles.UNIT_CODE]
    document = "query($c: String) { unit(unitCode: $c) { name } }"

    answer = await place.ask(Role.SYS_ADMIN, "MAINTENANCE", document=document, c=code)

    assert answer["data"] == {"unit": None}
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert code not in error["message"]


async def test_a_column_asked_twice_is_told_once(place: Place) -> None:
    document = """query($n: String!) { a: person(idNumber: $n) { idNumber x: idNumber }
        b: person(idNumber: $n) { ...N } } fragment N on Person { idNumber }"""

    answer = await place.ask(Role.UNIT_CLERK, document=document)

    assert answer["extensions"]["redactions"] == [{"field": ID, "reason": "MASKED"}]


async def test_both_ways_of_answering_tell_the_same(place: Place) -> None:
    """A field of the schema itself makes the stock path answer."""
    document = DOCUMENT.replace("person(", '__type(name: "Unit") { name } person(')

    planned, stock = (
        await place.ask(Role.INSPECTOR),
        await place.ask(Role.INSPECTOR, document=document),
    )

    assert stock["data"]["person"] == planned["data"]["person"]
    assert told(stock) == told(planned)


async def test_service_accounts_ask_trusted_documents_only(place: Place) -> None:
    async with open_desk(place.config) as desk:
        headers = bearer(await token_with(desk, "service"))
    headers["X-Fourfold-Purpose"] = "LOOKUP"
    variables = {"n": place.number}

    own = await place.http.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    trusted = await place.http.post(
        "/graphql",
        json={"documentId": document_id(DOCUMENT), "variables": variables},
        headers=headers,
    )

    assert own.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert trusted.json()["data"]["person"][handles.ID_NUMBER] == masked(place.number)
    assert told(trusted.json())[BANK] == "DENIED"
