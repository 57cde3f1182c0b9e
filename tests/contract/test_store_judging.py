"""Judgements that follow each other, on SQLite and PostgreSQL: begun, ended, left alone."""

from dataclasses import replace

from domain.identity.matching import Evidence, MatchLevel
from domain.model.departments import Department
from store.database import Store, open_store
from store.people import PersonAsk, PersonToLink
from store.recording import Reach, Recorded, RowToLink
from store.rekeying import Rekeyed, rekey
from store.sealing import Seals
from tests.support.links import (
    FIRST,
    LATER,
    NUMBER,
    OTHER,
    SEALS,
    a_key,
    a_link,
    find_person,
    get_person,
    link_person,
    options,
)

HR = a_link(Department.HR)
DISPUTED = replace(HR, level=MatchLevel.CONFLICT, evidence=(Evidence.TWO_PERSONS,))


async def judge(store: Store, row: RowToLink, number: str | None, reach: Reach) -> Recorded:
    number_hash = None if number is None else store.people.blind_index(number)
    return await store.people.record_links([PersonToLink(number_hash, (row,), reach)], LATER)


async def test_another_level_is_another_judgement(store: Store) -> None:
    await link_person(store, HR)

    done = await judge(store, replace(HR, level=MatchLevel.HIGH), NUMBER, Reach.ALL)

    person = await get_person(store)
    assert done == Recorded(opened=1, closed=1)
    assert [(each.level, each.valid_to) for each in person.past] == [("CERTAIN", LATER.at)]
    assert [(each.level, each.valid_from) for each in person.links] == [("HIGH", LATER.at)]


async def test_a_run_that_only_adds_leaves_the_level(store: Store) -> None:
    await link_person(store, HR)

    same = await judge(store, replace(HR, level=MatchLevel.HIGH), NUMBER, Reach.ADD)
    new = await judge(store, a_link(Department.FINANCE), NUMBER, Reach.ADD)

    assert (same, new) == (Recorded(), Recorded(opened=1))


async def test_a_run_that_only_keeps_ends_what_leads_elsewhere_and_begins_nothing(
    store: Store,
) -> None:
    await link_person(store, HR)
    await link_person(store, a_link(Department.FINANCE), number=OTHER)

    moved = await judge(store, HR, OTHER, Reach.KEEP)
    unknown = await judge(store, HR, "370702680312123", Reach.KEEP)

    assert moved == Recorded(closed=1)
    assert unknown == Recorded()


async def test_a_record_of_two_persons_is_one_of_its_own_and_keeps_its_id(store: Store) -> None:
    await link_person(store, HR)

    first = await judge(store, DISPUTED, None, Reach.ALL)
    again = await judge(store, DISPUTED, None, Reach.ALL)

    person = await find_person(store, PersonAsk(key=HR.key))
    assert (first, again) == (Recorded(owners=1, opened=1, closed=1), Recorded())
    assert person is not None
    assert await find_person(store, PersonAsk(id_number=NUMBER)) is None


async def test_a_new_key_finds_what_the_old_one_found(store: Store) -> None:
    await link_person(store, HR, a_link(Department.FINANCE, NUMBER, personal=True), stamp=FIRST)
    before = await get_person(store)
    new = Seals(b"n" * 32, b"d" * 32)
    numbers = {SEALS.blind_index(NUMBER): new.blind_index(NUMBER)}

    done = await rekey(store.database, SEALS, new, numbers)
    url = store.database.engine.url.render_as_string(hide_password=False)
    async with open_store(replace(options(url), index_key=b"n" * 32)) as opened:
        asks = [PersonAsk(id_number=NUMBER), PersonAsk(key=a_key(Department.FINANCE, NUMBER))]
        found = [await find_person(opened, ask) for ask in asks]

    assert done == Rekeyed(links=2, numbers=1, left=0)
    assert found == [before, before]
