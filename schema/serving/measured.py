"""Around the graph's endpoint: times each operation, counts its end, and makes a span of it."""

import re
import time
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from domain.model.tracing import Spans
from resolvers.measuring import Operation, OperationFigures

_KEY: Final = "fourfold.operation"
_IGNORED: Final = r"(?:[\s,\ufeff]|#[^\n]*\n)*"
_FIRST: Final = re.compile(
    rf"{_IGNORED}(?:query|mutation|subscription)\b{_IGNORED}(?P<name>[_A-Za-z]\w*)?", re.ASCII
)


class Measured:
    """The endpoint, measured; planned or not makes no difference here."""

    def __init__(self, endpoint: ASGIApp, figures: OperationFigures, spans: Spans) -> None:
        self._endpoint = endpoint
        self._figures = figures
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and counts how it ended."""
        operation, began = Operation(), time.perf_counter()
        scope[_KEY] = operation
        self._figures.running += 1
        with self._spans.span("graphql.operation", {}) as span:
            try:
                await self._endpoint(scope, receive, send)
            finally:
                self._figures.running -= 1
                label = self._figures.add(operation, time.perf_counter() - began)
                span.note("graphql.operation.name", label)
                span.note("fourfold.outcome", operation.outcome.value)


def operation_in(scope: Scope) -> Operation:
    """The operation of this request, to be named and ended; one nobody measures if need be."""
    found: Operation = scope.get(_KEY) or Operation()
    return found


def name_of(query: str, chosen: str | None) -> str | None:
    """The name an operation is counted by: the chosen one, else that of the first in the text."""
    if chosen is not None:
        return chosen
    first = _FIRST.match(query)
    return first["name"] if first else None
