"""Owners of keys by the short statement, on SQLite and PostgreSQL: as whole links tell of them."""

import gc
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType

import pytest

from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey, PersonId, SourceName, UnitId
from domain.model.subjects import Judged, Subject
from domain.model.tally import Tally
from resolvers.subjects import Linked, linked_subject, subjects_of_rows
from store import forms
from store.database import Store, StoreOptions, open_store
from store.links import key_index
from store.people import PersonAsk, PersonToLink
from store.recording import RowToLink
from store.units import UnitAsk
from tests.support.links import (
    FIRST,
    LATER,
    NUMBER,
    OTHER,
    SEALS,
    STEWARD,
    a_key,
    a_link,
    a_unit,
    counted,
    get_person,
    link_person,
    options,
)

ORG, EST, FIN, HR = (
    Department.ORGANIZATION,
    Department.ESTABLISHMENT,
    Department.FINANCE,
    Department.HR,
)
PERSON = EntityKind.PERSON


def judged_as(row: RowToLink, level: MatchLevel) -> RowToLink:
    return replace(row, level=level)


def of_source(department: Department, source: str, text: str) -> RowToLink:
    key = LocalKey(department, SourceName(source), text)
    return replace(a_link(department, text), key=key, key_hash=key_index(SEALS, key))


PEOPLE = {
    "sure": [a_link(HR, "1"), a_link(EST, "1"), a_link(FIN, "1"), a_link(ORG, "1")],
    "high": [judged_as(a_link(HR, "2"), MatchLevel.HIGH)],
    "candidate": [a_link(EST, "3"), judged_as(a_link(HR, "3"), MatchLevel.MEDIUM)],
    "alone": [judged_as(a_link(HR, "4"), MatchLevel.LOW)],
    "disputed": [a_link(EST, "5"), judged_as(a_link(FIN, "5"), MatchLevel.CONFLICT)],
    "agreed": [a_link(EST, "6"), a_link(HR, "6"), judged_as(a_link(FIN, "6"), MatchLevel.CONFLICT)],
    "twice": [a_link(HR, "8"), a_link(HR, "7"), a_link(FIN, "7")],
    "counties": [
        of_source(HR, "hr-weicheng", "9"),
        of_source(HR, "hr-fangzi", "9"),
        a_link(EST, "9"),
    ],
    "sealed": [a_link(HR, NUMBER, personal=True), a_link(HR, OTHER, personal=True), a_link(FIN)],
}


@pytest.fixture
async def filled(store: Store) -> Store:
    """Persons of every kind of links, one confirmed by a steward, one with a past link."""
    for name, rows in PEOPLE.items():
        await link_person(store, *rows, number=name)
    confirmed = a_link(ORG, "4")
    await link_person(store, confirmed, number="confirmed")
    async with store.database.writing() as connection:
        await connection.exec_driver_sql(
            "UPDATE person_link SET level = 'LOW', confirmed_by = 'steward' "
            f"WHERE key_hmac = '{confirmed.key_hash}'"
        )
    await link_person(store, a_link(FIN, "10"), a_link(HR, "10"), number="less")
    await link_person(store, a_link(FIN, "10"), number="less", stamp=LATER)
    return store


def keys_of(*more: LocalKey) -> list[LocalKey]:
    rows = [row.key for own in PEOPLE.values() for row in own]
    return [*rows, a_key(ORG, "4"), a_key(FIN, "10"), a_key(HR, "10"), a_key(HR, "none"), *more]


async def links_of(store: Store, keys: Sequence[LocalKey]) -> Sequence[Linked | None]:
    return await store.people.find([PersonAsk(key=key) for key in keys], Tally())


def without_links(subject: Subject) -> Subject:
    return subject._replace(links=None if subject.links else ())


async def test_subjects_by_owners_are_those_of_whole_links(filled: Store) -> None:
    keys = keys_of()

    owners, _ = await filled.owners(keys, [], Tally())

    whole = subjects_of_rows(PERSON, keys, await links_of(filled, keys), SEALS)
    assert subjects_of_rows(PERSON, keys, owners, SEALS) == list(map(without_links, whole))
    assert {each.state for each in whole} == {"LINKED", "CANDIDATE", "CONFLICT", "UNLINKED"}


async def test_one_question_is_answered_as_by_whole_links(filled: Store) -> None:
    person = await get_person(filled, "candidate")
    asks = [
        *(PersonAsk(id_number=name) for name in (*PEOPLE, "confirmed", "less", "nobody")),
        *(PersonAsk(key=key) for key in keys_of()),
        PersonAsk(person_id=person.person_id),
        PersonAsk(person_id=PersonId("none")),
        PersonAsk(person_id=PersonId("\x00")),
    ]

    for ask in asks:
        (whole,) = await filled.people.find([ask], Tally())
        owner = await filled.people.find_owner(ask, Tally())
        assert (owner is None) == (whole is None)
        if whole is not None and owner is not None:
            expected = linked_subject(PERSON, whole, ask.key)
            assert linked_subject(PERSON, owner, ask.key) == without_links(expected)


async def test_somebody_without_a_link_in_force_is_found_by_id_alone(store: Store) -> None:
    await link_person(store, a_link(HR))
    person = await get_person(store)
    await store.people.close([link.id for link in await store.people.list_open("hr")], LATER)

    by_id = await store.people.find_owner(PersonAsk(person_id=person.person_id), Tally())
    by_number = await store.people.find_owner(PersonAsk(id_number=NUMBER), Tally())
    (by_key,), _ = await store.owners([a_key(HR)], [], Tally())

    assert by_id == (person.person_id, (), ())
    assert (by_number, by_key) == (None, None)


async def test_an_owner_merged_away_is_its_successor(store: Store) -> None:
    await link_person(store, a_link(HR))
    await link_person(store, a_link(FIN), number=OTHER)
    gone, into = await get_person(store), await get_person(store, OTHER)
    await store.people.merge(gone.person_id, into.person_id, STEWARD)

    asks = [PersonAsk(id_number=NUMBER), PersonAsk(person_id=gone.person_id)]
    found = [await store.people.find_owner(ask, Tally()) for ask in asks]
    by_key, _ = await store.owners([a_key(HR), a_key(FIN)], [], Tally())

    assert found == [(into.person_id, (a_key(FIN), a_key(HR)), None)] * 2
    assert [*by_key] == found


async def test_a_unit_by_its_id_is_that_of_whole_links(store: Store) -> None:
    await store.units.record_links([a_unit((EST, "U1"), (FIN, "F1")), a_unit((EST, "U2"))], FIRST)
    every = await store.units.find([UnitAsk(key=a_key(EST, "U1"))], Tally())
    (linked,) = (each for each in every if each)

    with counted(store) as sent:
        owner = await store.units.find_owner(UnitAsk(unit_id=linked.unit_id), tally := Tally())

    assert (len(sent), tally.statements) == (1, {"platform": 1})
    assert owner == (linked.unit_id, tuple(link.key for link in linked.links), None)
    assert await store.units.find_owner(UnitAsk(unit_id=UnitId("nobody")), Tally()) is None


async def test_a_unit_whose_links_have_all_ended_is_still_one(store: Store) -> None:
    await store.units.record_links([a_unit((EST, "U1"))], FIRST)
    (linked,) = await store.units.find([UnitAsk(key=a_key(EST, "U1"))], Tally())
    assert linked is not None
    await store.units.close(
        [each.id for each in await store.units.list_open("establishment")], FIRST
    )

    owner = await store.units.find_owner(UnitAsk(unit_id=linked.unit_id), Tally())

    assert owner == (linked.unit_id, (), ())


async def test_persons_and_units_come_by_one_statement_in_the_order_of_the_keys(
    store: Store,
) -> None:
    for number in range(5):
        await link_person(store, a_link(HR, str(number)), number=str(number))
        await store.units.record_links([a_unit((EST, f"U{number}"))], FIRST)
    people = [a_key(HR, str(number)) for number in (3, 9, 1, 3, 4, 0)]
    units = [a_key(EST, f"U{number}") for number in (2, 0, 7, 2, 4)]

    with counted(store) as sent:
        persons, places = await store.owners(people, units, tally := Tally())

    assert (len(sent), tally.statements) == (1, {"platform": 1})
    assert [each and each.keys for each in persons] == [
        None if key.text == "9" else (key,) for key in people
    ]
    assert [each and each.keys for each in places] == [
        None if key.text == "U7" else (key,) for key in units
    ]
    whole = await store.units.find([UnitAsk(key=key) for key in units], Tally())
    assert [each and each.id for each in places] == [unit and unit.unit_id for unit in whole]


async def test_many_keys_are_split_and_keep_their_order(store: Store) -> None:
    keys = [a_key(HR, str(number)) for number in range(1100)]
    rows = [a_link(HR, str(number)) for number in range(0, 1100, 2)]
    people = [PersonToLink(store.people.blind_index(row.key.text), (row,)) for row in rows]
    await store.people.record_links(people, FIRST)

    owners, _ = await store.owners(keys, [a_key(EST)], tally := Tally())

    assert tally.statements == {"platform": 3}
    assert [owner and owner.keys for owner in owners] == [
        (key,) if int(key.text) % 2 == 0 else None for key in keys
    ]


async def test_many_keys_take_no_more_steps_than_few(store: Store) -> None:
    if not store.database.is_leased:
        pytest.skip("a small database gives its rows one by one")
    rows = [a_link(HR, str(number)) for number in range(200)]
    people = [PersonToLink(store.people.blind_index(row.key.text), (row,)) for row in rows]
    await store.people.record_links(people, FIRST)
    few, many = [row.key for row in rows[:5]], [row.key for row in rows]
    await store.owners(few, [], Tally())

    assert await steps_of(store, many) - await steps_of(store, few) < len(many) / 2


async def steps_of(store: Store, keys: Sequence[LocalKey]) -> int:
    """The functions entered meanwhile that are written in Python, the driver's among them."""
    entered = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal entered
        entered += event == "call"

    gc.disable()  # Whoever listens to collections is called too.
    sys.setprofile(note)
    try:
        await store.owners(keys, [], Tally())
    finally:
        sys.setprofile(None)
        gc.enable()
    return entered


async def test_nothing_is_asked_for_no_keys(store: Store) -> None:
    assert [*map(len, await store.owners([], [], tally := Tally()))] == [0, 0]
    assert not tally.statements


async def test_a_unit_whose_heir_holds_nothing_is_there_all_the_same(store: Store) -> None:
    await store.units.record_links([a_unit((EST, "U1"))], FIRST)
    await store.units.record_links([a_unit((EST, "U2"))], FIRST)
    first, second = [
        UnitId(unit.unit_id)
        for unit in await store.units.find(
            [UnitAsk(key=a_key(EST, "U1")), UnitAsk(key=a_key(EST, "U2"))], Tally()
        )
        if unit
    ]
    async with store.database.writing() as connection:
        await connection.exec_driver_sql(
            f"UPDATE unit SET successor_id = '{second}' WHERE id = '{first}'"
        )
    kept = key_index(SEALS, a_key(EST, "U1"))
    links = await store.units.list_open("establishment")
    await store.units.close([link.id for link in links if link.key_hmac != kept], LATER)

    key = a_key(EST, "U1")
    (whole,) = await store.units.find([UnitAsk(key=key)], Tally())
    _, (owner,) = await store.owners([], [key], Tally())

    assert whole is not None
    assert owner is not None
    assert linked_subject(EntityKind.UNIT, owner) == without_links(
        linked_subject(EntityKind.UNIT, whole)
    )


async def test_a_key_sealed_under_a_lost_secret_is_no_error(url: str) -> None:
    async with open_store(options(url)) as store:
        await link_person(store, a_link(HR, NUMBER, personal=True))
    async with open_store(StoreOptions(url, b"i" * 32, b"x" * 32)) as store:
        owner = await store.people.find_owner(PersonAsk(id_number=NUMBER), Tally())

    assert owner is not None
    assert owner.keys == (a_key(HR, ""),)


async def test_only_who_is_not_usual_takes_the_long_way(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: Counter[str] = Counter()
    unusual = forms.unusual_owner

    def noted(*given: object) -> forms.Owner:
        found: forms.Owner = unusual(*given)  # type: ignore[arg-type] # as it was given
        met[found.id] += 1
        return found

    monkeypatch.setattr(forms, "unusual_owner", noted)
    names = ("candidate", "alone", "disputed", "agreed", "twice", "sealed")
    keys = [row.key for own in PEOPLE.values() for row in own[:1]]

    owners = [*(await filled.owners(keys, [], Tally()))[0]]

    assert met == {(await get_person(filled, name)).person_id: 1 for name in names}
    assert [owner.judged for owner in owners if owner and owner.id not in met] == [None] * 3
    (alone,) = [owner for owner in owners if owner and owner.keys == (a_key(HR, "4"),)]
    assert alone.judged == (Judged(a_key(HR, "4"), MatchLevel.LOW, is_confirmed=False),)
