"""The provider's addresses."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from auth.provider.broker import CALLBACK
from auth.provider.browser import Browser
from auth.provider.core import Provider
from auth.provider.discovery import discovery, jwks
from auth.provider.endpoints import Introspection, Revocation, userinfo
from auth.provider.grants import make_server
from auth.provider.logout import Logout
from auth.provider.pages import STYLE_FILE, STYLE_PATH
from auth.provider.server import Answer, FormRequest, Server, TooLargeError, in_thread, read_form

Handler = Callable[[Request], Awaitable[Response]]
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]


def provider_app(provider: Provider) -> ASGIApp:
    """The provider as an application of its own."""
    server = make_server(provider)
    server.register_endpoint(Introspection)
    server.register_endpoint(Revocation)
    browser = Browser(provider, server)
    logout = Logout(provider, browser)

    async def told_discovery(_: Request) -> Response:
        return discovery(provider)

    async def told_keys(_: Request) -> Response:
        return await jwks(provider)

    async def told_user(request: Request) -> Response:
        return await userinfo(provider, request)

    style = STYLE_FILE.read_bytes()

    async def told_style(_: Request) -> Response:
        return Response(style, headers={"Cache-Control": "max-age=3600"}, media_type="text/css")

    routes = [
        Route("/.well-known/openid-configuration", told_discovery, methods=GET),
        Route("/oauth/jwks", told_keys, methods=GET),
        Route("/oauth/authorize", _bounded(browser.authorize), methods=BOTH),
        Route("/oauth/login", _bounded(browser.login), methods=POST),
        Route("/oauth/step-up", _bounded(browser.step_up), methods=POST),
        Route("/oauth/logout", _bounded(logout.logout), methods=BOTH),
        Route("/oauth/token", _by_form(server, server.create_token_response), methods=POST),
        Route(
            "/oauth/introspect", _by_form(server, _endpoint(server, "introspection")), methods=POST
        ),
        Route("/oauth/revoke", _by_form(server, _endpoint(server, "revocation")), methods=POST),
        Route("/oauth/userinfo", told_user, methods=BOTH),
        Route(STYLE_PATH, told_style, methods=GET),
    ]
    if browser.broker is not None:
        routes.append(Route(CALLBACK, browser.broker.callback, methods=GET))
    return Starlette(routes=routes)


def _endpoint(server: Server, name: str) -> Callable[[FormRequest], Answer]:
    def answered(request: FormRequest) -> Answer:
        answer: Answer = server.create_endpoint_response(name, request)
        return answer

    return answered


def _by_form(server: Server, work: Callable[[FormRequest], Answer]) -> Handler:
    async def handler(request: Request) -> Response:
        return await in_thread(server, await read_form(request), work)

    return _bounded(handler)


def _bounded(handler: Handler) -> Handler:
    async def bounded(request: Request) -> Response:
        try:
            return await handler(request)
        except TooLargeError:
            return Response(status_code=413)

    return bounded
