"""A time limit ends its own work, and nothing that somebody else has ended."""

import asyncio
import contextlib
import time
from typing import Any

import pytest

from adapters.limit import Limit


async def test_work_that_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError), Limit(0.01):
        await asyncio.sleep(5)


async def test_work_in_time_and_what_follows_are_left_alone() -> None:
    with Limit(0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.03)


async def test_an_error_of_the_work_is_its_own() -> None:
    with pytest.raises(KeyError), Limit(5):
        raise KeyError


async def test_a_cancelled_task_is_cancelled_and_not_late() -> None:
    async def work() -> None:
        with Limit(5):
            await asyncio.sleep(5)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_outer_limit_ends_the_inner_work() -> None:
    with pytest.raises(TimeoutError), Limit(0.01), Limit(5):
        await asyncio.sleep(5)


async def ended_after(seconds: float) -> float:
    """When a limit ends work that would go on, by the loop's own clock."""
    began = time.monotonic()
    with contextlib.suppress(TimeoutError), Limit(seconds):
        await asyncio.sleep(5)
    return time.monotonic() - began


async def test_limits_of_many_tasks_end_each_in_its_own_time() -> None:
    seconds = [0.3, 0.05, 0.2, 0.1, 0.05]

    taken = await asyncio.gather(*map(ended_after, seconds))

    assert sorted(range(5), key=taken.__getitem__)[2:] == [3, 2, 0]
    assert all(each >= wanted - 0.01 for each, wanted in zip(taken, seconds, strict=True))


async def test_a_limit_counts_from_its_own_beginning_whoever_began_before() -> None:
    long = asyncio.create_task(ended_after(5))
    await asyncio.sleep(0.05)

    assert await ended_after(0.05) < 5
    long.cancel()


async def test_many_limits_need_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, timers = asyncio.get_running_loop(), 0
    real = loop.call_later

    def counted(*arguments: Any, **named: Any) -> asyncio.TimerHandle:  # noqa: ANN401 - as the loop takes them
        nonlocal timers
        timers += 1
        return real(*arguments, **named)

    monkeypatch.setattr(loop, "call_later", counted)
    for _ in range(100):
        with Limit(30):
            pass

    assert timers <= 1


def test_each_loop_has_its_own_limits() -> None:
    for _ in range(3):
        assert asyncio.run(ended_after(0.01)) < 5
