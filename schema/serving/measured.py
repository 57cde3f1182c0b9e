"""Around the graph's endpoint: times each operation, counts its end, and makes a span of it."""

import re
import time
from typing import Final, Protocol

from starlette.types import Receive, Scope, Send

from domain.model.tracing import NoSpans, Spans
from resolvers.measuring import Operation, OperationFigures
from schema.serving.replies import Heads, JsonReply, heads_of

_IGNORED: Final = r"(?:[\s,\ufeff]|#[^\n]*\n)*"
_FIRST: Final = re.compile(
    rf"{_IGNORED}(?:query|mutation|subscription)\b{_IGNORED}(?P<name>[_A-Za-z]\w*)?", re.ASCII
)


class Endpoint(Protocol):
    """What answers a request."""

    async def reply(
        self, scope: Scope, heads: Heads, receive: Receive, how: Operation
    ) -> JsonReply:
        """The answer, a refusal too; `how` is told what was asked and how it ended."""


class Measured:
    """The endpoint, measured; planned or not makes no difference here."""

    def __init__(self, endpoint: Endpoint, figures: OperationFigures, spans: Spans) -> None:
        self.endpoint = endpoint
        self.figures = figures
        self.is_traced = not isinstance(spans, NoSpans)
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request and counts how it ended."""
        operation, began = Operation(), time.perf_counter()
        self.figures.running += 1
        with self._spans.span("graphql.operation", {}) as span:
            try:
                reply = await self.endpoint.reply(scope, heads_of(scope), receive, operation)
                await reply.send(send)
            finally:
                self.figures.running -= 1
                label = self.figures.add(operation, time.perf_counter() - began)
                span.note("graphql.operation.name", label)
                span.note("fourfold.outcome", operation.outcome.value)


def name_of(query: str, chosen: str | None) -> str | None:
    """The name an operation is counted by: the chosen one, else that of the first in the text."""
    if chosen is not None:
        return chosen
    first = _FIRST.match(query)
    return first["name"] if first else None
