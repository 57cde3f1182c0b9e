"""Who stops waiting leaves the others what they wait for."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from adapters.port import Reach
from domain.model.access import Scope
from domain.model.departments import Department
from domain.model.keys import UnitCode
from resolvers.batched import Batched
from resolvers.reaching import Reaching
from resolvers.subjects import Linked
from resolvers.waiting import outcome
from store.units import UnitAsk
from tests.unit.resolvers.city import CitySource, a_key, a_linked_unit, reading

Asking = Callable[[Batched[int, str]], Awaitable[object]]


class Slow:
    """Answers when it is told to, and counts how often it was asked."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.asked = 0

    async def read(self, asks: list[int]) -> list[str]:
        self.asked += 1
        await self.gate.wait()
        return [f"answer {ask}" for ask in asks]


async def begun(work: Awaitable[object]) -> asyncio.Future[object]:
    """A task of its own that has come to where it waits."""
    task = asyncio.ensure_future(work)
    for _ in range(5):
        await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    "ask",
    [lambda loader: loader.load(1), lambda loader: loader.load_many([1, 2])],
    ids=["one", "many"],
)
async def test_a_question_goes_on_for_the_others_when_one_who_asked_it_is_cancelled(
    ask: Asking,
) -> None:
    slow = Slow()
    loader = Batched(slow.read)
    first = await begun(loader.load(1))
    leaver, stayer = await begun(ask(loader)), await begun(ask(loader))

    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    slow.gate.set()

    assert await first == "answer 1"
    assert await stayer == await ask(loader)


async def test_whoever_asks_after_all_have_left_gets_the_answer_that_was_under_way() -> None:
    slow = Slow()
    loader = Batched(slow.read)
    leaver = await begun(loader.load(1))

    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    later = await begun(loader.load(1))
    slow.gate.set()

    assert (await later, slow.asked) == ("answer 1", 1)


async def test_an_error_that_nobody_waits_for_any_more_is_not_reported_as_lost() -> None:
    reported: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context))
    shared: asyncio.Future[object] = loop.create_future()
    leaver = await begun(outcome(shared))

    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    shared.set_exception(ValueError("nobody reads it"))
    del shared
    await asyncio.sleep(0)
    gc.collect()

    assert reported == []


async def test_what_bounds_a_source_is_worked_out_on_when_one_who_waits_for_it_is_cancelled() -> (
    None
):
    hr, gate = CitySource(Department.HR), asyncio.Event()

    async def find(asks: list[UnitAsk]) -> list[Linked | None]:
        await gate.wait()
        office = CitySource(Department.ESTABLISHMENT)
        return [a_linked_unit(a_key(office, "A"), a_key(hr, "hA")) for _ in asks]

    scope = Scope(units=frozenset({UnitCode("A")}))
    reaching = Reaching(scope, reading(hr), find, date(2026, 11, 2))
    leaver, stayer = await begun(reaching.of(hr)), await begun(reaching.of(hr))

    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    gate.set()

    assert await stayer == Reach((), ("hA",))
