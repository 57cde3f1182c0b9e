"""The back channel: every client that a session signed in to hears of its end."""

import asyncio
import secrets
from datetime import timedelta
from typing import Final

import structlog

from auth.provider.core import Provider
from auth.tokens.outside import tell
from domain.model.clients import Client
from domain.model.errors import FourfoldError

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME: Final = timedelta(minutes=2)
ATTEMPTS: Final = 3
_log = structlog.get_logger("auth")


class BackChannel:
    """Logout tokens to clients; a client that does not answer is tried again, then logged."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def tell_clients(self, sid: str, sub: str) -> None:
        """A logout token to every client that the session signed in to."""
        clients = await self._provider.grants.clients_of(sid)
        told = (self._tell(client, sid, sub) for client in clients)
        await asyncio.gather(*told)

    async def _tell(self, client: Client, sid: str, sub: str) -> None:
        if client.back_channel_uri is None:
            return
        token = await self._logout_token(client, sid, sub)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await tell(client.back_channel_uri, (("logout_token", token),))
            except FourfoldError as error:
                _log.warning(
                    "client_not_told", client=client.client_id, attempt=attempt, reason=str(error)
                )
                await asyncio.sleep(attempt)
            else:
                return

    async def _logout_token(self, client: Client, sid: str, sub: str) -> str:
        now = self._provider.clock()
        claims = {
            "iss": self._provider.issuer,
            "aud": client.client_id,
            "sub": sub,
            "sid": sid,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": secrets.token_hex(16),
            "events": {EVENT: {}},
        }
        return await self._provider.minter.sign(claims, "logout+jwt")
