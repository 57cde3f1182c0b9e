"""Links in the platform database, on SQLite and PostgreSQL; MariaDB is no platform database."""

import pytest

from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.keys import PersonId
from domain.model.tally import PLATFORM, Tally
from store.database import Store, StoreOptions, open_store
from store.people import PersonAsk
from store.recording import Recorded
from tests.support.links import (
    FIRST,
    LATER,
    NUMBER,
    OTHER,
    STEWARD,
    a_key,
    a_link,
    counted,
    dump,
    find_person,
    get_person,
    link_person,
    options,
)


async def test_a_person_is_found_by_id_by_number_and_by_any_key(store: Store) -> None:
    await link_person(store, *(a_link(each) for each in Department))

    by_number = await get_person(store)
    asks = [
        PersonAsk(person_id=by_number.person_id),
        *(PersonAsk(key=a_key(each)) for each in Department),
    ]
    found = await store.people.find(asks, Tally())

    assert found == [by_number] * 5
    assert [link.key.department for link in by_number.links] == [
        Department.ORGANIZATION,
        Department.ESTABLISHMENT,
        Department.FINANCE,
        Department.HR,
    ]


async def test_a_link_says_who_judged_when_and_on_what(store: Store) -> None:
    await link_person(store, a_link(Department.HR))

    (link,) = (await get_person(store)).links

    assert (link.level, link.evidence) == (MatchLevel.CERTAIN, ("ID_NUMBER", "NAME"))
    assert (link.author, link.confirmed_by) == ("fourfold link", None)
    assert (link.valid_from, link.valid_to) == (FIRST.at, None)


async def test_a_mixed_batch_is_one_statement_and_is_answered_in_order(store: Store) -> None:
    await link_person(store, a_link(Department.HR))
    await link_person(store, a_link(Department.HR, "2"), number=OTHER)
    one, two = await get_person(store), await get_person(store, OTHER)
    tally = Tally()

    asks = [
        PersonAsk(key=a_key(Department.HR, "2")),
        PersonAsk(id_number="unknown"),
        PersonAsk(id_number=NUMBER),
        PersonAsk(person_id=two.person_id),
        PersonAsk(key=a_key(Department.FINANCE)),
        PersonAsk(key=a_key(Department.HR, "2")),
    ]
    with counted(store) as sent:
        found = await store.people.find(asks, tally)

    assert found == [two, None, one, two, None, two]
    assert len(sent) == 1
    assert tally.statements == {PLATFORM: 1}


async def test_a_large_batch_is_split_and_keeps_its_order(store: Store) -> None:
    await link_person(store, a_link(Department.HR, "1100"))
    asks = [PersonAsk(key=a_key(Department.HR, str(number))) for number in range(1200)]
    tally = Tally()

    found = await store.people.find(asks, tally)

    assert [place for place, person in enumerate(found) if person] == [1100]
    assert tally.statements == {PLATFORM: 3}


async def test_nothing_asked_costs_nothing(store: Store) -> None:
    tally = Tally()

    assert await store.people.find([], tally) == []
    assert await store.units.find([], tally) == []
    assert not tally.statements


@pytest.mark.parametrize("text_", ["\ud800", "a\x00b", "'; DROP TABLE person; --", "我" * 5000])
async def test_a_text_that_no_database_holds_is_an_unknown_one(store: Store, text_: str) -> None:
    asks = [PersonAsk(person_id=PersonId(text_)), PersonAsk(id_number=text_)]

    assert await store.people.find(asks, Tally()) == [None, None]


async def test_a_question_without_a_subject_is_a_mistake_of_ours(store: Store) -> None:
    with pytest.raises(ValueError, match="names"):
        await store.people.find([PersonAsk()], Tally())


async def test_batches_of_many_lengths_are_few_different_statements(store: Store) -> None:
    with counted(store) as sent:
        for length in range(1, 65):
            asks = [PersonAsk(person_id=PersonId(str(number))) for number in range(length)]
            await store.people.find(asks, Tally())

    assert len(sent) == 64
    # One question alone and an array for more, or slots in buckets.
    assert len(set(sent)) in {2, 7}


async def test_recording_the_same_again_writes_nothing(store: Store) -> None:
    first = await link_person(store, a_link(Department.HR), a_link(Department.FINANCE))

    with counted(store) as sent:
        again = await link_person(
            store, a_link(Department.FINANCE), a_link(Department.HR), stamp=LATER
        )

    assert first == Recorded(owners=1, opened=2)
    assert again == Recorded()
    assert all(statement.startswith("SELECT") for statement in sent)


async def test_a_record_joins_the_person_who_has_its_number(store: Store) -> None:
    await link_person(store, a_link(Department.HR))
    before = await get_person(store)

    await link_person(store, a_link(Department.FINANCE), stamp=LATER)

    after = await get_person(store)
    assert after.person_id == before.person_id
    assert len(after.links) == 2


async def test_a_record_that_is_somebody_else_now_leaves_a_past_link(store: Store) -> None:
    await link_person(store, a_link(Department.HR), a_link(Department.FINANCE))
    before = await get_person(store)

    changed = await link_person(store, a_link(Department.HR), number=OTHER, stamp=LATER)

    after, other = await get_person(store), await get_person(store, OTHER)
    assert changed == Recorded(owners=1, opened=1, closed=1)
    assert [link.key.department for link in after.links] == [Department.FINANCE]
    assert [link.valid_to for link in after.past] == [LATER.at]
    assert other.person_id != before.person_id
    assert await find_person(store, PersonAsk(key=a_key(Department.HR))) == other


async def test_a_link_that_another_author_made_is_left_alone(store: Store) -> None:
    await link_person(store, a_link(Department.HR), stamp=STEWARD)

    changed = await link_person(store, a_link(Department.HR), number=OTHER, stamp=LATER)

    assert changed.held == 1
    assert (await get_person(store)).links[0].author == "steward"


async def test_a_person_with_past_links_only_is_known_by_id_alone(store: Store) -> None:
    await link_person(store, a_link(Department.HR))
    person = await get_person(store)
    (link,) = await store.people.list_open("hr")

    await store.people.close([link.id], LATER)
    await store.people.close([link.id], STEWARD)

    by_id = await find_person(store, PersonAsk(person_id=person.person_id))
    assert by_id is not None
    assert by_id.links == ()
    assert [past.valid_to for past in by_id.past] == [LATER.at]
    assert await find_person(store, PersonAsk(id_number=NUMBER)) is None
    assert await find_person(store, PersonAsk(key=a_key(Department.HR))) is None


async def test_a_person_who_comes_back_has_the_same_id(store: Store) -> None:
    await link_person(store, a_link(Department.HR))
    before = await get_person(store)
    (link,) = await store.people.list_open("hr")
    await store.people.close([link.id], LATER)

    await link_person(store, a_link(Department.HR), stamp=STEWARD)

    assert (await get_person(store)).person_id == before.person_id


async def test_a_number_is_linked_while_a_link_of_its_person_is_in_force(store: Store) -> None:
    await link_person(store, a_link(Department.HR))
    await link_person(store, a_link(Department.HR, "2"), number=OTHER)
    one, two, three = [store.people.blind_index(each) for each in (NUMBER, OTHER, "third")]
    gone = (await get_person(store)).links[0].key
    ended = [
        link.id
        for link in await store.people.list_open("hr")
        if link.key_hmac == store.people.key_index(gone)
    ]

    await store.people.close(ended, LATER)

    assert await store.people.linked_numbers([one, two, three]) == {two}


async def test_an_id_merged_away_answers_with_its_successor(store: Store) -> None:
    await link_person(store, a_link(Department.HR))
    await link_person(store, a_link(Department.FINANCE), number=OTHER)
    gone, into = await get_person(store), await get_person(store, OTHER)

    await store.people.merge(gone.person_id, into.person_id, STEWARD)

    merged = await find_person(store, PersonAsk(person_id=gone.person_id))
    assert merged is not None
    assert merged.person_id == into.person_id
    assert [link.key.department for link in merged.links] == [Department.FINANCE, Department.HR]
    assert await get_person(store, NUMBER) == merged
    assert await find_person(store, PersonAsk(key=a_key(Department.HR))) == merged


async def test_a_successor_may_be_merged_away_in_its_turn(store: Store) -> None:
    numbers = (NUMBER, OTHER, "third")
    for text_, number in enumerate(numbers):
        await link_person(store, a_link(Department.HR, str(text_)), number=number)
    one, two, three = [await get_person(store, number) for number in numbers]

    await store.people.merge(one.person_id, two.person_id, STEWARD)
    await store.people.merge(two.person_id, three.person_id, STEWARD)

    found = await find_person(store, PersonAsk(person_id=one.person_id))
    assert found is not None
    assert found.person_id == three.person_id
    assert len(found.links) == 3


async def test_personal_keys_come_back_and_are_nowhere_in_clear(store: Store) -> None:
    await link_person(store, a_link(Department.HR, NUMBER, personal=True))

    async with store.database.engine.connect() as connection:
        stored = await connection.run_sync(dump)
    found = await find_person(store, PersonAsk(key=a_key(Department.HR, NUMBER)))

    assert found is not None
    assert found.links[0].key == a_key(Department.HR, NUMBER)
    assert NUMBER not in stored
    assert "fourfold link" in stored


async def test_a_personal_key_sealed_under_a_lost_secret_is_no_error(url: str) -> None:
    async with open_store(options(url)) as store:
        await link_person(store, a_link(Department.HR, NUMBER, personal=True))
    async with open_store(StoreOptions(url, b"i" * 32, b"x" * 32)) as store:
        found = await get_person(store)

    assert found.links[0].key.text == ""


async def test_pages_of_open_links_cover_a_source_once(store: Store) -> None:
    for number in range(5):
        row = a_link(Department.HR, str(number))
        await link_person(store, row, a_link(Department.FINANCE, str(number)), number=str(number))

    seen, after = [], ""
    while page := await store.people.list_open("hr", after, limit=2):
        seen += [link.key_hmac for link in page]
        after = page[-1].id

    keys = [a_key(Department.HR, str(number)) for number in range(5)]
    assert sorted(seen) == sorted(store.people.key_index(key) for key in keys)
