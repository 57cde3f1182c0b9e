"""A client of graphql-transport-ws that can also do wrong, and a running city to try it on."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from app import create_app
from resolvers.watching import SourceWatch
from schema.serving.sockets.figures import StreamFigures
from tests.support.listening import listening

PROTOCOL = "graphql-transport-ws"
CHANGES = "subscription { sourceChanged { name state breaker lastError } }"
PATIENCE = 20.0
_silent = logging.getLogger("client of a test")
_silent.propagate = False  # What the client logs is not what the server logs.
Json = dict[str, Any]  # a JSON object of whatever was said


@dataclass(frozen=True, slots=True)
class Served:
    """A running application and where it listens."""

    base: str
    app: Starlette

    @property
    def watch(self) -> SourceWatch:
        found: SourceWatch = self.app.state.running.keeping.streams.watch
        return found

    @property
    def figures(self) -> StreamFigures:
        found: StreamFigures = self.app.state.running.keeping.figures
        return found

    def is_idle(self) -> bool:
        """Whether nothing is left of any connection."""
        return (
            not self.watch.listeners
            and not self.figures.subscriptions
            and not self.figures.open.total()
            and self.watch._looking is None
        )


@asynccontextmanager
async def serving(config: Path) -> AsyncIterator[Served]:
    """A city on a port of this machine."""
    app = create_app(config)
    async with listening(app) as base:
        yield Served(base, app)


@dataclass(frozen=True, slots=True)
class Socket:
    """One WebSocket of a client."""

    raw: ClientConnection

    async def say(self, type_: str, **fields: object) -> None:
        await self.raw.send(json.dumps({"type": type_, **fields}))

    async def hear(self) -> Json:
        """The next message."""
        async with asyncio.timeout(PATIENCE):
            said: Json = json.loads(await self.raw.recv())
        return said

    async def init(self, token: str | None = None) -> None:
        """Signs in, and sees that it was well."""
        payload = {"Authorization": f"Bearer {token}"} if token else {}
        await self.say("connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, id_: str = "1", query: str = CHANGES, **more: object) -> None:
        await self.say("subscribe", id=id_, payload={"query": query, **more})

    async def refusal(self, id_: str = "1") -> Json:
        """The one error of an operation that did not run."""
        said = await self.hear()
        assert (said["type"], said["id"], len(said["payload"])) == ("error", id_, 1), said
        error: Json = said["payload"][0]
        return error

    async def next(self) -> Json:
        """The data of the next answer."""
        said = await self.hear()
        assert said["type"] == "next", said
        payload: Json = said["payload"]
        assert "errors" not in payload, payload
        data: Json = payload["data"]
        return data

    async def ending(self) -> tuple[int, str]:
        """Code and reason with which the server ends the connection, whatever it says before."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(PATIENCE):
                while True:
                    await self.raw.recv()
        assert self.raw.close_code is not None
        return self.raw.close_code, self.raw.close_reason or ""


@asynccontextmanager
async def socket(
    base: str, protocols: Sequence[str] = (PROTOCOL,), origin: str | None = None
) -> AsyncIterator[Socket]:
    """An open WebSocket at a server's graph."""
    url = f"{base.replace('http', 'ws')}/graphql"
    named = [Subprotocol(each) for each in protocols]
    async with connect(
        url,
        subprotocols=named or None,
        origin=None if origin is None else Origin(origin),
        proxy=None,
        close_timeout=2,
        logger=_silent,
    ) as raw:
        yield Socket(raw)


async def eventually(holds: Any, seconds: float = PATIENCE) -> None:  # noqa: ANN401 - any condition
    """Waits until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)
