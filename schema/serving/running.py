"""What routes need while the application runs; set by the lifespan, read from its state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.gate import Gate
from resolvers.health import Health
from resolvers.measuring import OperationFigures

Ping = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Running:
    """The graph over HTTP, the sources' health, the platform's, who may come in, what was asked."""

    graph: ASGIApp
    health: Health
    ping: Ping
    gate: Gate
    figures: OperationFigures


def set_running(app: Starlette, running: Running) -> None:
    """Makes the resources known to the routes."""
    app.state.running = running


def running_in(scope: Scope) -> Running:
    """The resources of the application this request came to."""
    return cast(Running, scope["app"].state.running)


async def graph_app(scope: Scope, receive: Receive, send: Send) -> None:
    """The graph's endpoint of the running application."""
    await running_in(scope).graph(scope, receive, send)
