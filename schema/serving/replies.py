"""Answers of the endpoint as ASGI messages; and headers read without parsing the others."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
_ACCEPT: Final = b"accept"
_FIXED: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept"),
)


class JsonReply:
    """One JSON answer of a status and a media type."""

    __slots__ = ("_body", "_headers", "_media", "_status")

    def __init__(
        self,
        body: Mapping[str, Any],  # Any: whatever JSON takes
        status: int,
        media: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._body = orjson.dumps(body)
        self._status = status
        self._media = media
        self._headers = headers

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Sends it whole."""
        headers = [
            *_FIXED,
            (b"content-length", b"%d" % len(self._body)),
            (b"content-type", b"%s; charset=utf-8" % self._media.encode()),
        ]
        if self._headers:
            headers += [
                (k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in self._headers.items()
            ]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


def header_of(scope: Scope, name: bytes) -> str:
    """The first header of a name in lower case; an empty text where there is none."""
    for each, value in scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return ""


def media_of(scope: Scope) -> str:
    """The media type that a client takes."""
    return RESPONSE_JSON if RESPONSE_JSON in header_of(scope, _ACCEPT) else JSON
