"""Signing out: one logout ends the session everywhere, and every client that wants is told."""

from dataclasses import dataclass

from authlib.common.urls import add_params_to_uri
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.provider.browser import Browser
from auth.provider.core import Provider
from auth.provider.pages import logout_form, note, page
from auth.provider.server import FormRequest, read_form
from auth.provider.telling import BackChannel
from auth.tokens.jose import Claims, checked, peek
from domain.model.errors import UnauthenticatedError


@dataclass(frozen=True, slots=True)
class Leaving:
    """A wish to sign out: whose session, whether that is sure, and where to go afterwards."""

    sid: str | None
    sub: str | None
    is_sure: bool
    target: str | None


class Logout:
    """RP-initiated logout."""

    def __init__(self, provider: Provider, browser: Browser) -> None:
        self._provider = provider
        self._browser = browser
        self._back_channel = BackChannel(provider)

    async def logout(self, request: Request) -> Response:
        """Ends the session, or asks first where the wish may be a stranger's."""
        fields = FormRequest(await read_form(request), self._provider.issuer).form
        leaving = await self._leaving(request, fields)
        if leaving.sid is not None and not leaving.is_sure:
            return self._question(request, fields)
        response = _parting(leaving.target)
        if leaving.sid is not None and leaving.sub is not None:
            await self.end(leaving.sid, leaving.sub, response)
            self._browser.cookies.forget_session(response)
        return response

    async def end(self, sid: str, sub: str, response: Response) -> None:
        """End a session; its clients are told once the response is on its way."""
        if await self._provider.sessions.end(sid, self._provider.clock()):
            response.background = BackgroundTask(self._back_channel.tell_clients, sid, sub)

    async def _leaving(self, request: Request, fields: dict[str, str]) -> Leaving:
        hint = await self._hint(fields.get("id_token_hint", ""))
        caller = await self._browser.caller(request)
        sid, sub = (caller.session.sid, caller.account.sub) if caller else (None, None)
        is_confirmed = request.method == "POST" and self._browser.cookies.is_own_form(
            request, fields.get("form", "")
        )
        if hint is not None and caller is None:
            sid, sub = str(hint.get("sid")), str(hint.get("sub"))
        is_hinted = hint is not None and hint.get("sid") == sid
        return Leaving(sid, sub, is_confirmed or is_hinted, await self._target(fields, hint))

    async def _hint(self, text: str) -> Claims | None:
        """An ID token of ours, expired or not."""
        if not text:
            return None
        try:
            said = peek(text)
            key = (await self._provider.minter.keys.public()).get(said.kid)
            claims = checked(text, key) if key else {}
        except UnauthenticatedError:
            return None
        is_ours = claims.get("iss") == self._provider.issuer and said.kind == "jwt"
        return claims if is_ours else None

    async def _target(self, fields: dict[str, str], hint: Claims | None) -> str | None:
        """The client's own address for afterwards; anything else leads nowhere."""
        named = fields.get("client_id")
        hinted = str(hint.get("aud")) if hint else None
        if named and hinted and named != hinted:
            return None
        client = await self._provider.clients.find(hinted or named or "")
        uri = fields.get("post_logout_redirect_uri", "")
        if client is None or uri not in client.logout_uris:
            return None
        state = fields.get("state")
        return str(add_params_to_uri(uri, {"state": state})) if state else uri

    def _question(self, request: Request, fields: dict[str, str]) -> Response:
        cookies = self._browser.cookies
        secret = cookies.form_secret(request)
        kept = ("client_id", "post_logout_redirect_uri", "state")
        hidden = {name: fields[name] for name in kept if name in fields}
        hidden["form"] = cookies.form_token(secret)
        response = page("退出登录 · Sign out", logout_form(hidden))
        cookies.set_form(response, secret)
        return response


def _parting(target: str | None) -> Response:
    if target is not None:
        return RedirectResponse(target, 303, {"Cache-Control": "no-store"})
    return page("已退出 · Signed out", note("已退出所有系统。 · You are signed out everywhere."))
