"""The platform database on SQLite and PostgreSQL; MariaDB is no platform database."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event, text

from domain.identity.matching import Evidence, MatchLevel
from domain.model.departments import Department
from domain.model.errors import BadInputError, PlatformError
from domain.model.keys import LocalKey, PersonId, SourceName, UnitCode, UnitId
from domain.model.tally import PLATFORM, Tally
from store.database import Store, StoreOptions, open_store
from store.links import key_index
from store.people import LinkedPerson, PersonAsk, PersonToLink
from store.recording import Recorded, RowToLink, Stamp
from store.sealing import Seals
from store.tables import METADATA
from store.units import LinkedUnit, UnitAsk
from tests.support.databases import DatabaseMaker, Kind

NUMBER = "370702198503151232"
OTHER = "370702196803121239"
SEALS = Seals(b"i" * 32, b"d" * 32)
FIRST = Stamp("fourfold link", datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC))
LATER = Stamp("fourfold link", datetime(2026, 4, 1, 8, 0, tzinfo=UTC))
STEWARD = Stamp("steward", datetime(2026, 5, 1, 8, 0, tzinfo=UTC))


def options(url: str) -> StoreOptions:
    return StoreOptions(url, b"i" * 32, b"d" * 32, pool_size=3)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], name="url"
)
def _url(request: pytest.FixtureRequest, make_database: DatabaseMaker) -> str:
    kind: Kind = request.param
    return make_database(kind)


@pytest.fixture(name="store")
async def _store(url: str) -> AsyncIterator[Store]:
    async with open_store(options(url)) as opened:
        yield opened


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that the block sends, writes of a transaction's frame left out."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    engine = store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def a_key(department: Department, text: str = "1") -> LocalKey:
    return LocalKey(department, SourceName(department.value), text)


def a_link(department: Department, text: str = "1", *, personal: bool = False) -> RowToLink:
    key, evidence = a_key(department, text), (Evidence.ID_NUMBER, Evidence.NAME)
    return RowToLink(key, key_index(SEALS, key), MatchLevel.CERTAIN, evidence, personal)


def a_unit(*keys: tuple[Department, str]) -> list[RowToLink]:
    made = [a_key(*key) for key in keys]
    certain, evidence = MatchLevel.CERTAIN, (Evidence.USCC,)
    return [RowToLink(key, key_index(SEALS, key), certain, evidence) for key in made]


async def link_person(
    store: Store, *rows: RowToLink, number: str = NUMBER, stamp: Stamp = FIRST
) -> Recorded:
    person = PersonToLink(store.people.blind_index(number), rows)
    return await store.people.record_links([person], stamp)


async def find_person(store: Store, ask: PersonAsk) -> LinkedPerson | None:
    return (await store.people.find([ask], Tally()))[0]


async def get_person(store: Store, number: str = NUMBER) -> LinkedPerson:
    found = await find_person(store, PersonAsk(id_number=number))
    assert found is not None
    return found


async def find_unit(store: Store, ask: UnitAsk) -> LinkedUnit | None:
    return (await store.units.find([ask], Tally()))[0]


def dump(connection: Connection) -> str:
    """Every value of every table as text."""
    rows = [
        value
        for table in METADATA.sorted_tables
        for row in connection.execute(table.select())
        for value in row
    ]
    return "\n".join(map(str, rows))


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


async def test_a_question_without_a_subject_is_a_mistake_of_ours(store: Store) -> None:
    with pytest.raises(ValueError, match="names"):
        await store.people.find([PersonAsk()], Tally())


async def test_batches_of_many_lengths_are_few_different_statements(store: Store) -> None:
    with counted(store) as sent:
        for length in range(1, 65):
            asks = [PersonAsk(person_id=PersonId(str(number))) for number in range(length)]
            await store.people.find(asks, Tally())

    assert len(sent) == 64
    assert len(set(sent)) == 7


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


async def test_a_unit_is_found_by_id_code_and_key_in_one_statement(store: Store) -> None:
    codes = [(Department.ESTABLISHMENT, "3707-1"), (Department.HR, "77")]
    await store.units.record_links([a_unit(*codes)], FIRST)
    by_code = await find_unit(store, UnitAsk(unit_code=UnitCode("3707-1")))
    assert by_code is not None
    tally = Tally()

    asks = [
        UnitAsk(key=a_key(*codes[1])),
        UnitAsk(unit_code=UnitCode("77")),
        UnitAsk(unit_id=by_code.unit_id),
        UnitAsk(unit_code=UnitCode("3707-1")),
        UnitAsk(unit_id=UnitId("none")),
    ]
    with counted(store) as sent:
        found = await store.units.find(asks, tally)

    assert found == [by_code, None, by_code, by_code, None]
    assert (len(sent), tally.statements[PLATFORM]) == (1, 1)


async def test_a_past_unit_code_leads_to_its_unit_until_another_has_it(store: Store) -> None:
    old, new = (Department.ESTABLISHMENT, "old"), (Department.ESTABLISHMENT, "new")
    office = (Department.HR, "77")
    await store.units.record_links([a_unit(old, office)], FIRST)
    (link,) = await store.units.list_open("establishment")
    await store.units.close([link.id], LATER)
    await store.units.record_links([a_unit(new, office)], LATER)

    by_old = await find_unit(store, UnitAsk(unit_code=UnitCode("old")))
    by_new = await find_unit(store, UnitAsk(unit_code=UnitCode("new")))
    assert by_old == by_new
    assert by_old is not None
    assert [link.key.text for link in by_old.past] == ["old"]

    await store.units.record_links([a_unit(new, office), a_unit(old)], STEWARD)
    again = await find_unit(store, UnitAsk(unit_code=UnitCode("old")))
    assert again is not None
    assert again.unit_id != by_old.unit_id


async def test_recording_units_again_writes_nothing(store: Store) -> None:
    units = [a_unit((Department.ESTABLISHMENT, "1"), (Department.HR, "2"))]

    first = await store.units.record_links(units, FIRST)
    again = await store.units.record_links(units, LATER)

    assert (first, again) == (Recorded(owners=1, opened=2), Recorded())


async def test_a_unit_split_in_two_keeps_its_id_for_the_first_half(store: Store) -> None:
    one, two = (Department.ESTABLISHMENT, "1"), (Department.ESTABLISHMENT, "2")
    await store.units.record_links([a_unit(one, two)], FIRST)
    before = await find_unit(store, UnitAsk(key=a_key(*one)))

    changed = await store.units.record_links([a_unit(one), a_unit(two)], LATER)

    after = [await find_unit(store, UnitAsk(key=a_key(*key))) for key in (one, two)]
    assert changed == Recorded(owners=1, opened=1, closed=1)
    assert before is not None
    assert [unit.unit_id == before.unit_id for unit in after if unit] == [True, False]


async def test_the_migrated_tables_are_those_of_the_program(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, METADATA))

    async with store.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def start_once(url: str) -> None:
    """One process that opens the store, as `fourfold serve --workers` does."""

    async def start() -> None:
        async with open_store(options(url)) as opened:
            await find_person(opened, PersonAsk(id_number=NUMBER))

    asyncio.run(start())


@pytest.mark.slow
def test_processes_that_start_at_once_make_the_tables_once(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=start_once, args=(url,)) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]


async def test_tasks_that_start_at_once_make_the_tables_once(url: str) -> None:
    async def start() -> None:
        async with open_store(options(url)):
            pass

    await asyncio.gather(*(start() for _ in range(4)))


async def test_a_database_of_a_newer_program_is_refused(url: str) -> None:
    async with open_store(options(url)) as store, store.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(PlatformError, match="newer"):
        async with open_store(options(url)):
            pass


async def test_a_start_does_not_wait_for_a_long_write(store: Store, url: str) -> None:
    async with store.database.writing() as connection:
        await connection.execute(text("DELETE FROM person_number"))

        async with asyncio.timeout(10), open_store(options(url)) as second:
            assert await find_person(second, PersonAsk(id_number=NUMBER)) is None


async def test_two_writers_of_one_batch_leave_one_person(store: Store) -> None:
    done = await asyncio.gather(
        *(link_person(store, a_link(Department.HR)) for _ in range(3)), return_exceptions=True
    )

    assert any(isinstance(each, Recorded) for each in done)
    assert all(isinstance(each, Recorded | PlatformError) for each in done)
    assert len(await store.people.list_open("hr")) == 1


async def test_a_platform_database_that_is_away_is_one_error_without_driver_text(
    tmp_path: Path,
) -> None:
    urls = [
        f"sqlite:///{tmp_path / 'missing' / 'platform.sqlite'}",
        "postgresql://nobody:secret@127.0.0.1:1/none",
    ]
    for url in urls:
        with pytest.raises(PlatformError) as caught:
            async with open_store(options(url)):
                pass
        assert str(caught.value) == "the platform database did not answer"


async def test_another_kind_of_database_is_refused() -> None:
    for url in ("mysql://root@127.0.0.1/x", "no url"):
        with pytest.raises(BadInputError):
            async with open_store(options(url)):
                pass


def test_options_show_no_secret() -> None:
    assert repr(options("postgresql://u:secret@h/d")) == "StoreOptions(pool_size=3)"
