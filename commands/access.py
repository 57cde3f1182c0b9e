"""Sign-in out of the settings: the gate of the graph, the keys and the accounts behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.types import ASGIApp

from auth.accounts.managing import Accounts
from auth.accounts.passwords import Passwords
from auth.accounts.signing_in import SignIn, SignInBooks
from auth.gate import BearerGate, Gate, LoopbackGate
from auth.ports import Clock
from auth.provider.core import Provider, Upstream
from auth.provider.routes import provider_app
from auth.provider.sweeping import Sweeper
from auth.tokens.issuers import ClaimMap, OutsideIssuer
from auth.tokens.keyring import KeyRing
from auth.tokens.minting import Minter
from auth.tokens.verifying import OwnIssuer, Verifier
from commands.opening import secret_text
from settings import ClaimsPart, IssuerPart, Settings, UpstreamPart
from store.database import Store

_log = structlog.get_logger("auth")


@dataclass(frozen=True, slots=True)
class Access:
    """What sign-in is made of while the application runs."""

    gate: Gate
    sign_in: SignIn
    minter: Minter
    accounts: Accounts
    provider: ASGIApp | None
    sweeper: Sweeper | None = None


@asynccontextmanager
async def open_access(
    settings: Settings, store: Store, clock: Clock, *, folder: Path = Path()
) -> AsyncIterator[Access]:
    """Sign-in over an open platform database; makes the first signing keys.

    Secret files are found from `folder`.
    """
    passwords = Passwords()
    try:
        minter = make_minter(settings, store, clock)
        if settings.auth.enabled and settings.auth.provider:
            await minter.keys.prepare()
        books = SignInBooks(store.accounts, store.sessions, store.sign_in_counts)
        sign_in = SignIn(books, passwords, clock)
        accounts = Accounts(store.accounts, store.sessions, passwords, clock)
        verifier = _verifier(settings, store, minter, clock)
        provider, sweeper = None, None
        if settings.auth.enabled and settings.auth.provider:
            upstream = _upstream(settings.auth.upstream, folder)
            made = _provider(store, upstream, clock, (sign_in, minter, verifier))
            provider, sweeper = provider_app(made), Sweeper(made)
        yield Access(_gate(settings, verifier), sign_in, minter, accounts, provider, sweeper)
    finally:
        passwords.close()


def make_minter(settings: Settings, store: Store, clock: Clock) -> Minter:
    """What signs tokens of the built-in provider."""
    keys = KeyRing(store.signing_keys, settings.auth.algorithm, clock)
    return Minter(settings.platform.issuer, settings.auth.audience, keys, clock)


def _gate(settings: Settings, verifier: Verifier) -> Gate:
    if settings.auth.enabled:
        return BearerGate(verifier)
    _log.warning("access_control_off", reaches="this machine only")
    return LoopbackGate()


def _verifier(settings: Settings, store: Store, minter: Minter, clock: Clock) -> Verifier:
    own = OwnIssuer(minter.issuer, minter.audience, minter.keys, store.sessions)
    outside = [_outside(part) for part in settings.auth.issuers]
    return Verifier(own if settings.auth.provider else None, outside, clock)


def _provider(
    store: Store, upstream: Upstream | None, clock: Clock, parts: tuple[SignIn, Minter, Verifier]
) -> Provider:
    """The provider's parts."""
    sign_in, minter, verifier = parts
    return Provider(
        sign_in=sign_in,
        accounts=store.accounts,
        sessions=store.sessions,
        clients=store.clients,
        grants=store.client_grants,
        minter=minter,
        verifier=verifier,
        seals=store.seals,
        clock=clock,
        upstream=upstream,
    )


def _outside(part: IssuerPart) -> OutsideIssuer:
    return OutsideIssuer(
        issuer=part.issuer,
        audience=part.audience,
        keys_url=part.keys_url,
        kind=part.token_type,
        claims=claim_map(part.claims),
    )


def _upstream(part: UpstreamPart | None, folder: Path) -> Upstream | None:
    if part is None:
        return None
    return Upstream(
        issuer=part.issuer,
        client_id=part.client_id,
        client_secret=secret_text(part.client_secret, part.client_secret_file, folder),
        scope=part.scope,
        claims=claim_map(part.claims),
    )


def claim_map(part: ClaimsPart) -> ClaimMap:
    """An outside issuer's words for what we need to know."""
    return ClaimMap(
        roles_claim=part.roles_claim,
        department_claim=part.department_claim,
        divisions_claim=part.divisions_claim,
        units_claim=part.units_claim,
        name_claim=part.name_claim,
        mfa_acr=tuple(part.mfa_acr),
        roles=part.roles,
    )
