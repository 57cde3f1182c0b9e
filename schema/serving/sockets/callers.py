"""Who listens: established like the caller of a request, and looked at again while it lasts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from auth.gate import Gate
from auth.ports import Clock
from domain.model.errors import PlatformError, UnauthenticatedError
from domain.model.principal import Principal
from schema.serving.sockets.messages import SIGN_IN, TRY_LATER, Closing

SPOKEN: Final = ("authorization", "x-fourfold-purpose")
"""Headers of a request that a WebSocket client says in its first message."""


@dataclass(frozen=True, slots=True)
class Watchman:
    """Looks after the callers of connections that stay open; `recheck` in seconds."""

    gate: Gate
    clock: Clock
    recheck: float

    async def until_away(self, connection: HTTPConnection, known: Principal | None) -> Closing:
        """Returns when a caller may listen no longer: at the token's end, or soon after sign-out.

        Other rights end the connection too: a new one is judged by them.
        """
        if known is None:
            await asyncio.Future()  # Access control is off: nothing of this caller can end.
            raise AssertionError
        while (left := (known.expires_at - self.clock()).total_seconds()) > 0:
            await asyncio.sleep(min(left, self.recheck))
            try:
                found = await self.gate.recheck(connection)
            except UnauthenticatedError:
                break
            except PlatformError:
                return TRY_LATER
            if found is None or found.rights != known.rights:
                break
        return SIGN_IN


def spoken_for(connection: HTTPConnection, payload: Mapping[str, object]) -> HTTPConnection:
    """The connection as if the client had sent these headers; those of the handshake do not count.

    A browser can set no header on a WebSocket, so nobody may: one way in is enough.
    """
    kept = [pair for pair in connection.scope["headers"] if pair[0].decode() not in SPOKEN]
    said = [
        (name.lower().encode(), value.encode())
        for name, value in payload.items()
        if name.lower() in SPOKEN and isinstance(value, str)
    ]
    return HTTPConnection({**connection.scope, "headers": kept + said, "type": "websocket"})
