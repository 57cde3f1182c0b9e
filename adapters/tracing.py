"""Spans of statements, where somebody traces."""

from collections.abc import Awaitable, Mapping, Sequence

from adapters.lanes.port import LaneError, Row
from domain.model.tracing import Fact, Spans


async def traced(
    spans: Spans, facts: Mapping[str, Fact], work: Awaitable[Sequence[Row]]
) -> Sequence[Row]:
    """The rows of one statement, and a span of it; neither its text nor its values are told."""
    with spans.span("source.statement", facts) as span:
        try:
            rows = await work
        except LaneError as error:
            span.note("fourfold.failure", error.failure.value)
            raise
        span.note("db.response.returned_rows", len(rows))
    return rows
