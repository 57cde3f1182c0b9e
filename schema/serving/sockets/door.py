"""The handshake of a WebSocket at /graphql: whose page, how many, which protocol; then it talks."""

import time

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from schema.errors import bad_request
from schema.serving.caller import address_of
from schema.serving.sockets.connection import Connection
from schema.serving.sockets.keeping import FOREIGN, FULL, Keeping
from schema.serving.sockets.limits import is_own_page
from schema.serving.sockets.messages import (
    FAILED,
    PROTOCOL,
    WRONG_PROTOCOL,
    Closing,
)
from schema.serving.sockets.places import NoPlaceError
from schema.serving.tracing import HEADER, trace_of


class SocketDoor:
    """WebSockets, as an ASGI application."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One WebSocket, from its handshake on."""
        websocket, trace = WebSocket(scope, receive, send), trace_of(scope)
        await websocket.receive()
        if not is_own_page(websocket, self._keeping.limits.origins):
            self._keeping.figures.refused["origin"] += 1
            await _deny(websocket, 403, FOREIGN, trace)
            return
        try:
            with self._keeping.places.taken(address_of(websocket), "websocket"):
                await self._talk(websocket, trace)
        except NoPlaceError:
            await _deny(websocket, 429, FULL, trace)

    async def _talk(self, websocket: WebSocket, trace: str) -> None:
        headers = [(HEADER, trace.encode())]
        if PROTOCOL not in websocket.scope["subprotocols"]:
            # Told after the handshake, as the protocol has it; who insists gives up before.
            self._keeping.figures.refused["protocol"] += 1
            await websocket.accept(headers=headers)
            await _close(websocket, WRONG_PROTOCOL)
            return
        await websocket.accept(PROTOCOL, headers)
        keeping, began = self._keeping, time.perf_counter()
        connection = Connection(websocket, keeping.streams, keeping.watchman, keeping.limits, trace)
        closing = FAILED
        try:
            closing = await connection.run()
            await _close(websocket, closing)
        finally:
            keeping.note_end(trace, closing.code, (began, connection.subscribed))


async def _deny(websocket: WebSocket, status: int, message: str, trace: str) -> None:
    code = "FORBIDDEN" if status == 403 else "RATE_LIMITED"
    body = orjson.dumps({"errors": [bad_request(message, trace, code)]})
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "30"} if status == 429 else {})
    answer = Response(body, status, headers, "application/json; charset=utf-8")
    await websocket.send_denial_response(answer)


async def _close(websocket: WebSocket, closing: Closing) -> None:
    if websocket.client_state is WebSocketState.CONNECTED:
        try:
            await websocket.close(closing.code, closing.reason)
        except (WebSocketDisconnect, RuntimeError):
            return
