"""Answers of the endpoint as ASGI messages; and headers read without parsing the others."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.types import Message, Scope

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
Heads = Mapping[bytes, bytes]
"""Headers by their names in lower case."""
_FIXED: Final = {
    media: (
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"Accept"),
        (b"content-type", b"%s; charset=utf-8" % media.encode()),
    )
    for media in (JSON, RESPONSE_JSON)
}


class JsonReply:
    """One JSON answer of a status and a media type, to be sent whole."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: Mapping[str, Any],  # Any: whatever JSON takes
        status: int,
        media: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.body = orjson.dumps(body)
        self.status = status
        self.headers = [*_FIXED[media], (b"content-length", b"%d" % len(self.body))]
        if headers:
            self.headers += [
                (k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()
            ]

    def start(self) -> Message:
        """The message that comes before the body."""
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}

    def rest(self) -> Message:
        """The body, as the last message."""
        return {"type": "http.response.body", "body": self.body}


def heads_of(scope: Scope) -> Heads:
    """The headers of a request; of those with one name the first."""
    return dict(scope["headers"][::-1])


def header_of(scope: Scope, name: bytes) -> str:
    """The first header of a name in lower case; an empty text where there is none."""
    return heads_of(scope).get(name, b"").decode("latin-1")


def media_in(heads: Heads) -> str:
    """The media type that a client takes."""
    accepted = heads.get(b"accept")
    return RESPONSE_JSON if accepted is not None and _RESPONSE in accepted else JSON


_RESPONSE: Final = RESPONSE_JSON.encode()
