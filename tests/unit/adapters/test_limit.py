"""A time limit ends its own work, and nothing that somebody else has ended."""

import asyncio

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
