"""What one process writes the caches of another forget, on SQLite and PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from adapters.port import ReadOrder
from cache.memory import Memory, MemoryOptions
from cache.watching import Watcher
from domain.catalogue.handles import CIVIL_RANK
from domain.model.changes import Change
from domain.model.departments import Department
from domain.model.errors import PlatformError
from domain.model.keys import EntityKind, PersonId, SourceName, UnitCode
from domain.model.records import Facet
from domain.model.tally import PLATFORM, Tally
from resolvers.sharing import Kept, RowKey, SharedReader, SharingOptions
from store.changes import MOST_TOKENS, ChangeLog, changing_links, note_changes
from store.database import Store, open_store
from store.engine import Found, LinkKey
from store.people import PersonAsk
from store.tables import CACHE_CHANGE
from store.units import UnitAsk
from tests.support.fakes import FakeRow, FakeSource
from tests.support.links import (
    FIRST,
    LATER,
    NUMBER,
    OTHER,
    a_key,
    a_link,
    a_unit,
    dump,
    get_person,
    link_person,
    options,
)

HR = SourceName("hr")
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Worker:
    """One process: its store, behind a memory that a watcher keeps in step."""

    store: Store
    memory: Memory[LinkKey, Sequence[Found]]
    watcher: Watcher


@pytest.fixture(name="workers")
async def _workers(url: str) -> AsyncIterator[tuple[Worker, Worker]]:
    """Two processes over the same platform database, each of which has looked once."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            store = await stack.enter_async_context(open_store(options(url)))
            watcher = Watcher(store.changes(lambda: datetime.now(UTC)))
            memory = Memory[LinkKey, Sequence[Found]](MemoryOptions(60.0, 100), watcher.is_current)
            watcher.watch({None: memory})
            await watcher.look()
            made.append(Worker(store.remembering(memory), memory, watcher))
        yield made[0], made[1]


async def statements(store: Store, *asks: PersonAsk) -> tuple[list[PersonId | None], int]:
    """The persons of the questions, and how many statements that took."""
    tally = Tally()
    found = await store.people.find(asks, tally)
    return [each.person_id if each else None for each in found], tally.statements[PLATFORM]


async def test_links_and_blanks_are_read_once(workers: tuple[Worker, Worker]) -> None:
    store = workers[0].store
    await link_person(store, a_link(Department.HR), a_link(Department.FINANCE))
    asks = [
        PersonAsk(id_number=NUMBER),
        PersonAsk(key=a_key(Department.HR)),
        PersonAsk(id_number=OTHER),
    ]

    first, sent = await statements(store, *asks)
    again, more = await statements(store, *reversed(asks))

    assert (sent, more) == (1, 0)
    assert again == list(reversed(first))
    assert first[0] == first[1] is not None
    assert first[2] is None
    assert [len(p.links) for p in await store.people.find(asks, Tally()) if p] == [2, 2]


async def test_only_what_is_not_known_is_asked_for(workers: tuple[Worker, Worker]) -> None:
    store = workers[0].store
    await link_person(store, a_link(Department.HR))
    await store.units.record_links([a_unit((Department.ESTABLISHMENT, "U1"))], FIRST)
    await statements(store, PersonAsk(id_number=NUMBER))
    tally = Tally()

    people, units = await store.find(
        [PersonAsk(id_number=NUMBER)], [UnitAsk(unit_code=UnitCode("U1"))], tally
    )

    assert people[0] is not None
    assert units[0] is not None
    assert tally.statements[PLATFORM] == 1
    await store.find([PersonAsk(id_number=NUMBER)], [UnitAsk(unit_code=UnitCode("U1"))], tally)
    assert tally.statements[PLATFORM] == 1


async def test_a_worker_sees_its_own_change_at_once(workers: tuple[Worker, Worker]) -> None:
    store = workers[0].store
    await statements(store, PersonAsk(id_number=NUMBER), PersonAsk(key=a_key(Department.HR)))

    await link_person(store, a_link(Department.HR))
    found, _ = await statements(
        store, PersonAsk(id_number=NUMBER), PersonAsk(key=a_key(Department.HR))
    )

    assert found[0] == found[1] is not None


@pytest.mark.parametrize(
    "ask",
    [PersonAsk(id_number=NUMBER), PersonAsk(key=a_key(Department.HR)), PersonAsk(id_number=OTHER)],
    ids=["number", "key", "another number"],
)
async def test_a_link_moved_by_one_worker_is_seen_by_the_other(
    workers: tuple[Worker, Worker], ask: PersonAsk
) -> None:
    one, other = workers
    await link_person(one.store, a_link(Department.HR), a_link(Department.FINANCE))
    await other.watcher.look()
    before, _ = await statements(other.store, ask)

    await link_person(one.store, a_link(Department.HR), number=OTHER, stamp=LATER)
    await other.watcher.look()
    after, sent = await statements(other.store, ask)

    fresh, _ = await statements(one.store, ask)
    assert (after, sent) == (fresh, 1)
    seen = await get_person(other.store)
    assert [link.key.department for link in seen.links] == [Department.FINANCE]
    assert before != after or ask.id_number == NUMBER


async def seen_by(worker: Worker) -> None:
    """Asks until the person is there."""
    found: list[PersonId | None] = [None]
    while found == [None]:
        await asyncio.sleep(0.05)
        found, _ = await statements(worker.store, PersonAsk(id_number=NUMBER))


@pytest.mark.slow
async def test_a_change_is_seen_within_two_seconds(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    watching = asyncio.create_task(other.watcher.run())
    assert await statements(other.store, PersonAsk(id_number=NUMBER)) == ([None], 1)
    await link_person(one.store, a_link(Department.HR))

    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        await seen_by(other)
    watching.cancel()

    assert time.monotonic() - began < 2


async def test_a_unit_that_gets_a_code_is_found_by_it(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    ask = UnitAsk(unit_code=UnitCode("U1"))
    assert await other.store.units.find([ask], Tally()) == [None]

    await one.store.units.record_links([a_unit((Department.ESTABLISHMENT, "U1"))], FIRST)
    await other.watcher.look()

    (found,) = await other.store.units.find([ask], Tally())
    assert found is not None


async def test_a_row_written_by_one_worker_is_read_again_by_the_other(
    workers: tuple[Worker, Worker],
) -> None:
    one, other = workers
    source = FakeSource(Department.HR, people=[FakeRow("1", {CIVIL_RANK: "19"})])
    options = MemoryOptions(60.0, 100)
    memory = Memory[RowKey, Facet | None](options, other.watcher.is_current)
    digest = other.store.people.key_index
    reader = SharedReader(source, SharingOptions(8.0), Kept(memory, digest))
    other.watcher.watch({HR: reader})
    order = ReadOrder(EntityKind.PERSON, ("1", "2"), frozenset({CIVIL_RANK}))
    await reader.read(order, Tally())

    source.people[0] = FakeRow("1", {CIVIL_RANK: "31"})
    log = one.store.changes(lambda: datetime.now(UTC))
    await log.note_rows(HR, [one.store.people.key_index(a_key(Department.HR, "1"))])
    await other.watcher.look()
    tally = Tally()
    written, _ = await reader.read(order, tally)

    assert written is not None
    assert written.values == {CIVIL_RANK: "31"}
    assert tally.statements[HR] == 1
    assert memory.figures.hits == 1  # the other row is still known


@pytest.mark.parametrize("how", ["close", "merge"])
async def test_closing_and_merging_are_seen_too(workers: tuple[Worker, Worker], how: str) -> None:
    one, other = workers
    await link_person(one.store, a_link(Department.HR))
    await link_person(one.store, a_link(Department.FINANCE), number=OTHER)
    await other.watcher.look()
    (mine, hers), _ = await statements(
        other.store, PersonAsk(id_number=NUMBER), PersonAsk(id_number=OTHER)
    )
    assert mine is not None
    assert hers is not None

    if how == "close":
        open_links = await one.store.people.list_open("hr")
        await one.store.people.close([link.id for link in open_links], LATER)
    else:
        await one.store.people.merge(mine, hers, LATER)
    await other.watcher.look()

    after, _ = await statements(other.store, PersonAsk(id_number=NUMBER))
    assert after == [None if how == "close" else hers]


async def test_a_database_that_is_away_lets_the_caches_be_bypassed(
    workers: tuple[Worker, Worker],
) -> None:
    one, other = workers
    await statements(other.store, PersonAsk(id_number=NUMBER))
    feed = other.watcher._feed
    other.watcher._feed = _Away()
    await other.watcher.look()

    await link_person(one.store, a_link(Department.HR))
    found, sent = await statements(other.store, PersonAsk(id_number=NUMBER))
    assert (found != [None], sent) == (True, 1)
    assert other.memory.figures.bypassed == 1
    other.watcher._feed = feed
    await other.watcher.look()

    assert (await statements(other.store, PersonAsk(id_number=NUMBER)))[1] == 1
    assert (await statements(other.store, PersonAsk(id_number=NUMBER)))[1] == 0


async def test_notes_name_nobody_and_no_key(workers: tuple[Worker, Worker]) -> None:
    store = workers[0].store
    await link_person(store, a_link(Department.HR, NUMBER, personal=True))
    await store.units.record_links([a_unit((Department.ESTABLISHMENT, "U-SECRET-7"))], FIRST)

    async with store.database.engine.connect() as connection:
        notes = (await connection.execute(select(CACHE_CHANGE.c.token))).scalars().all()
        told = await connection.run_sync(dump)

    assert notes
    assert NUMBER not in told
    assert not any("U-SECRET-7" in str(note) for note in notes)


async def test_a_change_and_its_note_come_together_or_not_at_all(
    workers: tuple[Worker, Worker],
) -> None:
    store = workers[0].store
    log = store.changes(lambda: datetime.now(UTC))

    async def fail() -> None:
        async with changing_links(store.database) as (connection, _):
            await note_changes(connection, None, ["t"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert await log.list_behind(0, 10) == []


async def test_many_changes_of_one_transaction_are_one_note(workers: tuple[Worker, Worker]) -> None:
    store = workers[0].store
    async with changing_links(store.database) as (_, changed):
        changed.tokens = {str(number) for number in range(MOST_TOKENS + 1)}

    log = store.changes(lambda: datetime.now(UTC))
    assert [(each.source, each.token) for each in await log.list_behind(0, 10)] == [(None, None)]


async def test_numbers_grow_in_the_order_of_commits(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    log, seen = one.store.changes(lambda: datetime.now(UTC)), 0
    found: list[Change] = []

    async def write(worker: Worker, name: str) -> None:
        for number in range(20):
            async with worker.store.database.writing() as connection:
                await note_changes(connection, HR, [f"{name}{number}"])
                await asyncio.sleep(0)

    writing = asyncio.gather(write(one, "a"), write(other, "b"), write(one, "c"))
    while not writing.done() or await log.list_behind(seen, 1):
        await asyncio.sleep(0)
        for change in await log.list_behind(seen, 5):
            found.append(change)
            seen = change.number
    await writing

    assert len({change.token for change in found}) == 60  # none was passed over
    assert all(change.source == HR for change in found)


async def test_old_notes_are_cleaned_and_numbers_are_never_given_twice(
    workers: tuple[Worker, Worker],
) -> None:
    store = workers[0].store
    now = datetime.now(UTC)
    log = store.changes(lambda: now)
    await log.note_rows(HR, ["a", "b"])
    last = await log.newest()

    await log.clean()
    assert await log.newest() == last
    await ChangeLog(store.database, lambda: now + timedelta(hours=2)).clean()
    await log.note_rows(HR, ["c"])

    (note,) = await log.list_behind(last, 10)
    assert (note.number > last, note.token) == (True, "c")
    async with store.database.engine.connect() as connection:
        left = select(func.count()).select_from(CACHE_CHANGE)
        assert (await connection.execute(left)).scalar_one() == 1


class _Away:
    """A feed that does not answer."""

    async def newest(self) -> int:
        raise PlatformError("away")

    async def list_behind(self, number: int, limit: int) -> list[Change]:
        raise PlatformError("away")

    async def clean(self) -> None:
        raise PlatformError("away")
