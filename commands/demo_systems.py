"""Four small pages that stand for the departments' own systems: clients that share one sign-in."""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from auth.provider.core import digest, new_secret
from auth.provider.pages import page
from auth.tokens.jose import Claims, checked, peek, public_keys
from auth.tokens.outside import Ask, ask
from commands.accounts.opening import open_desk
from commands.opening import utc_now
from domain.model.clients import Client
from domain.model.departments import RECORD_ORDER, Department
from domain.model.errors import UnauthenticatedError

NAMES: Final[Mapping[Department, str]] = {
    Department.ORGANIZATION: "组织部系统 · Organization",
    Department.ESTABLISHMENT: "编办系统 · Establishment",
    Department.FINANCE: "财政系统 · Finance",
    Department.HR: "人社系统 · Human resources",
}


@dataclass(slots=True)
class System:
    """One department's system: what it keeps of browsers that are signing in or signed in."""

    department: Department
    issuer: str
    secret: str
    asked: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, tuple[str, Claims]] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        """Its name at the provider."""
        return f"{self.department}-system"

    @property
    def base(self) -> str:
        """Its own address."""
        return f"{self.issuer}/demo/{self.department}"

    def client(self) -> Client:
        """The system as the provider knows it."""
        return Client(
            client_id=self.client_id,
            name=NAMES[self.department],
            secret_hash=digest(self.secret),
            redirect_uris=(f"{self.base}/callback",),
            logout_uris=(f"{self.base}/",),
            back_channel_uri=f"{self.base}/signed-out",
        )

    async def home(self, request: Request) -> Response:
        """Who is signed in here, and the way to the others."""
        kept = self.sessions.get(request.cookies.get(self.client_id, ""))
        others = "".join(
            f'<li><a href="/demo/{each}/sign-in">{escape(NAMES[each])}</a></li>'
            for each in RECORD_ORDER
            if each is not self.department
        )
        if kept is None:
            body = '<p><a href="sign-in">登录 · Sign in</a></p>'
        else:
            name, roles = kept[1].get("name"), " ".join(kept[1].get("roles", ()))
            body = f"<p>已登录 · Signed in: <b>{escape(str(name))}</b> {escape(roles)}</p>"
            body += '<p><a href="sign-out">全部退出 · Sign out everywhere</a></p>'
        return page(NAMES[self.department], f"{body}<p>切换 · Switch to</p><ul>{others}</ul>")

    async def sign_in(self, _: Request) -> Response:
        """To the provider; somebody who is signed in there comes straight back."""
        state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
        challenge = hashlib.sha256(verifier.encode()).digest()
        self.asked[state] = verifier
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": f"{self.base}/callback",
            "scope": "openid profile",
            "state": state,
            "nonce": state,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        response = RedirectResponse(f"{self.issuer}/oauth/authorize?{urlencode(asked)}", 303)
        response.set_cookie(f"{self.client_id}-asked", state, httponly=True, samesite="lax")
        return response

    async def callback(self, request: Request) -> Response:
        """The code becomes this system's own session."""
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        verifier = self.asked.pop(state, None)
        if verifier is None or request.cookies.get(f"{self.client_id}-asked") != state:
            return Response(status_code=403)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self.base}/callback",
            "code_verifier": verifier,
            "client_id": self.client_id,
            "client_secret": self.secret,
        }
        tokens = await ask(Ask(f"{self.issuer}/oauth/token", tuple(form.items())))
        token = str(tokens.get("id_token")) if isinstance(tokens, dict) else ""
        claims = await self._checked(token)
        if claims.get("nonce") != state:
            return Response(status_code=403)
        cookie = secrets.token_urlsafe(24)
        self.sessions[cookie] = token, claims
        response = RedirectResponse(f"{self.base}/", 303)
        response.set_cookie(self.client_id, cookie, httponly=True, samesite="lax")
        return response

    async def sign_out(self, request: Request) -> Response:
        """One sign-out for all: the provider ends the session and tells every system."""
        kept = self.sessions.pop(request.cookies.get(self.client_id, ""), None)
        asked = {"post_logout_redirect_uri": f"{self.base}/", "client_id": self.client_id}
        if kept is not None:
            asked["id_token_hint"] = kept[0]
        return RedirectResponse(f"{self.issuer}/oauth/logout?{urlencode(asked)}", 303)

    async def signed_out(self, request: Request) -> Response:
        """The provider says that a session has ended."""
        try:
            form = dict(pair.split("=", 1) for pair in (await request.body()).decode().split("&"))
            claims = await self._checked(form.get("logout_token", ""))
        except (UnauthenticatedError, ValueError):
            return Response(status_code=400)
        ended = [c for c, (_, each) in self.sessions.items() if each["sid"] == claims.get("sid")]
        for cookie in ended:
            del self.sessions[cookie]
        return Response(status_code=200)

    async def _checked(self, token: str) -> Claims:
        keys = public_keys(await ask(Ask(f"{self.issuer}/oauth/jwks")))
        key = keys.get(peek(token).kid)
        claims = checked(token, key) if key else {}
        if claims.get("iss") != self.issuer or claims.get("aud") != self.client_id:
            raise UnauthenticatedError("the token is not for this system")
        return claims

    def mount(self) -> Mount:
        """Its addresses."""
        return Mount(
            f"/demo/{self.department}",
            routes=[
                Route("/", self.home),
                Route("/sign-in", self.sign_in),
                Route("/callback", self.callback),
                Route("/sign-out", self.sign_out),
                Route("/signed-out", self.signed_out, methods=["POST"]),
            ],
        )


async def make_demo_systems(config: Path, issuer: str) -> Sequence[System]:
    """The four systems, made known to the provider of a new demo city."""
    systems = [System(department, issuer, new_secret()) for department in RECORD_ORDER]
    async with open_desk(config) as desk:
        for system in systems:
            await desk.store.clients.add(system.client(), utc_now())
    return systems
