"""Linking persons who have no ID number, by another key that their mappings name."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.port import LINK_KEY
from bulk.rekeying import rekey_city
from bulk.reports import Outcome, Unwatched
from domain.catalogue.handles import FORMER_NAME, ID_NUMBER, PERSON_NAME
from domain.identity.link_keys import MOST_RECORDS
from domain.model.departments import Department
from domain.model.keys import IndicatorName, PersonId
from domain.model.records import Value
from domain.model.tally import Tally
from store.database import Store, open_store
from store.people import PersonAsk
from store.recording import Recorded
from store.sealing import Seals
from tests.support.fakes import FakeRow, FakeSource
from tests.support.linking import (
    LATER,
    NUMBER,
    OTHER,
    a_key,
    everything_in,
    levels,
    link,
    options,
    persons,
)

pytestmark = pytest.mark.timeout(60)
MAIL = "ren.xin@city.example"
MAIL_KEY = "mail"


def a_source(department: Department, *people: FakeRow, key: str = MAIL_KEY) -> FakeSource:
    return FakeSource(department, list(people), link_key=key, unmapped=frozenset({ID_NUMBER}))


def two_records() -> tuple[FakeSource, FakeSource]:
    """One person in two departments."""
    hr = a_source(Department.HR, a_record("h"))
    return hr, a_source(Department.FINANCE, a_record("f"))


def a_record(key: str, mail: str = MAIL, name: str = "任欣") -> FakeRow:
    return FakeRow(key, {PERSON_NAME: name, LINK_KEY: mail})


async def the_id(store: Store, source: FakeSource, key: str) -> PersonId:
    (found,) = await store.people.find([PersonAsk(key=a_key(source, key))], Tally())
    assert found is not None
    return found.person_id


async def test_one_key_in_its_many_spellings_and_one_name_are_one_person(store: Store) -> None:
    hr = a_source(Department.HR, a_record("h"))
    finance = a_source(Department.FINANCE, a_record("f", " Ren.Xin@City.example ", "任 欣"))
    office = a_source(Department.ESTABLISHMENT, a_record("e", "ｒen.xin@city.example"))

    done = await link(store, hr, finance, office)

    assert await persons(store, hr) == {
        frozenset({a_key(hr, "h"), a_key(finance, "f"), a_key(office, "e")})
    }
    assert done.people.changes == Recorded(owners=1, opened=3)
    assert done.people.unread == ()


async def test_a_link_key_is_never_certain_and_says_which_key_it_is(store: Store) -> None:
    hr, finance = two_records()

    await link(store, hr, finance)

    (found,) = await store.people.find([PersonAsk(key=a_key(hr, "h"))], Tally())
    assert found is not None
    assert {(each.level.value, each.evidence) for each in found.links} == {
        ("HIGH", ("LINK_KEY:mail", "NAME"))
    }


async def test_nothing_of_the_key_is_kept_but_a_keyed_hash(store: Store, tmp_path: Path) -> None:
    hr, finance = two_records()

    await link(store, hr, finance)

    kept = everything_in(tmp_path)
    assert MAIL.encode() not in kept
    assert "任欣".encode() not in kept
    assert b"LINK_KEY:mail" in kept


async def test_keys_of_two_names_are_two_keys(store: Store) -> None:
    hr = a_source(Department.HR, a_record("h", "10001"), key="employeeNo")
    finance = a_source(Department.FINANCE, a_record("f", "10001"), key="payrollNo")

    await link(store, hr, finance)

    assert await persons(store, hr, finance) == {
        frozenset({a_key(hr, "h")}),
        frozenset({a_key(finance, "f")}),
    }


async def test_one_key_and_two_names_is_a_conflict(store: Store) -> None:
    hr = a_source(Department.HR, a_record("h"))
    finance = a_source(Department.FINANCE, a_record("f", name="李四"))

    done = await link(store, hr, finance)

    assert await levels(store, hr, finance) == {"h": "HIGH", "f": "CONFLICT"}
    assert done.people.counts[Outcome.CONFLICT, Department.FINANCE] == 1


async def test_names_that_are_merely_alike_await_confirmation(store: Store) -> None:
    hr = a_source(Department.HR, a_record("h", name="李峰"))
    finance = a_source(Department.FINANCE, a_record("f", name="李峯"))

    await link(store, hr, finance)

    assert await levels(store, hr, finance) == {"h": "HIGH", "f": "MEDIUM"}


async def test_a_name_given_up_awaits_confirmation(store: Store) -> None:
    values: dict[IndicatorName, Value] = {
        PERSON_NAME: "任新",
        FORMER_NAME: ("任欣",),
        LINK_KEY: MAIL,
    }
    hr = a_source(Department.HR, FakeRow("h", values))
    finance = a_source(Department.FINANCE, a_record("f"))

    await link(store, hr, finance)

    assert await levels(store, hr, finance) == {"h": "HIGH", "f": "MEDIUM"}


async def test_a_second_run_changes_nothing(store: Store) -> None:
    hr = a_source(Department.HR, a_record("h"), a_record("x", "x@city.example", "许一"))
    finance = a_source(Department.FINANCE, a_record("f"), a_record("y", "x@city.example", "李四"))
    await link(store, hr, finance)
    before = await levels(store, hr, finance)

    second = await link(store, finance, hr, now=LATER)

    assert second.people.changes == Recorded()
    assert await levels(store, hr, finance) == before


async def test_another_source_joins_a_person_that_is_linked(store: Store) -> None:
    hr, finance = a_source(Department.HR, a_record("h")), a_source(Department.FINANCE)
    await link(store, hr, finance)
    known = await the_id(store, hr, "h")

    finance.people.append(a_record("f"))
    done = await link(store, hr, finance, now=LATER)

    assert done.people.changes == Recorded(opened=1)
    assert await the_id(store, finance, "f") == known


async def test_a_changed_key_ends_one_link_and_begins_another(store: Store) -> None:
    hr, finance = two_records()
    await link(store, hr, finance)

    finance.people[0] = a_record("f", "other@city.example")
    done = await link(store, hr, finance, now=LATER)

    assert done.people.changes == Recorded(owners=1, opened=1, closed=1)
    assert await persons(store, hr, finance) == {
        frozenset({a_key(hr, "h")}),
        frozenset({a_key(finance, "f")}),
    }


async def test_a_source_with_numbers_joins_by_its_link_key(store: Store) -> None:
    numbered = {PERSON_NAME: "任欣", ID_NUMBER: NUMBER, LINK_KEY: MAIL}
    hr = FakeSource(Department.HR, [FakeRow("h", numbered)], link_key=MAIL_KEY)
    finance = a_source(Department.FINANCE, a_record("f"))

    await link(store, hr, finance)

    (found,) = await store.people.find([PersonAsk(id_number=NUMBER)], Tally())
    assert found is not None
    assert {link.key.text: (link.level.value, link.evidence[0]) for link in found.links} == {
        "h": ("CERTAIN", "ID_NUMBER"),
        "f": ("HIGH", "LINK_KEY:mail"),
    }


async def test_a_person_keeps_the_id_when_a_number_becomes_known(store: Store) -> None:
    hr, finance = two_records()
    await link(store, hr, finance)
    known = await the_id(store, hr, "h")

    numbered = {PERSON_NAME: "任欣", ID_NUMBER: NUMBER, LINK_KEY: MAIL}
    hr = FakeSource(Department.HR, [FakeRow("h", numbered)], link_key=MAIL_KEY)
    await link(store, hr, finance, now=LATER)

    assert await the_id(store, hr, "h") == known
    assert await the_id(store, finance, "f") == known


async def test_a_key_of_two_numbers_says_nothing_of_a_third_record(store: Store) -> None:
    two = [
        FakeRow("a", {PERSON_NAME: "任欣", ID_NUMBER: NUMBER, LINK_KEY: MAIL}),
        FakeRow("b", {PERSON_NAME: "任欣", ID_NUMBER: OTHER, LINK_KEY: MAIL}),
    ]
    hr = FakeSource(Department.HR, two, link_key=MAIL_KEY)
    finance = a_source(Department.FINANCE, a_record("f"))

    done = await link(store, hr, finance)

    assert await levels(store, hr, finance) == {"a": "CERTAIN", "b": "CERTAIN"}
    assert done.people.counts[Outcome.CONFLICT, Department.FINANCE] == 1


async def test_a_word_for_none_links_nobody(store: Store) -> None:
    people = [a_record(f"h{i}", "n/a", f"人{i}") for i in range(MOST_RECORDS + 1)]
    hr = a_source(Department.HR, *people)

    done = await link(store, hr)

    assert await persons(store, hr) == set()
    assert done.people.of(Outcome.UNUSABLE) == MOST_RECORDS + 1


async def test_a_record_without_the_key_is_unusable(store: Store) -> None:
    hr = a_source(Department.HR, a_record("h", ""), a_record("i", " "))

    done = await link(store, hr)

    assert await persons(store, hr) == set()
    assert done.people.of(Outcome.UNUSABLE) == 2


async def test_two_records_of_one_source_with_one_key_are_double(store: Store) -> None:
    hr = a_source(Department.HR, a_record("h"), a_record("i"))

    done = await link(store, hr)

    assert await persons(store, hr) == {frozenset({a_key(hr, "h"), a_key(hr, "i")})}
    assert done.people.of(Outcome.DUPLICATE) == 1


async def test_a_new_index_key_finds_link_keys_too(tmp_path: Path) -> None:
    hr, finance = two_records()
    async with open_store(options(tmp_path)) as store:
        await link(store, hr, finance)
        before = await the_id(store, hr, "h")

        done = await rekey_city([hr, finance], store, Seals(b"n" * 32, b"d" * 32), Unwatched())

    async with open_store(replace(options(tmp_path), index_key=b"n" * 32)) as store:
        again = await link(store, hr, finance, now=LATER)

        assert (done.numbers, done.left) == (1, 0)
        assert again.people.changes == Recorded()
        assert await the_id(store, finance, "f") == before
