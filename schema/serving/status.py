"""Probes and the state of the sources: /livez, /readyz, /sources, /metrics."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.gate import challenge
from domain.model.errors import ForbiddenError, UnauthenticatedError
from resolvers.health import Health, SourceHealth
from schema.serving.running import running_in

Answer = Callable[[Request], Awaitable[Response]]


class SourceCollector(Collector):
    """What the sources' counters say, read when somebody asks."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Few labels: sources, states and kinds of fault, never keys or operation texts."""
        sources = self._health()
        yield _gauge("fourfold_source_up", "1 while the source answers.", _up(sources))
        yield _gauge(
            "fourfold_source_waiting", "Callers waiting for a connection.", _waiting(sources)
        )
        for name, text, attribute in (
            ("statements", "SQL statements answered.", "statements"),
            ("rows", "Rows read.", "rows"),
            ("seconds", "Seconds spent in answered statements.", "seconds"),
        ):
            yield _counter(f"fourfold_source_{name}", text, ["source"], _plain(sources, attribute))
        yield _counter(
            "fourfold_source_faults",
            "Cells and rows that are not as they should be.",
            ["source", "kind"],
            _by_kind(sources, "faults"),
        )
        yield _counter(
            "fourfold_source_failures",
            "Statements without an answer.",
            ["source", "kind"],
            _by_kind(sources, "failures"),
        )


Samples = list[tuple[list[str], float]]


def _up(sources: Sequence[SourceHealth]) -> Samples:
    return [([s.name], float(s.state == "UP")) for s in sources]


def _waiting(sources: Sequence[SourceHealth]) -> Samples:
    return [([s.name], float(s.waiting)) for s in sources]


def _plain(sources: Sequence[SourceHealth], attribute: str) -> Samples:
    return [([s.name], float(getattr(s, attribute))) for s in sources]


def _by_kind(sources: Sequence[SourceHealth], attribute: str) -> Samples:
    return [([s.name, k], float(n)) for s in sources for k, n in getattr(s, attribute).items()]


def _gauge(name: str, text: str, samples: Samples) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["source"])
    for labels, value in samples:
        family.add_metric(labels, value)
    return family


def _counter(name: str, text: str, labels: list[str], samples: Samples) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


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


@for_operators
async def metrics(request: Request) -> Response:
    """Counters for Prometheus."""
    registry = CollectorRegistry()
    registry.register(SourceCollector(running_in(request.scope).health))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


STATUS_ROUTES: Final = (
    Route("/livez", livez),
    Route("/readyz", readyz),
    Route("/sources", sources),
    Route("/metrics", metrics),
)


def _shown(source: SourceHealth) -> dict[str, Any]:
    return {**asdict(source), "department": source.department.name}


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        "application/json; charset=utf-8",
    )
