"""Whose unit a key is, is remembered for seconds, and forgotten when anybody writes of units."""

from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from cache.generations import Generations
from cache.memory import MemoryOptions
from cache.watching import Together, Watcher
from domain.model.departments import Department
from domain.model.keys import LocalKey, UnitId
from domain.model.tally import PLATFORM, Tally
from store.database import Store, open_store
from store.finding import ANY_CODE
from store.forms import OwnerRow
from store.units import UnitAsk
from tests.support.links import FIRST, LATER, a_key, a_link, a_unit, link_person, options

ONE, TWO, NOBODYS = (a_key(Department.ESTABLISHMENT, text) for text in ("U1", "U2", "U9"))


@dataclass(frozen=True, slots=True)
class Worker:
    """One process: its store, behind a memory of units that a watcher keeps in step."""

    store: Store
    memory: Generations[Hashable, OwnerRow]
    watcher: Watcher


@pytest.fixture(name="workers")
async def _workers(url: str) -> AsyncIterator[tuple[Worker, Worker]]:
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            store = await stack.enter_async_context(open_store(options(url)))
            watcher = Watcher(store.changes(lambda: datetime.now(UTC)))
            memory = Generations[Hashable, OwnerRow](
                MemoryOptions(60.0, 100), watcher.is_current, ANY_CODE
            )
            watcher.watch({None: Together([memory])})
            await watcher.look()
            made.append(Worker(store.remembering(None, memory), memory, watcher))
        await made[0].store.units.record_links(
            [a_unit((Department.ESTABLISHMENT, "U1"), (Department.HR, "1"))], FIRST
        )
        await made[1].watcher.look()
        yield made[0], made[1]


async def owners(store: Store, *keys: LocalKey) -> tuple[list[str | None], int]:
    """The units of these keys, and how many statements that took."""
    tally = Tally()
    _, found = await store.owners([], keys, tally)
    return [None if each is None else each.id for each in found], tally.statements[PLATFORM]


async def owner(store: Store, ask: UnitAsk) -> tuple[str | None, int]:
    tally = Tally()
    found = await store.units.find_owner(ask, tally)
    return None if found is None else found.id, tally.statements[PLATFORM]


async def test_keys_and_ids_are_asked_for_once_unknown_ones_too(
    workers: tuple[Worker, Worker],
) -> None:
    store = workers[0].store

    ids, sent = await owners(store, ONE, NOBODYS)
    again, more = await owners(store, NOBODYS, ONE)

    assert (sent, more) == (1, 0)
    assert again == [ids[1], ids[0]] == [None, ids[0]]
    assert ids[0] is not None
    assert await owner(store, UnitAsk(key=ONE)) == (ids[0], 0)
    assert await owner(store, UnitAsk(unit_id=UnitId(ids[0]))) == (ids[0], 1)
    assert await owner(store, UnitAsk(unit_id=UnitId(ids[0]))) == (ids[0], 0)


async def test_only_unknown_keys_are_asked_for_and_all_come_in_order(
    workers: tuple[Worker, Worker],
) -> None:
    store = workers[0].store
    await store.units.record_links([a_unit((Department.ESTABLISHMENT, "U2"))], FIRST)
    (known,), _ = await owners(store, TWO)

    ids, sent = await owners(store, ONE, TWO, NOBODYS)

    assert sent == 1
    assert ids[1] == known
    assert ids == (await owners(store, ONE, TWO, NOBODYS))[0]
    assert len({*ids}) == 3


async def test_persons_are_asked_for_each_time_units_beside_them_are_not(
    workers: tuple[Worker, Worker],
) -> None:
    store = workers[0].store
    await link_person(store, a_link(Department.HR, "7"))
    await owners(store, ONE)
    for _ in range(2):
        tally = Tally()
        people, units = await store.owners([a_key(Department.HR, "7")], [ONE], tally)
        assert people[0] is not None
        assert units[0] is not None
        assert tally.statements[PLATFORM] == 1


async def test_a_new_link_of_a_unit_is_seen_by_the_writer_at_once_and_by_others_at_their_next_look(
    workers: tuple[Worker, Worker],
) -> None:
    writer, other = workers
    assert await owners(writer.store, NOBODYS) == ([None], 1)
    assert await owners(other.store, NOBODYS) == ([None], 1)

    await writer.store.units.record_links([a_unit((Department.ESTABLISHMENT, "U9"))], LATER)

    (own,), _ = await owners(writer.store, NOBODYS)
    assert own is not None
    await other.watcher.look()
    assert await owners(other.store, NOBODYS) == ([own], 1)


async def test_links_of_persons_forget_no_unit(workers: tuple[Worker, Worker]) -> None:
    writer, other = workers
    await owners(writer.store, ONE)
    await owners(other.store, ONE)

    await link_person(writer.store, a_link(Department.HR, "7"))
    await other.watcher.look()

    assert (await owners(writer.store, ONE))[1] == 0
    assert (await owners(other.store, ONE))[1] == 0


async def test_an_ended_link_leads_nowhere_at_once(workers: tuple[Worker, Worker]) -> None:
    store = workers[0].store
    await owners(store, ONE)
    links = await store.units.list_open(Department.ESTABLISHMENT.value)

    await store.units.close([link.id for link in links], LATER)

    assert await owners(store, ONE) == ([None], 1)
