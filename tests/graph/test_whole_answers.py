"""Our own server sends an answer of the graph at once: what comes is what uvicorn would send."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from commands.patience import PatientProtocol
from domain.model.tracing import NoSpans
from resolvers.measuring import Operation, OperationFigures
from schema.serving.direct import GraphFirst
from schema.serving.measured import Measured
from schema.serving.replies import JSON, RESPONSE_JSON, Heads, JsonReply
from tests.support.listening import listening

SENT: list[bool] = []


class Reply(JsonReply):
    """Notes by which way it went."""

    __slots__ = ()

    def is_sent(self, *given: object) -> bool:
        SENT.append(super().is_sent(*given))  # type: ignore[arg-type] # handed on
        return SENT[-1]


class Endpoint:
    """Answers as it is asked to."""

    async def reply(
        self, scope: Scope, heads: Heads, receive: Receive, how: Operation
    ) -> JsonReply:
        kind = heads.get(b"x-kind", b"").decode()
        body = {"data": "孟友" * (200_000 if kind == "large" else 1)}
        extra = {"Retry-After": "5"} if kind == "extra" else None
        return Reply(body, 503 if extra else 200, RESPONSE_JSON if kind == "new" else JSON, extra)


@asynccontextmanager
async def served(http: type[HttpToolsProtocol]) -> AsyncIterator[int]:
    app = GraphFirst()
    app._measured = Measured(Endpoint(), OperationFigures(), NoSpans())
    SENT.clear()
    async with listening(app, http=http) as base:
        yield int(base.rpartition(":")[2])


class Answer:
    """One answer off the wire."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.status, *lines = head.decode("latin-1").rstrip().split("\r\n")
        pairs = [line.partition(": ")[::2] for line in lines]
        assert len({name for name, _ in pairs}) == len(pairs)
        self.headers: Mapping[str, str] = {
            k: v for k, v in pairs if k not in {"date", "x-request-id"}
        }
        self.trace = dict(pairs)["x-request-id"]
        self.body = body


async def asked(port: int, *kinds: str, version: str = "1.1", more: str = "") -> list[Answer]:
    """The answers to several requests of one connection, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = []
    for kind in kinds:
        head = f"POST /graphql HTTP/{version}\r\nHost: x\r\nX-Kind: {kind}\r\n{more}"
        writer.write(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
        answered = await reader.readuntil(b"\r\n\r\n")
        [size] = [
            v
            for k, _, v in (h.partition(b": ") for h in answered.split(b"\r\n"))
            if k == b"content-length"
        ]
        found.append(Answer(answered, await reader.readexactly(int(size))))
    writer.close()
    return found


def told(answers: list[Answer]) -> list[tuple[object, ...]]:
    return [(each.status, sorted(each.headers.items()), each.body) for each in answers]


async def test_an_answer_is_the_same_whole_or_in_two_messages() -> None:
    kinds = ("", "new", "extra", "large", "")
    async with served(HttpToolsProtocol) as port:
        usual = await asked(port, *kinds)
        assert not any(SENT)
    async with served(PatientProtocol) as port:
        whole = await asked(port, *kinds)
        assert SENT[:3] == [True, True, False]

    assert told(whole) == told(usual)
    assert len({each.trace for each in whole}) == len(whole)


@pytest.mark.parametrize(("version", "more"), [("1.0", ""), ("1.1", "Connection: close\r\n")])
async def test_a_connection_that_is_to_close_is_closed(version: str, more: str) -> None:
    async with served(PatientProtocol) as port:
        [answer] = await asked(port, "", version=version, more=more)

        assert not any(SENT)
    assert answer.headers["connection"] == "close"


async def test_requests_that_come_before_they_are_answered_are_answered_in_their_order() -> None:
    async with served(PatientProtocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nX-Request-Id: "
        writer.write(b"".join(head + b"request-%d\r\n\r\n{}" % number for number in range(5)))
        found = [await reader.readuntil(b"}") for _ in range(5)]
        writer.close()

    assert [each.count(b"x-request-id: request-%d" % n) for n, each in enumerate(found)] == [1] * 5
