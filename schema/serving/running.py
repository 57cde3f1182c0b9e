"""What routes need while the application runs; set by the lifespan, read from its state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.gate import Gate
from resolvers.health import Health
from resolvers.measuring import OperationFigures

PROVIDER_PATHS = ("/.well-known/openid-configuration", "/oauth/{rest:path}")
Ping = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Running:
    """The graph over HTTP, how its databases are, who may come in, what was asked, the sign-in."""

    graph: ASGIApp
    health: Health
    ping: Ping
    gate: Gate
    figures: OperationFigures
    provider: ASGIApp | None


def set_running(app: Starlette, running: Running) -> None:
    """Makes the resources known to the routes."""
    app.state.running = running


def running_in(scope: Scope) -> Running:
    """The resources of the application this request came to."""
    return cast(Running, scope["app"].state.running)


class Provided:
    """The sign-in of the running application; its addresses are not there where it is off."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on."""
        provider = running_in(scope).provider
        answer = Response(status_code=404) if provider is None else provider
        await answer(scope, receive, send)


async def graph_app(scope: Scope, receive: Receive, send: Send) -> None:
    """The graph's endpoint of the running application."""
    await running_in(scope).graph(scope, receive, send)
