"""A TCP proxy of the test's own: cuts a source off without touching a shared server."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from enum import StrEnum
from types import TracebackType
from typing import Self

from sqlalchemy.engine import make_url

_CHUNK = 64 * 1024


class Mode(StrEnum):
    """What the proxy does with traffic from now on, on open connections too."""

    FORWARD = "forward"
    REFUSE = "refuse"
    """Nobody listens; open connections are reset."""
    HANG = "hang"
    """Connections are taken, nothing is ever answered."""
    SLOW = "slow"
    """Each piece of an answer comes `delay` seconds late."""
    CUT = "cut"
    """The next answer stops in its middle and the connection is reset."""


class TcpProxy:
    """Stands on a local port before one server; `async with` opens and closes it."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._mode = Mode.FORWARD
        self._delay = 0.0
        self._released = asyncio.Event()
        self._connections: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.accepted = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def mode(self) -> Mode:
        """What it does just now."""
        return self._mode

    def url(self, url: str) -> str:
        """The same database, reached through the proxy."""
        through = make_url(url).set(host="127.0.0.1", port=self.port)
        return through.render_as_string(hide_password=False)

    async def start(self) -> None:
        """Listen; on the same port as before where it listened before."""
        if self._listener is None:
            self._listener = await asyncio.start_server(self._take, "127.0.0.1", self.port)
            self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more and reset what is open."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self._drop_connections()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def switch(self, mode: Mode, *, delay: float = 0.0) -> None:
        """Change what happens to traffic; `delay` is seconds and counts for SLOW only."""
        self._mode, self._delay = mode, delay
        self._released.set()
        self._released = asyncio.Event()
        if mode is Mode.REFUSE:
            await self.stop()
        else:
            await self.start()

    async def reset(self) -> None:
        """Forward again; connections that were open are reset first."""
        self._drop_connections()
        await self.switch(Mode.FORWARD)

    def _drop_connections(self) -> None:
        for writer in self._connections:
            held: socket.socket | None = writer.get_extra_info("socket")
            if held is not None and held.fileno() >= 0:
                # Without lingering, closing sends a reset; else it would look like a proper end.
                held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; the stream server calls this for each."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        try:
            async with self._kept(writer):
                await self._while_it_hangs()
                there, back = await asyncio.open_connection(*self._target)
                async with self._kept(back), asyncio.TaskGroup() as group:
                    group.create_task(self._pump(reader, back, is_answer=False))
                    group.create_task(self._pump(there, writer, is_answer=True))
        except* (OSError, asyncio.CancelledError):
            # A reset is what tests ask for; a cancelled one comes from `stop`.
            pass
        finally:
            self._tasks.discard(task)

    @contextlib.asynccontextmanager
    async def _kept(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        """Know the connection while it is open, and close it afterwards."""
        self._connections.add(writer)
        try:
            yield
        finally:
            self._connections.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _while_it_hangs(self) -> None:
        while self._mode is Mode.HANG:
            await self._released.wait()

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        """Carry one direction until its end, as the mode of the moment says."""
        while piece := await source.read(_CHUNK):
            await self._while_it_hangs()
            if is_answer and self._mode is Mode.SLOW:
                await asyncio.sleep(self._delay)
            if is_answer and self._mode is Mode.CUT:
                target.write(piece[: len(piece) // 2])
                await target.drain()
                self._drop_connections()
                return
            target.write(piece)
            await target.drain()
        if target.can_write_eof():
            target.write_eof()
