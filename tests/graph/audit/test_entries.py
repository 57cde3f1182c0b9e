"""One entry a question about persons, none for the others, and what it says."""

import json

import pytest

from domain.catalogue import handles
from domain.identity.id_numbers import normalise_id_number
from domain.model.keys import DivisionCode
from domain.model.roles import Rights, Role
from tests.graph.audit.audited import Audited
from tests.support.city import Json, stored
from tests.support.sign_in import add_account

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOOKUP = """query Lookup($number: String!) {
  person(idNumber: $number) { id name identityDocuments { mobilePhone } unit { id name } }
}"""
# An aliased fragment on an interface is answered by the stock path.
STOCK = """query Stock($number: String!) {
  person(idNumber: $number) { id ...Fields @include(if: true) links { source } }
}
fragment Fields on Person { identityDocuments { mobilePhone } unit { id } }"""


def a_person(house: Audited, place: int = 0) -> Json:
    person: Json = house.city.persons_in_all()[place]
    return person


def number_of(house: Audited, place: int = 0) -> Json:
    stored_numbers = stored(house.city, "hr", "person", handles.ID_NUMBER)
    number = stored_numbers[a_person(house, place)["keys"]["hr"]]
    return {"number": normalise_id_number(number).text}


@pytest.mark.parametrize("query", [LOOKUP, STOCK], ids=["planned", "stock"])
async def test_a_lookup_leaves_exactly_one_entry(house: Audited, query: str) -> None:
    [entry] = await house.after(query, number_of(house))

    assert entry["actor"]["name"] == "li.na"
    assert entry["actor"]["roles"] == ["HR_REVIEWER"]
    assert entry["actor"]["address"] == "192.0.2.7"
    assert (entry["purpose"], entry["case"]) == ("LOOKUP", None)
    assert entry["operation"] in {"Lookup", "Stock"}
    assert entry["document"].startswith("sha256:")
    assert handles.MOBILE_PHONE in entry["fields"]["home"]["personal"]["allowed"]
    assert handles.ID_NUMBER in entry["fields"]["home"]["personal"]["allowed"]
    assert len(entry["subjects"]["person"]) == 1
    assert len(entry["subjects"]["unit"]) == 1
    assert len(entry["subjects"]["number"]) == 1
    assert entry["result"] == "allowed"
    assert entry["rows"]
    assert set(entry["sources"].values()) == {"OK"}
    assert entry["trace"]
    assert entry["policy"]


async def test_many_lookups_leave_one_entry_each(house: Audited) -> None:
    before = len(await house.entries())
    for place in range(20):
        await house.ask(LOOKUP, number_of(house, place))

    assert len(await house.entries()) - before == 20


@pytest.mark.parametrize(
    "query",
    [
        "{ units(first: 3) { nodes { name } } }",
        "{ me { name } sources { name } }",
        "{ ledger(first: 3) { nodes { approved } } }",
        "{ persons(first: 3) { nodes { name } } }",
        "{ __typename }",
    ],
)
async def test_a_question_about_nothing_personal_leaves_none(house: Audited, query: str) -> None:
    assert await house.after(query) == []


async def test_a_document_that_cannot_run_leaves_none(house: Audited) -> None:
    assert await house.after("{ person(idNumber: 5) { idNumber } }") == []
    assert await house.after("{ person { nonsense idNumber }") == []


async def test_a_list_leaves_one_entry_with_everybody_on_it(house: Audited) -> None:
    [entry] = await house.after(
        "{ persons(first: 7) { nodes { id identityDocuments { mobilePhone } } } }"
    )

    assert len(entry["subjects"]["person"]) == 7
    assert sum(entry["rows"].values()) >= 7


async def test_a_miss_leaves_an_entry_too(house: Audited) -> None:
    [entry] = await house.after(LOOKUP, {"number": "110101199003070003"})

    assert entry["subjects"]["person"] == []
    assert len(entry["subjects"]["number"]) == 1


async def test_looking_for_numbers_in_a_list_is_personal(house: Audited) -> None:
    query = "query($f: PersonFilter) { persons(filter: $f) { nodes { id } } }"
    number = number_of(house)["number"]

    [entry] = await house.after(query, {"f": {"idNumbers": [number]}})

    assert entry["fields"]["home"]["personal"]["allowed"] == [handles.ID_NUMBER]
    assert await house.after(query, {"f": {}}) == []


async def test_a_filter_that_is_a_default_is_no_way_past_the_log(house: Audited) -> None:
    number = json.dumps(number_of(house)["number"])

    [entry] = await house.after(
        f"query($f: PersonFilter = {{idNumbers: [{number}]}}) "
        "{ persons(filter: $f) { nodes { id } } }"
    )

    assert entry["fields"]["home"]["personal"]["allowed"] == [handles.ID_NUMBER]


async def test_records_and_provenance_count_as_all_their_indicators(house: Audited) -> None:
    query = """query($number: String!) { person(idNumber: $number) {
      records { values { indicator value } } } }"""

    [entry] = await house.after(query, number_of(house))

    asked = {name for names in entry["fields"]["home"]["secret"].values() for name in names}
    assert handles.BANK_ACCOUNT_NO in asked


async def test_what_a_caller_sees_masked_is_told_as_masked(house: Audited) -> None:
    leader = Rights(frozenset({Role.LEADER_READONLY}), None, (DivisionCode("370700"),))
    await add_account(house.city.config, "masked", leader)

    [entry] = await house.after(LOOKUP, number_of(house), login="masked")

    assert entry["result"] == "masked"
    assert handles.MOBILE_PHONE in entry["fields"]["home"]["personal"]["masked"]


async def test_a_refused_purpose_leaves_an_entry(house: Audited) -> None:
    [entry] = await house.after(LOOKUP, number_of(house), purpose="MAINTENANCE")

    assert (entry["purpose"], entry["operation"]) == ("MAINTENANCE", "Lookup")
    assert entry["document"].startswith("sha256:")
    assert (entry["result"], entry["subjects"]["person"]) == ("refused", [])


async def test_a_refusal_by_role_leaves_an_entry_whatever_was_asked(house: Audited) -> None:
    await add_account(house.city.config, "machine.room", Rights(frozenset({Role.SYS_ADMIN})))

    [entry] = await house.after(
        '{ unit(unitCode: "U1") { id } }', login="machine.room", purpose="MAINTENANCE"
    )

    assert entry["result"] == "refused"


async def test_a_case_is_told_by_its_number(house: Audited) -> None:
    [entry] = await house.after(LOOKUP, number_of(house), purpose="CASE:2026-7")

    assert (entry["purpose"], entry["case"]) == ("CASE", "2026-7")


async def test_an_operation_named_like_a_number_is_not_kept(house: Audited) -> None:
    number = number_of(house)["number"]
    query = LOOKUP.replace("Lookup", f"n{number}")

    [entry] = await house.after(query, number_of(house))

    assert entry["operation"] is None
    assert number not in json.dumps(entry)


async def test_no_id_number_and_no_value_stands_in_any_entry(house: Audited) -> None:
    shown = (await house.ask(LOOKUP, number_of(house))).json()["data"]["person"]

    everything = json.dumps(await house.entries(), ensure_ascii=False)

    told = (number_of(house)["number"], shown["id"], shown["name"], shown["unit"]["id"])
    assert not [text for text in told if text in everything]


async def test_the_log_of_all_this_is_whole(house: Audited) -> None:
    await house.ask(LOOKUP, number_of(house))

    report = await house.check()

    assert report.findings == []
    assert report.entries
