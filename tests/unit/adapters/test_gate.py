"""So many at work, so many waiting; whoever waits can be turned away or give up."""

import asyncio

import pytest

from adapters.lanes.gate import Gate
from adapters.lanes.port import Failure, LaneError, Weight

GONE = LaneError(Failure.UNAVAILABLE, "no connection", Weight.REFUSED)


async def waiting(gate: Gate, count: int) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(gate.enter()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_places_go_to_those_who_wait_in_their_order() -> None:
    gate = Gate(1, 10)
    await gate.enter()
    first, second = await waiting(gate, 2)

    gate.leave()
    await first

    assert not second.done()
    assert gate.waiting == 1
    gate.leave()
    await second


async def test_more_than_may_wait_are_refused_at_once() -> None:
    gate = Gate(1, 1)
    await gate.enter()
    (first,) = await waiting(gate, 1)

    with pytest.raises(LaneError) as caught:
        await gate.enter()

    assert caught.value.weight is Weight.BUSY
    first.cancel()


async def test_all_who_wait_are_turned_away_and_the_places_stay_right() -> None:
    gate = Gate(1, 10)
    await gate.enter()
    tasks = await waiting(gate, 3)

    gate.turn_away(GONE)

    assert await asyncio.gather(*tasks, return_exceptions=True) == [GONE] * 3
    assert gate.waiting == 0
    gate.leave()
    await gate.enter()


@pytest.mark.parametrize("has_its_turn", [False, True])
async def test_a_caller_who_gives_up_leaves_no_place_taken(*, has_its_turn: bool) -> None:
    gate = Gate(1, 10)
    await gate.enter()
    first, second = await waiting(gate, 2)

    if has_its_turn:
        gate.leave()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    if not has_its_turn:
        gate.leave()

    await second
    assert gate.waiting == 0
