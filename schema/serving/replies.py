"""Answers of the endpoint as ASGI messages; and headers read without parsing the others."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from starlette.types import Scope, Send

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
Heads = Mapping[bytes, bytes]
"""Headers by their names in lower case."""
WHOLE: Final = "fourfold.whole"
"""Where our own server puts what sends an answer of few headers at once: status, head, body."""
Whole = Callable[[int, bytes, bytes], bool]
"""False where it could not: then the answer goes as any other."""
_FIXED: Final = {
    media: (
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"vary", b"Accept"),
        (b"content-type", b"%s; charset=utf-8" % media.encode()),
    )
    for media in (JSON, RESPONSE_JSON)
}
_HEADS: Final = {
    media: b"".join(b"%s: %s\r\n" % header for header in fixed) for media, fixed in _FIXED.items()
}


class JsonReply:
    """One JSON answer of a status and a media type, to be sent whole."""

    __slots__ = ("_extra", "_media", "body", "status")

    def __init__(
        self,
        body: Mapping[str, Any],  # Any: whatever JSON takes
        status: int,
        media: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.body = orjson.dumps(body)
        self.status = status
        self._media = media
        self._extra = headers

    async def send(self, send: Send, *more: tuple[bytes, bytes]) -> None:
        """Sends it by two messages, with more headers."""
        length = (b"content-length", b"%d" % len(self.body))
        headers = [*_FIXED[self._media], length, *more]
        if self._extra:
            headers += [
                (k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in self._extra.items()
            ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})

    def is_sent(self, whole: Whole | None, trace: str) -> bool:
        """Sends it at once with its trace, where the server can; its headers are all our own."""
        if whole is None or self._extra:
            return False
        tail = b"content-length: %d\r\nx-request-id: %s\r\n\r\n" % (len(self.body), trace.encode())
        return whole(self.status, _HEADS[self._media] + tail, self.body)


def heads_of(scope: Scope) -> Heads:
    """The headers of a request; of those with one name the first."""
    return dict(scope["headers"][::-1])


def media_in(heads: Heads) -> str:
    """The media type that a client takes."""
    accepted = heads.get(b"accept")
    return RESPONSE_JSON if accepted is not None and _RESPONSE in accepted else JSON


_RESPONSE: Final = RESPONSE_JSON.encode()
