"""From a bearer token to the caller: signature, claims, session; verified tokens count for 30 s."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from auth.ports import Clock, SessionBook
from auth.tokens.issuers import ACCESS_TOKEN, OutsideIssuer, rights_of
from auth.tokens.jose import Claims, checked, expect_claims, peek
from auth.tokens.keyring import KeyRing
from auth.tokens.keysets import CachedKeys, KeySource
from domain.model.accounts import Session
from domain.model.errors import UnauthenticatedError
from domain.model.principal import Acr, Principal
from domain.model.roles import decide_rights

VERIFIED: Final = timedelta(seconds=30)
KEPT_TOKENS: Final = 10_000
OWN_KEYS: Final = timedelta(seconds=30)
OUTSIDE_KEYS: Final = timedelta(seconds=300)
SEEN_APART: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OwnIssuer:
    """The built-in provider, as the resource server knows it."""

    issuer: str
    audience: str
    keys: KeyRing
    sessions: SessionBook


class Verifier:
    """Checks tokens of our own and of outside issuers."""

    def __init__(
        self, own: OwnIssuer | None, outside: Sequence[OutsideIssuer], clock: Clock
    ) -> None:
        self._own = own
        self._outside = {each.issuer: each for each in outside}
        self._clock = clock
        self._keys = _key_caches(own, outside, clock)
        self._verified: dict[bytes, tuple[Principal, datetime, datetime]] = {}

    async def principal(self, token: str) -> Principal:
        """Who stands behind a token. Raises UnauthenticatedError."""
        digest, now = hashlib.sha256(token.encode()).digest(), self._clock()
        known = self._known(digest, now)
        if known is not None:
            return known
        self._verified.pop(digest, None)
        found, session = await self._verify(token)
        if self._own is not None and session is not None:
            await _note_use(self._own, session, self._clock())
        while len(self._verified) >= KEPT_TOKENS:
            self._verified.pop(next(iter(self._verified)))
        self._verified[digest] = (found, now, min(now + VERIFIED, found.expires_at))
        return found

    def remembered(self, token: bytes) -> Principal | None:
        """Who stands behind a token that was verified a moment ago."""
        return self._known(hashlib.sha256(token).digest(), self._clock())

    def _known(self, digest: bytes, now: datetime) -> Principal | None:
        known = self._verified.get(digest)
        # A clock that was set back makes nothing last longer.
        return known[0] if known is not None and known[1] <= now < known[2] else None

    async def recheck(self, token: str) -> Principal:
        """The same, looked up anew, for one who stays connected: that is no use of the session.

        Raises UnauthenticatedError; requests with the same token are refused from then on too.
        """
        try:
            found, _ = await self._verify(token)
        except UnauthenticatedError:
            self._verified.pop(hashlib.sha256(token.encode()).digest(), None)
            raise
        return found

    async def _verify(self, token: str) -> tuple[Principal, Session | None]:
        said = peek(token)
        keys = self._keys.get(said.issuer)
        key = await keys.find(said.kid) if keys else None
        if key is None:
            raise UnauthenticatedError("the issuer or its key is not known")
        claims = checked(token, key)
        if self._own is not None and said.issuer == self._own.issuer:
            _check(
                claims, said.kind, ACCESS_TOKEN, (said.issuer, self._own.audience), self._clock()
            )
            return await self._own_caller(self._own, claims)
        outside = self._outside[said.issuer]
        _check(claims, said.kind, outside.kind, (said.issuer, outside.audience), self._clock())
        return _outside_caller(outside, claims), None

    async def _own_caller(self, own: OwnIssuer, claims: Claims) -> tuple[Principal, Session]:
        """Roles and scope as they are now, whatever the token says."""
        sid, now = str(claims.get("sid")), self._clock()
        marks = [str(claims[name]) for name in ("jti", "grant") if name in claims]
        caller = await own.sessions.find_caller(sid, marks)
        if caller is None or not caller.session.is_live(now):
            raise UnauthenticatedError("the session has ended")
        account, session = caller.account, caller.session
        if account.sub != claims["sub"] or not account.is_usable(now):
            raise UnauthenticatedError("the account is closed")
        principal = Principal(
            sub=account.sub,
            sid=sid,
            client=str(claims.get("client_id", "")),
            name=account.name,
            rights=account.rights,
            acr=min(Acr(str(claims.get("acr"))), session.acr, key=_STRENGTH.index),
            expires_at=_expiry(claims),
        )
        return principal, session


async def _note_use(own: OwnIssuer, session: Session, now: datetime) -> None:
    """Puts off the end for idleness."""
    if now - session.seen_at >= SEEN_APART:
        await own.sessions.note_use(session.sid, now)


_STRENGTH: Final = (Acr.PASSWORD, Acr.MFA)


def _key_caches(
    own: OwnIssuer | None, outside: Sequence[OutsideIssuer], clock: Clock
) -> Mapping[str, CachedKeys]:
    sources = [KeySource(each.issuer, each.load_keys, OUTSIDE_KEYS) for each in outside]
    if own is not None:
        sources.append(KeySource(own.issuer, own.keys.public, OWN_KEYS))
    return {source.issuer: CachedKeys(source, clock) for source in sources}


def _check(claims: Claims, kind: str, wanted: str, names: tuple[str, str], now: datetime) -> None:
    """Type, issuer, audience and times. Raises UnauthenticatedError."""
    if kind != wanted.lower():
        raise UnauthenticatedError("this is not an access token")
    issuer, audience = names
    expect_claims(claims, {"iss": issuer, "aud": audience}, now)
    if not isinstance(claims["sub"], str):
        raise UnauthenticatedError("the token names nobody")


def _outside_caller(outside: OutsideIssuer, claims: Claims) -> Principal:
    names = outside.claims
    rights = rights_of(claims, names)
    if decide_rights(rights):
        raise UnauthenticatedError("the issuer gives no roles, or roles that do not go together")
    is_strong = claims.get("acr") in names.mfa_acr
    return Principal(
        sub=claims["sub"],
        sid=str(claims.get("sid", "")),
        client=str(claims.get("client_id", claims.get("azp", ""))),
        name=str(claims.get(names.name_claim, claims["sub"])),
        rights=rights,
        acr=Acr.MFA if is_strong else Acr.PASSWORD,
        expires_at=_expiry(claims),
    )


def _expiry(claims: Claims) -> datetime:
    try:
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UnauthenticatedError("the token has no end") from error
