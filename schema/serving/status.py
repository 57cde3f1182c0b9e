"""Probes and the state of the sources: /livez, /readyz, /sources, /metrics."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.gate import challenge
from domain.model.errors import ForbiddenError, UnauthenticatedError
from resolvers.health import SourceHealth
from schema.serving.metrics import metrics
from schema.serving.running import running_in

Answer = Callable[[Request], Awaitable[Response]]


async def livez(_: Request) -> Response:
    """The process is alive."""
    return _json({"status": "alive"})


async def readyz(request: Request) -> Response:
    """The platform database answers; a department that is down is named, the city is ready."""
    running = running_in(request.scope)
    is_ready = await running.ping()
    body = {
        "status": "ready" if is_ready else "not ready",
        "platform": "UP" if is_ready else "DOWN",
        "degraded": [source.name for source in running.health() if source.state != "UP"],
    }
    return _json(body, 200 if is_ready else 503)


def for_operators(answer: Answer) -> Answer:
    """The answer for system administrators and this machine; others are refused."""

    async def guarded(request: Request) -> Response:
        try:
            await running_in(request.scope).gate.check_operator(request)
        except UnauthenticatedError as error:
            refused = _json({"error": error.code}, 401)
            refused.headers.update(challenge(error))
            return refused
        except ForbiddenError as error:
            return _json({"error": error.code}, 403)
        return await answer(request)

    return guarded


@for_operators
async def sources(request: Request) -> Response:
    """The state of each source, with what does not fit its mapping."""
    return _json({"sources": [_shown(source) for source in running_in(request.scope).health()]})


STATUS_ROUTES: Final = (
    Route("/livez", livez),
    Route("/readyz", readyz),
    Route("/sources", sources),
    Route("/metrics", for_operators(metrics)),
)


def _shown(source: SourceHealth) -> dict[str, Any]:
    shown = {**asdict(source), "department": source.department.name}
    durations = shown.pop("durations")
    return {**shown, "seconds": round(durations["seconds"], 3)}


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        "application/json; charset=utf-8",
    )
