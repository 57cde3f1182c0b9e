"""A small HTTP client on kept connections: it costs little, and its CPU is not a server's."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.errors import BenchmarkError
from benchmarks.processes import cpu_seconds
from benchmarks.servers import HOST, Server


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `seconds` from the first byte sent to the last one read."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Phase:
    """Answers in the order of their requests, seconds all together, and the server's CPU."""

    answers: Sequence[Answer]
    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and the headers that each of them has."""

    server: Server
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, body: bytes) -> bytes:
        """The bytes of one request."""
        own = {"host": HOST, "content-type": "application/json", **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in own.items())
        head = f"POST {self.path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
        return head.encode() + body


class Connection:
    """One connection to a server, kept open; one request at a time."""

    def __init__(
        self, target: Target, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._target = target
        self._reader = reader
        self._writer = writer

    async def post(self, body: bytes) -> Answer:
        """One request. Raises BenchmarkError when the connection breaks."""
        request = self._target.request(body)
        began = time.perf_counter()
        self._writer.write(request)
        try:
            answered = await self._reader.readuntil(b"\r\n\r\n")
            received = await self._reader.readexactly(length_of(answered))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise BenchmarkError(f"the server `{self._target.server.name}` broke off") from error
        return Answer(int(answered[9:12]), received, time.perf_counter() - began)


def length_of(head: bytes) -> int:
    """The content length an HTTP head names. Raises BenchmarkError where it names none."""
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise BenchmarkError("a server sends no content length")


@asynccontextmanager
async def open_callers(target: Target, count: int) -> AsyncIterator[list[Connection]]:
    """So many connections to a server while the block lasts."""
    opened = await asyncio.gather(
        *(asyncio.open_connection(HOST, target.server.port) for _ in range(count))
    )
    try:
        yield [Connection(target, reader, writer) for reader, writer in opened]
    finally:
        for _, writer in opened:
            writer.close()


async def run_phase(target: Target, bodies: Sequence[bytes], callers: int) -> Phase:
    """All requests, by so many callers at once."""
    pid = target.server.pid
    answers: dict[int, Answer] = {}
    queue = iter(enumerate(bodies))
    async with open_callers(target, callers) as opened:
        cpu, began = cpu_seconds(pid), time.perf_counter()
        await asyncio.gather(*(_call(caller, queue, answers) for caller in opened))
        seconds, cpu = time.perf_counter() - began, cpu_seconds(pid) - cpu
    return Phase([answers[number] for number in range(len(bodies))], seconds, cpu)


async def _call(
    caller: Connection, queue: Iterable[tuple[int, bytes]], answers: dict[int, Answer]
) -> None:
    """Takes requests until there are none; the callers share the queue."""
    for number, body in queue:
        answers[number] = await caller.post(body)
