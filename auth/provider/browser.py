"""What a browser meets: authorization, the login form, and the second factor."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oidc.core.errors import LoginRequiredError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from auth.accounts.passwords import BusyError
from auth.accounts.signing_in import Credentials, Refusal, Refused
from auth.provider.broker import Broker
from auth.provider.cookies import Cookies
from auth.provider.core import Provider
from auth.provider.pages import login_form, note, page, step_up_form
from auth.provider.parameters import check_max_age, check_request_objects
from auth.provider.returning import Fields, back_to, following, wanted_acr
from auth.provider.server import FormRequest, Server, read_form
from domain.model.accounts import Caller
from domain.model.principal import Acr

LONGEST_AGE: Final = 10**8
"""Longer than any session lasts, in seconds."""


class Need(StrEnum):
    """What somebody must do before a client gets its code."""

    LOGIN = "login"
    STEP_UP = "step_up"


@dataclass(frozen=True, slots=True)
class Asking:
    """A page to show: what it asks, why it is shown again, and with which status."""

    need: Need
    fields: Fields
    message: str | None = None
    status: int = 200
    asks_code: bool = False


class Browser:
    """The pages of signing in; they lead back to the authorization request and nowhere else."""

    def __init__(self, provider: Provider, server: Server) -> None:
        self._provider = provider
        self._server = server
        self.cookies = Cookies(provider)
        upstream = provider.upstream
        self.broker = Broker(provider, self.cookies, upstream) if upstream else None

    async def authorize(self, request: Request) -> Response:
        """A code for the client, or a page that asks for what is missing."""
        form = await read_form(request)
        asked = FormRequest(form, self._provider.issuer)
        caller = await self.caller(request)
        answer = await run_in_threadpool(self._decided, asked, caller)
        if answer is Need.LOGIN and self.broker is not None:
            # While the other provider is away, built-in accounts still sign in here.
            answer = await self.broker.start(asked.form) or answer
        if isinstance(answer, Need):
            is_strong = wanted_acr(asked.form) is Acr.MFA
            return await self._page(request, Asking(answer, asked.form, asks_code=is_strong))
        return answer

    async def login(self, request: Request) -> Response:
        """A session for the right password, in a browser that our own page was sent to."""
        fields = FormRequest(await read_form(request), self._provider.issuer).form
        onward = following(fields.get("next", ""))
        acr = wanted_acr(onward)
        asking = Asking(Need.LOGIN, onward, asks_code=acr is Acr.MFA or "code" in fields)
        if not self.cookies.is_own_form(request, fields.get("form", "")):
            return await self._again(request, asking, "stale", 403)
        given = _credentials(request, fields)
        try:
            outcome = await self._provider.sign_in.sign_in(given, acr)
        except BusyError:
            return await self._again(request, asking, "busy", 429)
        if isinstance(outcome, Refused):
            return await self._refused(request, asking, outcome)
        await self._end_earlier(request)
        response = back_to(onward)
        self.cookies.set_session(response, outcome.cookie)
        return response

    async def step_up(self, request: Request) -> Response:
        """Two factors for a session that has one."""
        fields = FormRequest(await read_form(request), self._provider.issuer).form
        onward = following(fields.get("next", ""))
        caller = await self.caller(request)
        if caller is None:
            return await self._page(request, Asking(Need.LOGIN, onward, asks_code=True))
        asking = Asking(Need.STEP_UP, onward)
        if not self.cookies.is_own_form(request, fields.get("form", "")):
            return await self._again(request, asking, "stale", 403)
        code, address = fields.get("code", ""), _address(request)
        refused = await self._provider.sign_in.step_up(caller, code, address)
        return await self._refused(request, asking, refused) if refused else back_to(onward)

    async def caller(self, request: Request) -> Caller | None:
        """Who is signed in in this browser."""
        secret = self.cookies.session_of(request)
        return await self._provider.sign_in.caller(secret) if secret else None

    def _decided(self, asked: FormRequest, caller: Caller | None) -> Response | Need:
        """In a thread: the client's request is checked before anything is asked of the person."""
        try:
            client = self._server.query_client(asked.form.get("client_id", ""))
            check_request_objects(asked.form, client)
            grant = self._server.get_authorization_grant(asked)
            grant.validate_no_multiple_request_parameter(asked)
            redirect_uri = grant.validate_authorization_request()
            check_max_age(asked.form, redirect_uri)
            need = self._need(asked.form, caller)
            if need is not None and "none" in asked.form.get("prompt", "").split():
                raise LoginRequiredError(redirect_uri=redirect_uri)
            if need is not None:
                return need
            return self._answer(asked, grant, caller)
        except OAuth2Error as error:
            error.state = asked.payload.state
            return self._error(asked, error)
        except ValueError:  # its text may echo what stood in the request
            return _bad_request("the request is malformed")

    def _answer(self, asked: FormRequest, grant: object, caller: Caller | None) -> Response:
        made: Response = self._server.create_authorization_response(
            asked, grant_user=caller, grant=grant
        )
        return made

    def _error(self, asked: FormRequest, error: OAuth2Error) -> Response:
        """To the client where its address is known to be its own, else to the person."""
        if not error.redirect_uri:
            return _bad_request(error.description or error.error)
        answer = self._server.handle_error_response(asked, error)
        answer.location = add_params_to_uri(answer.location, {"iss": self._provider.issuer})
        return Response(status_code=302, headers=dict(answer.headers))

    def _need(self, fields: Fields, caller: Caller | None) -> Need | None:
        if caller is None or "login" in fields.get("prompt", "").split():
            return Need.LOGIN
        longest = int(fields.get("max_age") or LONGEST_AGE)
        age = self._provider.clock() - caller.session.started_at
        if age > timedelta(seconds=min(longest, LONGEST_AGE)):
            return Need.LOGIN
        is_weak = caller.session.acr is Acr.PASSWORD
        return Need.STEP_UP if is_weak and wanted_acr(fields) is Acr.MFA else None

    async def _refused(self, request: Request, asking: Asking, refused: Refused) -> Response:
        asks_code = asking.asks_code or refused.why is Refusal.CODE_NEEDED
        again = Asking(asking.need, asking.fields, asks_code=asks_code)
        status = 429 if refused.why is Refusal.LOCKED else 401
        response = await self._again(request, again, refused.why.value, status)
        if refused.retry_at is not None:
            wait = refused.retry_at - self._provider.clock()
            response.headers["Retry-After"] = str(max(1, int(wait.total_seconds())))
        return response

    async def _again(self, request: Request, asking: Asking, message: str, status: int) -> Response:
        again = Asking(asking.need, asking.fields, message, status, asking.asks_code)
        return await self._page(request, again)

    async def _page(self, request: Request, asking: Asking) -> Response:
        secret = self.cookies.form_secret(request)
        hidden = {"form": self.cookies.form_token(secret), "next": urlencode(asking.fields)}
        if asking.need is Need.STEP_UP:
            title, body = "第二因素 · Second factor", step_up_form(hidden, asking.message)
        else:
            title = "登录 · Sign in"
            body = login_form(hidden, asking.message, asks_code=asking.asks_code)
        leads_to = await self._origin_of(asking.fields)
        response = page(title, body, status=asking.status, leads_to=leads_to)
        self.cookies.set_form(response, secret)
        return response

    async def _origin_of(self, fields: Fields) -> str:
        """The client's own origin: browsers hold a form's redirects against the page's policy."""
        client = await self._provider.clients.find(fields.get("client_id", ""))
        uri = fields.get("redirect_uri", "")
        if client is None or uri not in client.redirect_uris:
            return ""
        return "{0.scheme}://{0.netloc}".format(urlsplit(uri))

    async def _end_earlier(self, request: Request) -> None:
        """Somebody else's session in this browser ends where a new one begins."""
        earlier = await self.caller(request)
        if earlier is not None:
            await self._provider.sessions.end(earlier.session.sid, self._provider.clock())


def _credentials(request: Request, fields: Fields) -> Credentials:
    return Credentials(
        login=fields.get("login", "").strip().lower(),
        password=fields.get("password", ""),
        code=fields.get("code", "").replace(" ", ""),
        address=_address(request),
    )


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _bad_request(reason: str) -> Response:
    return page("请求有误 · Bad request", note(f"系统的登录请求有误：{reason}"), status=400)
