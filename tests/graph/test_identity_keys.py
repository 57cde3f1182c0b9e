"""People keyed by their ID number, and disputes, in a city of small tables."""

import base64
from pathlib import Path

import pytest

from tests.graph.test_bad_rows import NUMBER, hr_row
from tests.support.city import Client, Json, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.tiny import MAPPINGS, TinyCity, make_tiny_city

PERSON = """query($n: String!) { person(idNumber: $n) { id identity name
    links { department level } records { department state source } } }"""
BY_ID = "query($id: ID!) { person(id: $id) { id identity name } }"
WRONG = NUMBER[:17] + "1"


@pytest.fixture
def tiny(database_kind: Kind, tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    city = make_tiny_city(database_kind, tmp_path, make_database)
    keyed = 'key = "idno"\n        personal_key = true'
    city.write_mapping("finance", MAPPINGS["finance"].replace('key = "pno"', keyed))
    return city


def finance_row(number: str, name: str = "张三") -> str:
    return f"INSERT INTO member (pno, nm, idno, st) VALUES (1, '{name}', '{number}', '1')"


def office_row(name: str = "张三") -> str:
    return f"INSERT INTO card (id, nm, idno) VALUES (1, '{name}', '{NUMBER}')"


async def person_of(client: Client, number: str = NUMBER) -> Json:
    person: Json = (await client.data(PERSON, n=number))["person"]
    return person


def opened(public_id: str) -> str:
    """What anybody can read out of a public id."""
    return base64.urlsafe_b64decode(public_id + "=" * (-len(public_id) % 4)).decode()


def platform_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("platform.sqlite*"))


async def test_a_key_that_is_an_id_number_is_in_no_id_link_record_log_or_file(
    tiny: TinyCity, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    tiny.run("hr", hr_row())
    tiny.run("finance", finance_row(NUMBER))
    await link(tiny.config)

    async with running(tiny.config) as client:
        person = await person_of(client)
        again = (await client.data(BY_ID, id=person["id"]))["person"]

    assert person["identity"] == "LINKED"
    assert {each["department"]: each["level"] for each in person["links"]} == {
        "FINANCE": "CERTAIN",
        "HR": "CERTAIN",
    }
    assert again["id"] == person["id"]
    said = "".join(capfd.readouterr()) + caplog.text
    assert NUMBER not in opened(person["id"]) + str(person) + said
    assert NUMBER.encode() not in platform_bytes(tiny.folder)


async def test_the_id_of_an_unlinked_person_seals_the_key(tiny: TinyCity) -> None:
    tiny.run("finance", finance_row(WRONG))
    await link(tiny.config)

    async with running(tiny.config) as client:
        person = await person_of(client, WRONG)
        again = (await client.data(BY_ID, id=person["id"]))["person"]

    assert person["identity"] == "UNLINKED"
    assert again["name"] == "张三"
    assert WRONG not in opened(person["id"])
    assert WRONG.encode() not in platform_bytes(tiny.folder)


async def test_two_departments_that_agree_are_linked_and_the_third_is_shown_apart(
    tiny: TinyCity,
) -> None:
    tiny.run("hr", hr_row())
    tiny.run("establishment", office_row("李四"))
    tiny.run("finance", finance_row(NUMBER))
    await link(tiny.config)

    async with running(tiny.config) as client:
        person = await person_of(client)

    assert (person["identity"], person["name"]) == ("LINKED", "张三")
    assert {each["department"]: each["level"] for each in person["links"]} == {
        "FINANCE": "CERTAIN",
        "HR": "CERTAIN",
    }
    states = {each["department"]: each["state"] for each in person["records"]}
    assert states["ESTABLISHMENT"] == "VALUE"


async def test_in_a_conflict_the_row_asked_by_its_own_id_answers(tiny: TinyCity) -> None:
    tiny.run("finance", finance_row(NUMBER, "李四"))
    async with running(tiny.config) as client:
        before = await person_of(client)

    tiny.run("hr", hr_row())
    await link(tiny.config)
    async with running(tiny.config) as client:
        asked = (await client.data(BY_ID, id=before["id"]))["person"]
        by_number = await person_of(client)

    assert (asked["identity"], asked["name"]) == ("CONFLICT", "李四")
    assert (by_number["identity"], by_number["name"]) == ("CONFLICT", "张三")
    assert asked["id"] == by_number["id"]


async def test_a_server_under_another_index_key_than_the_links_says_so(
    tiny: TinyCity, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.run("hr", hr_row())
    await link(tiny.config)
    capfd.readouterr()
    async with running(tiny.config):
        assert "links_under_another_key" not in "".join(capfd.readouterr())
    monkeypatch.setenv("FOURFOLD_PLATFORM__INDEX_KEY", "ab" * 32)

    async with running(tiny.config):
        assert "links_under_another_key" in "".join(capfd.readouterr())
