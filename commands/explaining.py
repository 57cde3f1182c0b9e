"""Runs one document through the server's own rooms over sources and links of paper."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from starlette.types import Message, Scope

from adapters.options import SourceOptions
from adapters.rehearsal.lane import Sent
from adapters.rehearsal.source import Rehearsed, rehearse
from adapters.rehearsal.waves import Waves
from app import wire
from commands.access import open_access
from commands.opening import City, source_options, utc_now
from commands.paper_store import paper_store
from domain.model.tracing import NoSpans
from schema.serving.tracing import TRACE
from settings import Settings

_PLATFORM: Final = "platform"


@dataclass(frozen=True, slots=True)
class ExplainedSource:
    """One source: its caps and the statements it would be sent."""

    name: str
    department: str
    database: str
    types: str
    caps: Mapping[str, float]
    sent: Sequence[Sent]

    @property
    def heading(self) -> str:
        """The source in one line."""
        caps = ", ".join(f"{name} {value:g}" for name, value in self.caps.items())
        trips = f"{len(self.sent)} round trip{'' if len(self.sent) == 1 else 's'}"
        return (
            f"{self.name} ({self.department}, {self.database}, types {self.types}): {trips}; {caps}"
        )


@dataclass(frozen=True, slots=True)
class Explained:
    """What a document would ask of whom."""

    waves: int
    platform: int
    path: str
    errors: Sequence[str]
    sources: Sequence[ExplainedSource]

    @property
    def heading(self) -> str:
        """The whole in one line."""
        asked = sum(bool(source.sent) for source in self.sources)
        trips = sum(len(source.sent) for source in self.sources)
        return (
            f"{self.waves} waves; {trips} round trips to {asked} of {len(self.sources)} sources,"
            f" {self.platform} to the platform database; {self.path}; nothing was run"
        )

    def told(self) -> dict[str, Any]:  # Any: JSON
        """As it is printed in JSON."""
        sources = {
            source.name: {
                "department": source.department,
                "database": source.database,
                "types": source.types,
                "caps": dict(source.caps),
                "round_trips": len(source.sent),
                "statements": [asdict(sent) for sent in source.sent],
            }
            for source in self.sources
        }
        return {
            "waves": self.waves,
            "platform": {"round_trips": self.platform},
            "path": self.path,
            "errors": list(self.errors),
            "sources": sources,
        }


async def ask_on_paper(
    config: Path,
    settings: Settings,
    body: Mapping[str, Any],  # Any: JSON
    *,
    looks: bool,
    knows: bool,
) -> Explained:
    """The statements of a document. Raises MappingError, BadInputError, LaneError."""
    waves = Waves()
    options = source_options(settings, config.parent)
    sources = [await rehearse(each, waves, utc_now, looks=looks) for each in options]
    store = paper_store(sources, waves, knows=knows)
    alone = _for_one_caller(settings)
    try:
        async with open_access(alone, store, utc_now) as access:
            running = wire(alone, City([each.source for each in sources], store), access, NoSpans())
            answer = await ask(running.graph, body)
    finally:
        await store.database.close()
    return _explained(answer, sources, waves)


def _for_one_caller(settings: Settings) -> Settings:
    """The settings with statements told and without sign-in: whoever explains sees every field."""
    parts = {
        "graph": settings.graph.model_copy(update={"debug": True}),
        "auth": settings.auth.model_copy(update={"enabled": False}),
    }
    return settings.model_copy(update=parts)


async def ask(graph: Any, body: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - an ASGI application
    """The answer of the server's own endpoint to a POST of this body."""
    sent: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": json.dumps(dict(body)).encode()}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "client": ("127.0.0.1", 0),
        "headers": [(b"content-type", b"application/json")],
        TRACE: "",
    }
    await graph(scope, receive, send)
    told: dict[str, Any] = json.loads(b"".join(sent))
    return told


def _explained(
    answer: Mapping[str, Any],  # Any: JSON
    sources: Sequence[Rehearsed],
    waves: Waves,
) -> Explained:
    extensions = answer.get("extensions", {})
    plan = extensions.get("plan") or {}
    return Explained(
        waves=waves.count,
        platform=extensions.get("statements", {}).get(_PLATFORM, 0),
        path=f"answered by {plan.get('path', 'nobody')}",
        errors=[error["message"] for error in answer.get("errors", [])],
        sources=[_of_source(each) for each in sources],
    )


def _of_source(rehearsed: Rehearsed) -> ExplainedSource:
    options = rehearsed.options
    return ExplainedSource(
        name=options.name,
        department=options.department,
        database=options.backend,
        types="of the catalog" if rehearsed.is_live else "of the mapping",
        caps=_caps(options),
        sent=rehearsed.sent,
    )


def _caps(options: SourceOptions) -> dict[str, float]:
    return {
        "connections": options.max_connections,
        "waiting": options.max_waiting,
        "keys a statement": options.max_keys,
        "seconds a statement": options.statement_timeout,
        "seconds in all": options.deadline,
    }
