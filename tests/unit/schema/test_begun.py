"""Work that need not wait gives its result at once; other work goes on where it waits."""

import asyncio

import pytest

from schema.serving.begun import Rest, begun


async def immediate() -> str:
    return "there"


async def after(event: asyncio.Event) -> str:
    await event.wait()
    await asyncio.sleep(0)
    return "came"


async def test_what_is_there_is_taken_at_once() -> None:
    assert begun(immediate()) == "there"


async def test_what_is_not_there_goes_on_where_it_waits() -> None:
    event = asyncio.Event()
    found = begun(after(event))
    assert isinstance(found, Rest)
    asyncio.get_running_loop().call_soon(event.set)

    assert await found == "came"


async def test_a_future_is_waited_for_too() -> None:
    future = asyncio.get_running_loop().create_future()
    found = begun(future)
    assert isinstance(found, Rest)
    asyncio.get_running_loop().call_soon(future.set_result, 7)

    assert await found == 7


async def test_an_error_is_raised_at_once_or_later() -> None:
    async def wrong(event: asyncio.Event) -> None:
        await event.wait()
        raise LookupError("later")

    event = asyncio.Event()
    later = begun(wrong(event))
    assert isinstance(later, Rest)
    event.set()
    with pytest.raises(LookupError):
        await later
    with pytest.raises(LookupError):
        begun(wrong(event))


async def test_a_time_limit_around_the_rest_ends_the_work() -> None:
    event, ended = asyncio.Event(), []

    async def waiting() -> None:
        try:
            await event.wait()
        finally:
            ended.append(True)

    rest = begun(waiting())
    assert isinstance(rest, Rest)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await rest
    assert ended == [True]
