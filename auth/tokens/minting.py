"""Access tokens of the built-in provider: RFC 9068, with what roles.md wants a token to hold."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from auth.ports import Clock
from auth.tokens.issuers import ACCESS_TOKEN
from auth.tokens.jose import signed
from auth.tokens.keyring import KeyRing
from domain.model.accounts import Account, Session
from domain.model.principal import Acr

ACCESS_LIFETIME: Final = timedelta(minutes=10)
METHODS: Final = {Acr.PASSWORD: ["pwd"], Acr.MFA: ["pwd", "otp"]}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is made for: a client, its scope, and the grant it goes back to."""

    client: str
    scope: str
    id: str | None = None
    lifetime: timedelta = ACCESS_LIFETIME


class Minter:
    """Makes tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, keys: KeyRing, clock: Clock) -> None:
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
        self._clock = clock

    async def access_token(self, account: Account, session: Session, grant: Grant) -> str:
        """A bearer token; it never outlives its session."""
        now = self._clock()
        ends = min(now + grant.lifetime, session.ends_at)
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": account.sub,
            "aud": self.audience,
            "client_id": grant.client,
            "iat": int(now.timestamp()),
            "exp": int(ends.timestamp()),
            "jti": secrets.token_hex(16),
            "sid": session.sid,
            "scope": grant.scope,
            **about(account),
            **methods(session),
        }
        if grant.id is not None:
            claims["grant"] = grant.id
        return await self.sign(claims, ACCESS_TOKEN)

    async def sign(self, claims: dict[str, Any], kind: str) -> str:
        """Any token of this issuer, signed by the current key and naming it."""
        key = await self.keys.current()
        header = {"alg": key.algorithm, "kid": key.kid, "typ": kind}
        return signed(claims, key.private, header)


def about(account: Account) -> dict[str, Any]:
    """Roles and scope as claims; the platform itself reads them again from the account."""
    rights = account.rights
    told: dict[str, Any] = {"name": account.name, "roles": sorted(rights.roles)}
    if rights.department:
        told["department"] = rights.department.value
    if rights.divisions:
        told["divisions"] = list(rights.divisions)
    if rights.units:
        told["units"] = list(rights.units)
    return told


def methods(session: Session) -> dict[str, Any]:
    """How and when the session's owner signed in."""
    return {
        "acr": session.acr.value,
        "amr": METHODS[session.acr],
        "auth_time": int(session.started_at.timestamp()),
    }
