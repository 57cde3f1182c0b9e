"""What the provider is made of, and the bridge from authlib's threads to our event loop."""

import hashlib
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

import anyio.from_thread

from auth.accounts.signing_in import SignIn
from auth.ports import AccountBook, ClientBook, Clock, GrantBook, SessionBook
from auth.tokens.issuers import ClaimMap
from auth.tokens.minting import ACCESS_LIFETIME, Minter
from auth.tokens.verifying import Verifier
from domain.model.accounts import Caller
from domain.model.clients import ClientGrant

P = ParamSpec("P")
R = TypeVar("R")
SCOPES = ("openid", "profile")


@dataclass(frozen=True, slots=True)
class Upstream:
    """Another provider, where the platform is a client itself."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "openid profile"
    claims: ClaimMap = field(default_factory=ClaimMap)


class Seals(Protocol):
    """Texts that only this platform can have written, or read."""

    def blind_index(self, text: str, context: str) -> str:
        """A keyed hash."""

    def seal(self, text: str, context: str) -> str:
        """A text that only `unseal` can read."""

    def unseal(self, token: str, context: str) -> str | None:
        """The text; None for what was not sealed here for this context."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The parts of the provider while the application runs."""

    sign_in: SignIn
    accounts: AccountBook
    sessions: SessionBook
    clients: ClientBook
    grants: GrantBook
    minter: Minter
    verifier: Verifier
    seals: Seals
    clock: Clock
    upstream: Upstream | None = None

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
