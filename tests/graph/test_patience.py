"""Slow clients: headers and bodies that do not come are cut off, others are served meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from commands.patience import MAX_HEADER_BYTES, PatientProtocol
from commands.serve import server_options
from tests.support.listening import listening


class HastyProtocol(PatientProtocol):
    header_seconds = 0.3
    body_seconds = 0.3

    write_seconds = 0.3


LARGE = 30_000_000
"""More bytes than the kernel holds for a client that does not read."""


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def large(_: Request) -> Response:
    return PlainTextResponse(b"x" * LARGE)


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", echo, methods=["GET", "POST"]), Route("/large", large)])
    async with listening(app, http=HastyProtocol) as base:
        yield int(base.rpartition(":")[2])


async def answer_to(port: int, *parts: bytes) -> bytes:
    """What comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    async with asyncio.timeout(20):
        found = await reader.read()
    writer.close()
    return found


async def drip(port: int, start: bytes, drop: bytes) -> bytes:
    """What comes back where a client goes on sending a little for ever."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    reading = asyncio.create_task(reader.read())
    deadline = time.monotonic() + 20
    while not reading.done() and time.monotonic() < deadline:
        writer.write(drop)
        await asyncio.wait({reading}, timeout=0.02)
    writer.close()
    return await reading


async def test_a_silent_connection_is_closed(port: int) -> None:
    assert (await answer_to(port)).startswith(b"HTTP/1.1 408")


async def test_headers_that_never_end_are_cut_off(port: int) -> None:
    assert (await answer_to(port, b"GET / HTTP/1.1\r\nHost: x\r\n")).startswith(b"HTTP/1.1 408")


async def test_headers_that_drip_are_cut_off(port: int) -> None:
    found = await drip(port, b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n")

    assert found.startswith(b"HTTP/1.1 408")


async def test_a_body_that_drips_is_cut_off(port: int) -> None:
    start = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"

    assert await drip(port, start, b"a") == b""


async def test_endless_headers_are_refused_by_their_size(port: int) -> None:
    line = b"X-A: " + b"b" * 1000 + b"\r\n"
    head = b"GET / HTTP/1.1\r\nHost: x\r\n" + line * (MAX_HEADER_BYTES // len(line) + 2)

    assert (await answer_to(port, head)).startswith((b"HTTP/1.1 431", b"HTTP/1.1 408"))


async def test_a_second_request_on_one_connection_has_its_own_time(port: int) -> None:
    whole = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"

    found = await answer_to(port, whole, whole, b"GET / HT")

    assert found.count(b"HTTP/1.1 200") == 2
    assert found.count(b"HTTP/1.1 408") == 1


class CountingProtocol(HastyProtocol):
    """Counts the clocks it sets."""

    clocks = 0

    def _wait(self, seconds: float) -> None:
        type(self).clocks += 1
        super()._wait(seconds)


async def test_a_request_that_comes_whole_needs_no_clock_of_its_own() -> None:
    CountingProtocol.clocks = 0
    app = Starlette(routes=[Route("/", echo, methods=["POST"])])
    async with (
        listening(app, http=CountingProtocol) as base,
        httpx.AsyncClient(base_url=base, timeout=20) as client,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
        whole = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
        for _ in range(5):
            writer.write(whole)
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        assert CountingProtocol.clocks == 1  # that of the connection itself
        writer.write(whole[:30])
        await asyncio.sleep(0.05)
        writer.write(whole[30:-1])
        await asyncio.sleep(0.05)
        writer.write(whole[-1:])
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        assert CountingProtocol.clocks == 3
        writer.close()
        assert (await client.post("/", content=b"here")).text == "here"


async def test_others_are_served_while_many_are_slow(port: int) -> None:
    slow = [asyncio.create_task(answer_to(port, b"GET / HTTP/1.1\r\n")) for _ in range(50)]

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        answers = [await client.post("/", content=b"here") for _ in range(5)]

    assert {answer.text for answer in answers} == {"here"}
    assert all(found.startswith(b"HTTP/1.1 408") for found in await asyncio.gather(*slow))


async def test_a_client_that_does_not_take_its_answer_is_cut_off(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(2)
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            found = await reader.read(-1)
            assert len(found) < LARGE
    writer.close()


async def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=100_000)
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    taken = 0
    async with asyncio.timeout(60):
        while part := await reader.read(1_000_000):
            taken += len(part)
            await asyncio.sleep(0.01)
    writer.close()

    assert taken > LARGE


def test_the_server_is_started_with_this_patience() -> None:
    assert server_options("127.0.0.1", 8000)["http"] is PatientProtocol
    assert PatientProtocol.header_seconds == 10
