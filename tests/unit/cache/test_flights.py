"""Work that is shared while it is under way: once for all, and harmless to leave."""

import asyncio
from dataclasses import dataclass, field

import pytest

from cache.flights import LATEST_BOARDING, Flights
from domain.model.errors import PlatformError

CALLERS = 100


@dataclass
class Work:
    """Work that goes on until it is let go; counts how often it was begun and cut short."""

    begun: int = 0
    cut: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cut += 1
            raise
        if self.error is not None:
            raise self.error
        return number


async def started(*tasks: asyncio.Task[int]) -> None:
    """Lets everybody come as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


async def test_a_hundred_callers_make_one_call() -> None:
    flights, work = Flights(), Work()
    callers = [asyncio.create_task(flights.share("k", work)) for _ in range(CALLERS)]
    await started(*callers)

    work.gate.set()

    assert await asyncio.gather(*callers) == [1] * CALLERS
    assert (work.begun, flights.joined, len(flights)) == (1, CALLERS - 1, 0)


async def test_what_has_landed_is_not_kept() -> None:
    flights, work = Flights(), Work()
    work.gate.set()

    assert await flights.share("k", work) == 1
    assert await flights.share("k", work) == 2


async def test_different_keys_are_different_work() -> None:
    flights, work = Flights(), Work()
    work.gate.set()

    both = [flights.share("a", work), flights.share("b", work)]
    assert await asyncio.gather(*both) == [1, 2]


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_whoever_is_cancelled_harms_nobody_else(leaver: int) -> None:
    flights, work = Flights(), Work()
    callers = [asyncio.create_task(flights.share("k", work)) for _ in range(3)]
    await started(*callers)

    callers[leaver].cancel()
    await asyncio.wait([callers[leaver]])
    work.gate.set()
    ends = await asyncio.gather(*callers, return_exceptions=True)

    begun = 1 if leaver else 2  # Who does the work takes it along; the next one does it anew.
    assert [end for i, end in enumerate(ends) if i != leaver] == [begun] * 2
    assert isinstance(ends[leaver], asyncio.CancelledError)
    assert (work.begun, work.cut, len(flights)) == (begun, begun - 1, 0)


async def test_when_one_after_the_other_leaves_the_last_one_still_gets_the_result() -> None:
    flights, work = Flights(), Work()
    callers = [asyncio.create_task(flights.share("k", work)) for _ in range(4)]
    await started(*callers)

    for caller in callers[:3]:
        caller.cancel()
        await asyncio.wait([caller])
        await started(callers[3])
    work.gate.set()

    assert await callers[3] == 4
    assert (work.cut, flights.joined, len(flights)) == (3, 3, 0)


async def test_who_leaves_at_the_moment_the_work_becomes_his_passes_it_on() -> None:
    flights, work = Flights(), Work()
    callers = [asyncio.create_task(flights.share("k", work)) for _ in range(3)]
    await started(*callers)

    callers[0].cancel()
    callers[1].cancel()
    await started(callers[2])
    work.gate.set()

    assert await asyncio.wait_for(callers[2], 5) == 2
    assert len(flights) == 0


async def test_who_takes_the_work_over_is_joined_by_those_who_come_then() -> None:
    flights, work = Flights(), Work()
    callers = [asyncio.create_task(flights.share("k", work)) for _ in range(2)]
    await started(*callers)
    callers[0].cancel()
    await started(callers[1])

    late = asyncio.create_task(flights.share("k", work))
    await started(callers[1], late)
    work.gate.set()

    assert await asyncio.gather(*[callers[1], late]) == [2, 2]


async def test_the_last_one_to_leave_ends_the_work() -> None:
    flights, work = Flights(), Work()
    callers = [asyncio.create_task(flights.share("k", work)) for _ in range(2)]
    await started(*callers)

    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)
    await asyncio.sleep(0)

    assert (work.cut, len(flights)) == (1, 0)
    work.gate.set()
    assert await flights.share("k", work) == 2


async def test_one_callers_deadline_is_not_that_of_the_others() -> None:
    flights, work = Flights(), Work()
    patient = asyncio.create_task(flights.share("k", work))
    await started(patient)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(flights.share("k", work), 0.001)
    work.gate.set()

    assert await patient == 1


async def test_an_error_is_shared_with_those_who_waited_and_never_kept() -> None:
    flights, work = Flights(), Work(error=PlatformError("away"))
    callers = [asyncio.create_task(flights.share("k", work)) for _ in range(3)]
    await started(*callers)
    work.gate.set()

    ends = await asyncio.gather(*callers, return_exceptions=True)

    assert ends == [work.error] * 3
    work.error = None
    assert await flights.share("k", work) == 2


async def test_an_error_at_the_moment_of_leaving_is_no_loose_end() -> None:
    flights, work = Flights(), Work(error=PlatformError("away"))
    caller = asyncio.create_task(flights.share("k", work))
    await started(caller)

    work.gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()

    with pytest.raises((asyncio.CancelledError, PlatformError)):
        await caller


async def test_work_that_is_cancelled_from_inside_leaves_nobody_waiting() -> None:
    flights = Flights()

    async def give_up() -> int:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(flights.share("k", give_up), 1)
    assert len(flights) == 0


async def test_a_write_in_between_is_never_missed() -> None:
    flights, work = Flights(), Work()
    before = asyncio.create_task(flights.share("k", work))
    await started(before)

    flights.depart()
    after = asyncio.create_task(flights.share("k", work))
    late = asyncio.create_task(flights.share("k", work))
    await started(before, after, late)
    work.gate.set()

    assert await asyncio.gather(*[before, after, late]) == [1, 2, 2]


async def test_work_that_takes_long_is_not_joined_for_ever() -> None:
    now = 0.0
    flights, work = Flights(lambda: now), Work()
    first = asyncio.create_task(flights.share("k", work))
    await started(first)

    now = LATEST_BOARDING
    second = asyncio.create_task(flights.share("k", work))
    await started(second)
    work.gate.set()

    assert await asyncio.gather(*[first, second]) == [1, 2]
    assert len(flights) == 0


async def test_closing_ends_what_is_under_way() -> None:
    flights, work = Flights(), Work()
    caller = asyncio.create_task(flights.share("k", work))
    await started(caller)

    await flights.close()

    with pytest.raises(asyncio.CancelledError):
        await caller
    assert work.cut == 1
