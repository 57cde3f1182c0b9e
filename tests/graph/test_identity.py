"""What `fourfold link` judged, as the graph shows it: one case of every level of the demo city."""

import base64

import pytest

from commands.opening import open_city, utc_now
from domain.catalogue import handles
from domain.model.keys import PersonId
from store.recording import Stamp
from tests.graph.test_lookup import number_of
from tests.support.city import Client, Json, TestCity, stored

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = """query($n: String!) { person(idNumber: $n) { id identity name
    links { department level evidence confirmedBy }
    provenance { department used }
    records { department state values { indicator value } } } }"""


async def person_of(client: Client, number: str) -> Json:
    person: Json = (await client.data(PERSON, n=number))["person"]
    return person


def levels_of(person: Json) -> dict[str, str]:
    return {link["department"].lower(): link["level"] for link in person["links"]}


def used_in(person: Json) -> set[str]:
    """The departments whose values are shown."""
    return {entry["department"].lower() for entry in person["provenance"] if entry["used"]}


def planted(city: TestCity, name: str) -> list[Json]:
    """The persons of a list of the truth, with their levels."""
    numbers = {entry["person"] for entry in city.truth[name]}
    return [person for person in city.truth["persons"] if person["person"] in numbers]


async def test_a_like_or_former_name_is_linked_as_high(client: Client, city: TestCity) -> None:
    for case in planted(city, "identity_high"):
        person = await person_of(client, number_of(city, case))

        assert person["identity"] == "LINKED"
        assert levels_of(person) == case["level"]
        high = next(each for each in person["links"] if each["level"] == "HIGH")
        assert high["evidence"][0] == "ID_NUMBER"


@pytest.mark.parametrize("name", ["identity_medium", "identity_low"])
async def test_a_candidate_is_shown_with_its_level_and_gives_no_value(
    client: Client, city: TestCity, name: str
) -> None:
    for case in planted(city, name):
        person = await person_of(client, number_of(city, case))

        assert person["identity"] == "CANDIDATE"
        assert levels_of(person) == case["level"]
        sure = {each for each, level in case["level"].items() if level == "CERTAIN"}
        assert used_in(person) <= sure
        states = {record["department"]: record["state"] for record in person["records"]}
        assert {states[department.upper()] for department in case["keys"]} == {"VALUE"}


async def test_a_conflict_is_answered_by_one_department_and_shows_both(
    client: Client, city: TestCity
) -> None:
    for case in planted(city, "identity_conflict"):
        person = await person_of(client, number_of(city, case))

        assert person["identity"] == "CONFLICT"
        assert levels_of(person) == {}
        assert used_in(person) == {"hr"}
        names = stored(city, "hr", "person", handles.PERSON_NAME)
        assert person["name"] == names[case["keys"]["hr"]]


async def test_namesakes_stay_two_persons(client: Client, city: TestCity) -> None:
    for case in planted(city, "namesakes"):
        entry = next(e for e in city.truth["namesakes"] if e["person"] == case["person"])
        other = city.truth["persons"][entry["others"][0]]
        if "hr" not in other["keys"]:
            continue

        one = await person_of(client, number_of(city, case))
        two = await person_of(client, number_of(city, other))

        assert one["name"] == two["name"]
        assert one["id"] != two["id"]


async def test_both_records_of_a_duplicate_lead_to_one_person(
    client: Client, city: TestCity
) -> None:
    for entry in city.truth["duplicates"]:
        case = city.truth["persons"][entry["person"]]

        person = await person_of(client, number_of(city, case))

        (department,) = entry["second_keys"]
        assert person["identity"] == "LINKED"
        twice = [each for each in person["links"] if each["department"] == department.upper()]
        assert [each["level"] for each in twice] == ["CERTAIN", "CERTAIN"]


async def test_an_id_that_was_merged_away_answers_with_its_successor(
    client: Client, city: TestCity
) -> None:
    one, other = city.persons_in_all()[-2:]
    ids = [(await person_of(client, number_of(city, each)))["id"] for each in (one, other)]
    locals_ = [base64.urlsafe_b64decode(each).decode().partition(":")[2] for each in ids]
    async with open_city(city.config) as opened:
        stamp = Stamp("steward", utc_now())
        await opened.store.people.merge(PersonId(locals_[0]), PersonId(locals_[1]), stamp)

    answer = await client.ask("query($id: ID!) { person(id: $id) { id identity } }", id=ids[0])

    assert answer["data"]["person"] == {"id": ids[1], "identity": "LINKED"}
    assert answer["extensions"]["aliases"] == [{"asked": ids[0], "id": ids[1]}]
