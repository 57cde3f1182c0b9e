"""What the provider is made of, and the bridge from authlib's threads to our event loop."""

import hashlib
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

import anyio.from_thread

from auth.accounts.signing_in import SignIn
from auth.ports import ClientBook, Clock, GrantBook, SessionBook
from auth.tokens.minting import ACCESS_LIFETIME, Minter
from auth.tokens.verifying import Verifier
from domain.model.accounts import Caller
from domain.model.clients import ClientGrant

P = ParamSpec("P")
R = TypeVar("R")
SCOPES = ("openid", "profile")
Stamp = Callable[[str], str]
"""A keyed hash under a key of the platform."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The parts of the provider while the application runs."""

    sign_in: SignIn
    sessions: SessionBook
    clients: ClientBook
    grants: GrantBook
    minter: Minter
    verifier: Verifier
    stamp: Stamp
    clock: Clock

    @property
    def issuer(self) -> str:
        """The provider's address; every address it gives out begins with it."""
        return self.minter.issuer

    async def revoke(self, grant: ClientGrant) -> None:
        """Let a grant fall with every token made from it."""
        now = self.clock()
        await self.grants.revoke(grant.id, now)
        await self.sessions.revoke(grant.id, now + ACCESS_LIFETIME)

    async def owner(self, grant: ClientGrant) -> Caller | None:
        """The live session behind a grant, with its account."""
        now = self.clock()
        found = await self.sessions.find_caller(grant.sid, [grant.id])
        if grant.revoked_at is not None or found is None or not found.session.is_live(now):
            return None
        return found if found.account.is_usable(now) else None


def wait_for(work: Callable[P, Coroutine[Any, Any, R]], *given: P.args, **named: P.kwargs) -> R:
    """The result of asynchronous work; only for authlib's threads, the loop goes on meanwhile."""
    return anyio.from_thread.run(partial(work, *given, **named))


def digest(secret: str) -> str:
    """What is kept of a random secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def new_secret() -> str:
    """A secret that is shown once: 256 random bits."""
    return secrets.token_urlsafe(32)
