"""The floor's HTTP side: a raw ASGI application, one path a job, JSON in and out."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from benchmarks.floor.databases import Databases, open_databases

Variables = dict[str, str]
Handler = Callable[[Variables], Awaitable[object]]
"""From the variables of a question to the `data` of its answer."""
MakeHandlers = Callable[[Databases], Mapping[str, Handler]]
Message = dict[str, Any]  # Any: as ASGI has them
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
COUNT_PATH: Final = "/statements"
_JSON: Final = (b"content-type", b"application/json")


def server_options(host: str, port: int) -> dict[str, Any]:  # Any: as uvicorn takes them
    """The same as `fourfold serve` uses; a test compares them."""
    return {
        "host": host,
        "port": port,
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 10,
    }


class Floor:
    """The application; opens its databases at start."""

    def __init__(self, told: dict[str, Any], make_handlers: MakeHandlers) -> None:
        self._told = told
        self._make_handlers = make_handlers
        self._handlers: Mapping[str, Handler] = {}
        self._databases: Databases | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, or the life of the application."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        message = await receive()
        body: bytes = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        path = scope["path"]
        data = (
            self._count() if path == COUNT_PATH else await self._handlers[path](orjson.loads(body))
        )
        answer = orjson.dumps({"data": data})
        length = (b"content-length", b"%d" % len(answer))
        await send({"type": "http.response.start", "status": 200, "headers": [_JSON, length]})
        await send({"type": "http.response.body", "body": answer})

    def _count(self) -> int:
        return self._databases.statements if self._databases else 0

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._databases = await open_databases(self._told)
        except Exception as error:  # noqa: BLE001 - whatever it is, the server cannot start
            sys.stderr.write(f"the floor cannot open its databases: {type(error).__name__}\n")
            await send({"type": "lifespan.startup.failed"})
            return
        self._handlers = self._make_handlers(self._databases)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._databases.close()
        await send({"type": "lifespan.shutdown.complete"})
