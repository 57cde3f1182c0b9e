"""A subscription as server-sent events: the distinct connections of graphql-sse, one a request."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from domain.model.errors import PlatformError, UnauthenticatedError
from domain.model.principal import Principal
from schema.errors import bad_request
from schema.serving.caller import address_of
from schema.serving.replies import Heads, heads_of
from schema.serving.request import (
    BodyLimits,
    GraphRequest,
    HttpRefusal,
    PlatformRefusal,
    SignInRefusal,
    read_get,
    read_post,
    use_post,
)
from schema.serving.sockets.keeping import FOREIGN, FULL, Keeping
from schema.serving.sockets.lifetime import Lifetime
from schema.serving.sockets.limits import KEEP_ALIVE, is_own_page
from schema.serving.sockets.messages import (
    DONE,
    FAILED,
    GONE,
    RESTARTING,
    SIGN_IN,
    TRY_LATER,
    Closing,
)
from schema.serving.sockets.places import NoPlaceError
from schema.serving.sockets.streams import Listener, Refused

EVENTS: Final = "text/event-stream"
_START: Final = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store, no-transform"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"Accept"),
    ],
}
_COMPLETE: Final = b"event: complete\ndata:\n\n"
_ALIVE: Final = b":\n\n"
_LAST_WORDS: Final = {
    SIGN_IN: ("UNAUTHENTICATED", "请重新登录 (sign in again)"),
    TRY_LATER: ("INTERNAL", "平台暂时不可用 (the platform does not answer)"),
    FAILED: ("INTERNAL", "系统内部错误 (internal error)"),
}


class Forbidden(HttpRefusal):
    """A page of somebody else's."""

    code = "FORBIDDEN"


class Full(HttpRefusal):
    """No place is free."""

    code = "RATE_LIMITED"


@dataclass(frozen=True, slots=True)
class EventOptions:
    """How a subscription may come, as for a query."""

    allows_get: bool
    body: BodyLimits


class EventDoor:
    """Streams of events, as an ASGI application."""

    def __init__(self, keeping: Keeping, options: EventOptions) -> None:
        self._keeping = keeping
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request and the stream that answers it; or a refusal, in JSON."""
        request, trace = Request(scope, receive), scope.get("fourfold.trace", "")
        try:
            await self._listen(request, trace, send)
        except HttpRefusal as refusal:
            body = orjson.dumps({"errors": [bad_request(refusal.message, trace, refusal.code)]})
            headers = {"Cache-Control": "no-store", "Vary": "Accept", **refusal.headers}
            answer = Response(body, refusal.status, headers, "application/json; charset=utf-8")
            await answer(scope, receive, send)

    async def _listen(self, request: Request, trace: str, send: Send) -> None:
        principal, streams = await self._admitted(request), self._keeping.streams
        asking = streams.asking(address_of(request), trace, principal)
        asked = asking.asked = await self._read(request)
        listener = await streams.listener(request, asking)
        try:
            with self._keeping.places.taken(asking.address, "sse"):
                await self._stream(request, asked, listener, send)
        except NoPlaceError as error:
            raise Full(429, FULL, {"Retry-After": "30"}) from error

    async def _admitted(self, request: Request) -> Principal | None:
        if not is_own_page(request, self._keeping.limits.origins):
            self._keeping.figures.refused["origin"] += 1
            raise Forbidden(403, FOREIGN)
        try:
            return await self._keeping.watchman.gate.caller(request)
        except UnauthenticatedError as error:
            self._keeping.figures.refused["sign_in"] += 1
            raise SignInRefusal(error) from error
        except PlatformError as error:
            raise PlatformRefusal from error

    async def _read(self, request: Request) -> GraphRequest:
        if request.method == "POST":
            return await read_post(heads_of(request.scope), request.receive, self._options.body)
        if request.method == "GET":
            return read_get(request, trusted_only=not self._options.allows_get)
        raise use_post()

    async def _stream(
        self, request: Request, asked: GraphRequest, listener: Listener, send: Send
    ) -> None:
        began, closing = time.perf_counter(), FAILED
        stream = EventStream(self._keeping, request, listener, send)
        try:
            closing = await stream.run(asked)
        finally:
            self._keeping.note_end(listener.trace, closing.code, (began, 1))


@dataclass(slots=True)
class EventStream:
    """One stream, from its first byte to its end; a slow reader is waited for."""

    keeping: Keeping
    request: Request
    listener: Listener
    send: Send
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, asked: GraphRequest) -> Closing:
        """Sends until somebody ends it; gives how."""
        await self.send(dict(_START))
        life = Lifetime(self.listener.trace)
        life.start(partial(self._until_gone, life))
        life.start(partial(self._until_away, life))
        life.start(partial(self._until_stopped, life))
        life.start(self._keep_alive)
        life.start(partial(self._answer, asked, life))
        closing = await life.until_over()
        await self._finish(closing)
        return closing

    async def _answer(self, asked: GraphRequest, life: Lifetime) -> None:
        try:
            async with aclosing(
                self.keeping.streams.answers(lambda: asked, self.listener)
            ) as answers:
                async for answer in answers:
                    await self._write(_next(answer))
        except Refused as refused:
            await self._write(_next({"errors": refused.errors}))
        life.end(DONE)

    async def _until_gone(self, life: Lifetime) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        life.end(GONE)

    async def _until_away(self, life: Lifetime) -> None:
        watchman = self.keeping.watchman
        life.end(await watchman.until_away(self.request, self.listener.asker.principal))

    async def _until_stopped(self, life: Lifetime) -> None:
        await self.keeping.stopping.wait()
        life.end(RESTARTING)

    async def _keep_alive(self) -> None:
        """Tells proxies on the way, and finds out, that somebody is there."""
        while True:
            await asyncio.sleep(KEEP_ALIVE)
            await self._write(_ALIVE)

    async def _finish(self, closing: Closing) -> None:
        """A stream that a stopping server cuts short is not complete: clients come again."""
        if closing is GONE:
            return
        last = b"" if closing is RESTARTING else _COMPLETE
        if words := _LAST_WORDS.get(closing):
            code, message = words
            errors = [bad_request(message, self.listener.trace, code)]
            last = _next({"errors": errors}) + last
        await self.send({"type": "http.response.body", "body": last, "more_body": False})

    async def _write(self, event: bytes) -> None:
        async with self._alone:
            await self.send({"type": "http.response.body", "body": event, "more_body": True})


def _next(answer: object) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"


def wants_events(scope: Scope) -> bool:
    """Whether a client asks for a stream: names it before JSON, for many name both."""
    return wants_events_in(heads_of(scope))


def wants_events_in(heads: Heads) -> bool:
    """The same out of the headers."""
    header = heads.get(b"accept")
    if header is None or b"event" not in header.lower():
        return False
    given = header.decode("latin-1").lower()
    accepted = [part.partition(";")[0].strip() for part in given.split(",")]
    if EVENTS not in accepted:
        return False
    return not any("json" in part or part == "*/*" for part in accepted[: accepted.index(EVENTS)])
