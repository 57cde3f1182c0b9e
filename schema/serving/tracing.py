"""Gives every request an id and logs one line about it: no query text and no person."""

import re
import time
import uuid
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = b"x-request-id"
_SANE: Final = re.compile(rb"[0-9A-Za-z_-]{8,64}")
_ID_NUMBER: Final = re.compile(rb"\d{15}")
_log = structlog.get_logger("http")


class RequestTrace:
    """ASGI middleware; the id stands in `scope["fourfold.trace"]` and in X-Request-Id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; only HTTP requests are traced."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = scope["fourfold.trace"] = _trace_of(scope)
        started, status = time.perf_counter(), 500

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (HEADER, trace.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, send_traced)
        finally:
            _log_request(scope, trace, status, time.perf_counter() - started)


def _trace_of(scope: Scope) -> str:
    """The caller's id where it is one, else a new one; nothing that may be an ID number."""
    given = dict(scope["headers"]).get(HEADER, b"")
    if _SANE.fullmatch(given) and not _ID_NUMBER.search(given):
        text: str = given.decode()
        return text
    return uuid.uuid4().hex


def _log_request(scope: Scope, trace: str, status: int, seconds: float) -> None:
    route = scope["path"] if scope["path"] in _KNOWN_PATHS else "other"
    _log.info(
        "request",
        trace=trace,
        method=scope["method"],
        path=route,
        status=status,
        ms=round(seconds * 1000, 1),
    )


_KNOWN_PATHS: Final = frozenset({"/", "/graphql", "/livez", "/readyz", "/sources", "/metrics"})
