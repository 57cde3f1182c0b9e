"""The proxy tests cut a source off with: every mode does what its name says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.support.proxy import Mode, TcpProxy

ANSWER = b"x" * 1000


@pytest.fixture
async def proxy() -> AsyncIterator[TcpProxy]:
    """A proxy before a server that gives `ANSWER` for every line."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(ANSWER)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with TcpProxy("127.0.0.1", port) as standing:
            yield standing


async def _asked(port: int, *, patience: float = 2.0) -> bytes:
    """What comes back for one line, until the answer is whole or the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"?\n")
        async with asyncio.timeout(patience):
            got = b""
            while len(got) < len(ANSWER) and (piece := await reader.read(4096)):
                got += piece
            return got
    finally:
        await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_it_forwards_at_first(proxy: TcpProxy) -> None:
    assert await _asked(proxy.port) == ANSWER
    assert proxy.accepted == 1


async def test_refusing_takes_no_connection_and_reset_takes_them_again(proxy: TcpProxy) -> None:
    port = proxy.port

    await proxy.switch(Mode.REFUSE)

    with pytest.raises(ConnectionRefusedError):
        await _asked(port)
    await proxy.reset()
    assert await _asked(port) == ANSWER


async def test_refusing_resets_open_connections(proxy: TcpProxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"?\n")
    await reader.readexactly(len(ANSWER))

    await proxy.switch(Mode.REFUSE)

    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(1), 2)
    await _closed(writer)


async def test_hanging_takes_connections_and_never_answers(proxy: TcpProxy) -> None:
    await proxy.switch(Mode.HANG)

    with pytest.raises(TimeoutError):
        await _asked(proxy.port, patience=0.1)


async def test_an_answer_held_back_comes_once_the_proxy_forwards(proxy: TcpProxy) -> None:
    await proxy.switch(Mode.HANG)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"?\n")

    await proxy.switch(Mode.FORWARD)

    assert await asyncio.wait_for(reader.readexactly(len(ANSWER)), 2) == ANSWER
    await _closed(writer)


async def test_a_slow_answer_is_late_but_whole(proxy: TcpProxy) -> None:
    await proxy.switch(Mode.SLOW, delay=0.1)
    clock = asyncio.get_running_loop()
    began = clock.time()

    assert await _asked(proxy.port) == ANSWER
    assert clock.time() - began >= 0.1


async def test_a_cut_answer_ends_in_its_middle(proxy: TcpProxy) -> None:
    await proxy.switch(Mode.CUT)

    with pytest.raises(ConnectionResetError):
        await _asked(proxy.port)


async def test_it_stands_in_a_database_url(proxy: TcpProxy) -> None:
    assert proxy.url("mariadb://u:p@db:3306/city") == f"mariadb://u:p@127.0.0.1:{proxy.port}/city"
