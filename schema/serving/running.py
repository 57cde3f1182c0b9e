"""What routes need while the application runs; set by the lifespan, read from its state."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.gate import Gate
from domain.audit.alerting import AuditFigures
from resolvers.health import Health
from resolvers.measuring import OperationFigures
from resolvers.sharing import CacheCounts
from schema.serving.measured import Measured
from schema.serving.sockets.door import SocketDoor
from schema.serving.sockets.events import EventDoor, wants_events
from schema.serving.sockets.keeping import Keeping

STOPPING: Final = "fourfold.stopping"
"""The key of the lifespan's state under which a stopping server finds what to set."""
PROVIDER_PATHS = ("/.well-known/openid-configuration", "/oauth/{rest:path}")
Ping = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Running:
    """The graph over HTTP, how its databases are, who may come in, what was asked, the sign-in.

    `cache_counts`: what was saved by not asking.
    `audit` counts entries of the log, where they are kept.
    """

    graph: Measured
    health: Health
    ping: Ping
    gate: Gate
    figures: OperationFigures
    provider: ASGIApp | None
    keeping: Keeping
    sockets: SocketDoor
    events: EventDoor
    cache_counts: Callable[[], CacheCounts] = dict
    audit: AuditFigures | None = None


def set_running(app: Starlette, running: Running) -> None:
    """Makes the resources known to the routes."""
    app.state.running = running


def running_in(scope: Scope) -> Running:
    """The resources of the application this request came to."""
    found: Running = scope["app"].state.running
    return found


class Provided:
    """The sign-in of the running application; its addresses are not there where it is off."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on."""
        provider = running_in(scope).provider
        answer = Response(status_code=404) if provider is None else provider
        await answer(scope, receive, send)


async def graph_app(scope: Scope, receive: Receive, send: Send) -> None:
    """The graph's endpoint of the running application; who asks for a stream gets one."""
    running = running_in(scope)
    to: ASGIApp = running.events if wants_events(scope) else running.graph
    await to(scope, receive, send)


class Sockets:
    """The WebSockets of the running application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the connection on."""
        await running_in(scope).sockets(scope, receive, send)
