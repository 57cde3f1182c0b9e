"""One WebSocket that speaks graphql-transport-ws, from its acceptance to its end."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import orjson
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from domain.model.errors import PlatformError, RateLimitedError, UnauthenticatedError
from domain.model.principal import Principal
from schema.errors import bad_request
from schema.serving.caller import address_of
from schema.serving.request import HttpRefusal, checked
from schema.serving.sockets.callers import Watchman, spoken_for
from schema.serving.sockets.lifetime import Lifetime
from schema.serving.sockets.limits import SocketLimits
from schema.serving.sockets.messages import (
    GONE,
    ID_TAKEN,
    INVALID,
    LATE,
    NO_PURPOSE,
    NOT_INITIALISED,
    SIGN_IN,
    TRY_LATER,
    TWICE,
    Closing,
    Complete,
    Init,
    Message,
    Ping,
    Pong,
    Subscribe,
    Violation,
    read_message,
)
from schema.serving.sockets.streams import Listener, Refused, Streams

_REFUSED: Final = {403: NO_PURPOSE, 503: TRY_LATER}
"""How a connection ends that may not be opened, by the status that a request would get."""


@dataclass(slots=True)
class Connection:
    """Reads one message after the other; each subscription sends for itself.

    A client that reads slowly is waited for: nothing is gathered for it but the newest states.
    """

    websocket: WebSocket
    streams: Streams
    watchman: Watchman
    limits: SocketLimits
    trace: str
    subscribed: int = 0
    _listener: Listener | None = None
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> Closing:
        """Talks until somebody ends it; gives how."""
        life = Lifetime(self.trace)
        life.start(partial(self._read, life))
        life.start(self._expect_init)
        return await life.until_over()

    async def _read(self, life: Lifetime) -> None:
        while True:
            received = await self.websocket.receive()
            if received["type"] == "websocket.disconnect":
                code = received.get("code") or GONE.code
                life.end(Closing(code, ""))
                return
            await self._take(read_message(received.get("text")), life)

    async def _expect_init(self) -> None:
        await asyncio.sleep(self.limits.init_timeout)
        if self._listener is None:
            raise Violation(LATE)

    async def _take(self, message: Message, life: Lifetime) -> None:
        match message:
            case Init():
                await self._initialise(message, life)
            case Ping():
                await self._send({"type": "pong"})
            case Pong():
                pass
            case Subscribe():
                await self._subscribe(message, life)
            case Complete():
                await self._stop(message.id)

    async def _initialise(self, message: Init, life: Lifetime) -> None:
        if self._listener is not None:
            raise Violation(TWICE)
        asking = spoken_for(self.websocket, message.payload)
        principal = await self._admitted(asking)
        self._listener = await self._let_in(asking, principal)
        life.start(partial(self._guard, asking, principal, life))
        await self._send({"type": "connection_ack"})

    async def _admitted(self, asking: HTTPConnection) -> Principal | None:
        try:
            return await self.watchman.gate.caller(asking)
        except UnauthenticatedError as error:
            self.streams.figures.refused["sign_in"] += 1
            raise Violation(SIGN_IN) from error
        except PlatformError as error:
            raise Violation(TRY_LATER) from error

    async def _let_in(self, asking: HTTPConnection, principal: Principal | None) -> Listener:
        owed = self.streams.asking(address_of(asking), self.trace, principal)
        try:
            return await self.streams.listener(asking, owed)
        except HttpRefusal as refusal:
            raise Violation(_REFUSED.get(refusal.status, INVALID)) from refusal

    async def _guard(
        self, asking: HTTPConnection, principal: Principal | None, life: Lifetime
    ) -> None:
        life.end(await self.watchman.until_away(asking, principal))

    async def _subscribe(self, message: Subscribe, life: Lifetime) -> None:
        if self._listener is None:
            raise Violation(NOT_INITIALISED)
        if message.id in self._running:
            raise Violation(ID_TAKEN)
        if len(self._running) >= self.limits.max_subscriptions:
            most = self.limits.max_subscriptions
            told = f"一个连接最多 {most} 个订阅 (at most {most} subscriptions on a connection)"
            errors = [bad_request(told, self.trace, RateLimitedError.code)]
            await self._send({"type": "error", "id": message.id, "payload": errors})
            return
        self.subscribed += 1
        self._running[message.id] = life.start(partial(self._answer, message, self._listener))

    async def _answer(self, message: Subscribe, listener: Listener) -> None:
        last: dict[str, Any] = {"type": "complete", "id": message.id}
        read = partial(checked, message.payload)
        try:
            async with aclosing(self.streams.answers(read, listener)) as answers:
                async for answer in answers:
                    await self._send({"type": "next", "id": message.id, "payload": answer})
        except Refused as refused:
            last = {"type": "error", "id": message.id, "payload": refused.errors}
        self._running.pop(message.id, None)  # Before the last word: the id is free with it.
        await self._send(last)

    async def _stop(self, id_: str) -> None:
        """Waits for the end: however fast a client comes and goes, nothing piles up."""
        task = self._running.pop(id_, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await self.websocket.send_text(orjson.dumps(message).decode())
        except RuntimeError as error:  # The server has sent a close frame of its own just before.
            raise WebSocketDisconnect(GONE.code) from error
