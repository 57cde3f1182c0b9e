"""The front door: reads settings, opens resources, wires rooms, returns the ASGI application."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from adapters.opening import Source
from auth.provider.sweeping import swept
from commands.access import Access, open_access
from commands.auditing import open_audit
from commands.bounds import budget_of, event_options, screen_of
from commands.caching import open_caches
from commands.logs import configure_logs
from commands.opening import City as OpenCity
from commands.opening import connections, look_at, look_at_links, open_city, utc_now
from commands.streaming import keeping_of
from commands.telemetry import open_spans
from domain.model.tracing import Spans
from resolvers.context import City
from resolvers.health import SourceHealth, health_of
from resolvers.measuring import OperationFigures
from resolvers.sources import Sources
from schema.graph import GraphLimits, make_graph, make_planner
from schema.serving.auditing import Auditing
from schema.serving.budgets import Budgets
from schema.serving.direct import GraphFirst
from schema.serving.endpoint import EndpointOptions, GraphEndpoint, Paths
from schema.serving.graphiql import ASSETS_PATH, GraphOrPage, asset_routes, graphiql_page
from schema.serving.measured import Measured
from schema.serving.running import (
    PROVIDER_PATHS,
    STOPPING,
    Provided,
    Running,
    Sockets,
    graph_app,
)
from schema.serving.sockets.door import SocketDoor
from schema.serving.sockets.events import EventDoor
from schema.serving.status import STATUS_ROUTES
from schema.serving.tracing import RequestTrace
from settings import GraphPart, Settings, read_settings

ROOT = Path(__file__).parent
CONFIG = "FOURFOLD_CONFIG"
_log = structlog.get_logger("app")


def create_app(
    config: Path | None = None,
    spans: Spans | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> Starlette:
    """The application of one city; `config` is else named by FOURFOLD_CONFIG, else city.toml."""
    path = config or Path(os.environ.get(CONFIG, "city.toml"))
    settings = read_settings(path)
    spans = spans or open_spans()
    configure_logs(settings.log.level, settings.log.format)

    @asynccontextmanager
    async def lifespan(app: GraphFirst) -> AsyncIterator[Mapping[str, object]]:
        async with (
            open_city(path, settings, spans=spans) as city,
            open_caches(settings, city, utc_now) as opened,
            open_access(settings, opened.store, utc_now, folder=path.parent) as access,
            open_audit(settings, opened.store, utc_now, path.parent) as audit,
        ):
            await asyncio.gather(*map(look_at, opened.readers), look_at_links(opened.store))
            running = wire(settings, replace(opened, audit=audit), access, spans)
            app.run(running)
            on_ready()
            _log.info("ready", connections=connections(settings))
            async with swept(access.sweeper):
                yield {STOPPING: running.keeping.stopping}

    page = graphiql_page(endpoint="/graphql", assets=ASSETS_PATH)
    return GraphFirst(
        routes=[
            Route("/", _front),
            Route("/graphql", GraphOrPage(graph_app, page)),
            WebSocketRoute("/graphql", Sockets()),
            *(Route(path, Provided()) for path in PROVIDER_PATHS),
            asset_routes(ROOT / "console" / "graphiql"),
            *STATUS_ROUTES,
        ],
        middleware=[Middleware(RequestTrace, spans=spans)],
        lifespan=lifespan,
    )


def wire(settings: Settings, opened: OpenCity, access: Access, spans: Spans) -> Running:
    """The rooms put together over open resources."""
    auditing = Auditing(opened.audit.writer if opened.audit else None)
    health = partial(_health, opened.readers)
    book = opened.audit.book if opened.audit else None
    division = settings.platform.division
    city = City(Sources(opened.asked), opened.store, health, utc_now, division, audit=book)
    part = settings.graph
    limits = GraphLimits(part.max_depth, part.max_tokens, part.kept_documents)
    graph = make_graph(limits)
    screen = screen_of(part, graph.core, opened.folder)
    budgets = Budgets(budget_of(part.budgets), opened.store.budgets)
    paths = Paths(screen, budgets, graph, make_planner(graph, limits))
    endpoint = GraphEndpoint(paths, city, _options(part), gate=access.gate, auditing=auditing)
    figures = OperationFigures()
    measured = Measured(endpoint, figures, spans)
    keeping = keeping_of(settings, city, paths, access=access, auditing=auditing)
    return Running(
        graph=measured,
        health=health,
        ping=opened.store.is_answering,
        gate=access.gate,
        figures=figures,
        provider=access.provider,
        keeping=keeping,
        cache_counts=opened.cache_counts,
        sockets=SocketDoor(keeping),
        events=EventDoor(keeping, event_options(part)),
        audit=opened.audit.writer.figures if opened.audit else None,
    )


def _health(sources: Sequence[Source]) -> list[SourceHealth]:
    by_name = {source.description.name: source for source in sources}
    return [health_of(by_name[r.description.name]) for r in Sources(sources).all]


async def _front(_: Request) -> Response:
    return RedirectResponse("/graphql")


def _options(part: GraphPart) -> EndpointOptions:
    return EndpointOptions(
        part.debug, part.get == "queries", part.max_body_bytes, part.body_timeout
    )
