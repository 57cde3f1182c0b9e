"""Signing in at another provider, the city's own; who comes back gets our session and tokens."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.provider.cookies import Cookies
from auth.provider.core import Provider, Upstream
from auth.provider.pages import note, page
from auth.provider.returning import Fields, back_to, following, wanted_acr
from auth.tokens.issuers import OutsideIssuer, discovered, rights_of
from auth.tokens.jose import Claims, checked, expect_claims, peek
from auth.tokens.keysets import CachedKeys, KeySource
from auth.tokens.outside import Ask, OutsideError, ask
from domain.model.accounts import Account
from domain.model.errors import FourfoldError, UnauthenticatedError
from domain.model.principal import Acr
from domain.model.roles import decide_rights

CALLBACK: Final = "/oauth/upstream/callback"
PATIENCE: Final = timedelta(minutes=10)
NO_PASSWORD: Final = "!"  # noqa: S105 - matches nothing
_log = structlog.get_logger("auth")


class Broker:
    """Sends people to the other provider and takes them back."""

    def __init__(self, provider: Provider, cookies: Cookies, upstream: Upstream) -> None:
        self._provider = provider
        self._cookies = cookies
        self._upstream = upstream
        issuer = OutsideIssuer(upstream.issuer, upstream.client_id)
        source = KeySource(upstream.issuer, issuer.load_keys, timedelta(seconds=300))
        self._keys = CachedKeys(source, provider.clock)

    async def start(self, fields: Fields) -> Response | None:
        """On the way to the other provider; None while it does not answer."""
        try:
            document = await discovered(self._upstream.issuer)
        except FourfoldError as error:
            _log.warning("upstream_unavailable", reason=str(error))
            return None
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        nonce = secrets.token_urlsafe(24)
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": urlencode(fields)}
        ends = (self._provider.clock() + PATIENCE).isoformat()
        asked = {
            "response_type": "code",
            "client_id": self._upstream.client_id,
            "redirect_uri": self._callback,
            "scope": self._upstream.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        if "login" in fields.get("prompt", "").split():
            asked["prompt"] = "login"
        if wanted_acr(fields) is Acr.MFA:
            asked["acr_values"] = " ".join(self._upstream.claims.mfa_acr)
        address = f"{document.get('authorization_endpoint')}?{urlencode(asked)}"
        response = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
        sealed = self._provider.seals.seal(json.dumps({**kept, "ends": ends}), CALLBACK)
        self._cookies.set_upstream(response, sealed)
        return response

    async def callback(self, request: Request) -> Response:
        """A session for who comes back with a good answer to our own question."""
        kept = self._kept(request)
        try:
            claims = await self._answered(request, kept)
            account = await self._account(claims)
        except (UnauthenticatedError, OutsideError) as error:
            _log.warning("upstream_refused", reason=str(error))
            return page("登录失败 · Sign-in failed", note("未能登录 · Not signed in"), status=403)
        is_strong = claims.get("acr") in self._upstream.claims.mfa_acr
        started = await self._provider.sign_in.start(
            account, Acr.MFA if is_strong else Acr.PASSWORD
        )
        response = back_to(following(kept["next"]))
        self._cookies.set_session(response, started.cookie)
        self._cookies.forget_upstream(response)
        return response

    @property
    def _callback(self) -> str:
        return self._provider.issuer + CALLBACK

    def _kept(self, request: Request) -> Mapping[str, str]:
        """What was kept of the question; empty where this browser asked none just now."""
        sealed = self._cookies.upstream_of(request) or ""
        text = self._provider.seals.unseal(sealed, CALLBACK)
        kept: dict[str, str] = json.loads(text) if text else {}
        is_fresh = kept and self._provider.clock() < datetime.fromisoformat(kept["ends"])
        return kept if is_fresh else {}

    async def _answered(self, request: Request, kept: Mapping[str, str]) -> Claims:
        """The claims of a good answer. Raises UnauthenticatedError, OutsideError."""
        given = request.query_params
        state, code = given.get("state", ""), given.get("code", "")
        if not kept or not hmac.compare_digest(kept["state"].encode(), state.encode()):
            raise UnauthenticatedError("an answer to no question of ours")
        if given.get("iss", self._upstream.issuer) != self._upstream.issuer or not code:
            raise UnauthenticatedError("the answer is an error or another provider's")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": kept["verifier"],
        }
        document = await discovered(self._upstream.issuer)
        url = str(document.get("token_endpoint"))
        tokens = await ask(Ask(url, tuple(form.items()), self._basic))
        token = tokens.get("id_token") if isinstance(tokens, dict) else None
        return await self._checked(str(token), kept["nonce"])

    @property
    def _basic(self) -> str:
        pair = f"{quote(self._upstream.client_id)}:{quote(self._upstream.client_secret)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    async def _checked(self, token: str, nonce: str) -> Claims:
        key = await self._keys.find(peek(token).kid)
        if key is None:
            raise UnauthenticatedError("the key is not known")
        claims = checked(token, key)
        wanted = {"iss": self._upstream.issuer, "aud": self._upstream.client_id, "nonce": nonce}
        expect_claims(claims, wanted, self._provider.clock())
        if claims.get("azp", self._upstream.client_id) != self._upstream.client_id:
            raise UnauthenticatedError("the ID token was made for another client")
        return claims

    async def _account(self, claims: Claims) -> Account:
        """The account of this person here, with the rights that the other provider gives now."""
        rights = rights_of(claims, self._upstream.claims)
        if reasons := decide_rights(rights):
            raise UnauthenticatedError("; ".join(reasons))
        named = f"{self._upstream.issuer}\x00{claims['sub']}"
        key = hashlib.sha256(named.encode(errors="surrogatepass")).hexdigest()[:32]
        name = str(claims.get(self._upstream.claims.name_claim, claims["sub"]))[:64]
        accounts, now = self._provider.accounts, self._provider.clock()
        found = await accounts.find(_login(key))
        if found is None:
            made = Account(key, _login(key), name, rights, NO_PASSWORD, None, False, now)  # noqa: FBT003 - not disabled
            await accounts.add(made, "upstream", now)
            return made
        if not found.is_usable(now):
            raise UnauthenticatedError("the account is closed here")
        await accounts.set_rights(found.sub, rights, "upstream")
        await accounts.note_use(found.sub, now)
        return found


def _login(key: str) -> str:
    """No login anybody can type: it begins as none may."""
    return f"~{key}"


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
