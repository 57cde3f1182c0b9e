"""Gives every request an id and logs one line about it: no query text and no person."""

import logging
import os
import re
import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.model.tracing import UNSEEN, NoSpans, Span, Spans
from schema.serving.replies import Heads, heads_of

TRACE: Final = "fourfold.trace"
"""Where the id of a request stands in its scope."""
HEADER: Final = b"x-request-id"
_SANE: Final = re.compile(rb"[0-9A-Za-z_-]{8,64}")
_ID_NUMBER: Final = re.compile(rb"\d{15}")
_log = structlog.get_logger("http")
_listening = logging.getLogger("http")


class RequestTrace:
    """ASGI middleware; the id stands in `scope["fourfold.trace"]` and in X-Request-Id."""

    def __init__(self, app: ASGIApp, spans: Spans) -> None:
        self._app = app
        self._spans = spans
        self._is_traced = not isinstance(spans, NoSpans)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; only HTTP requests are traced."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._is_traced:
            await self._passed(scope, receive, send, UNSEEN)
            return
        facts = {"http.request.method": _method_of(scope), "http.route": _route_of(scope)}
        with self._spans.span("request", facts) as span:
            await self._passed(scope, receive, send, span)

    async def _passed(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        trace = scope[TRACE] = trace_of(scope)
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
            span.note("http.response.status_code", status)
            span.note("fourfold.trace", trace)
            log_request(scope, trace, status, time.perf_counter() - started)


def _route_of(scope: Scope) -> str:
    """The path where it is one of ours: any other may hold whatever was typed."""
    return scope["path"] if scope["path"] in _KNOWN_PATHS else "other"


def _method_of(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "_OTHER"


def trace_of(scope: Scope) -> str:
    """The caller's id where it is one, else a new one; nothing that may be an ID number."""
    return trace_in(heads_of(scope))


def trace_in(heads: Heads) -> str:
    """The same out of the headers."""
    given = heads.get(HEADER)
    if given is not None and _SANE.fullmatch(given) and not _ID_NUMBER.search(given):
        return given.decode()
    return os.urandom(16).hex()


def log_request(scope: Scope, trace: str, status: int, seconds: float) -> None:
    """One line, where somebody listens."""
    if not _listening.isEnabledFor(logging.INFO):
        return  # structlog would put the whole line together before it finds out
    _log.info(
        "request",
        trace=trace,
        method=scope["method"],
        path=_route_of(scope),
        status=status,
        ms=round(seconds * 1000, 1),
    )


_KNOWN_PATHS: Final = frozenset({"/", "/graphql", "/livez", "/readyz", "/sources", "/metrics"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
