"""Spans by OpenTelemetry where it is installed; else none, and nothing changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from domain.model.tracing import Fact, NoSpans, Span, Spans

try:
    from opentelemetry import trace
except ImportError:  # The extra is not installed.
    _HAS_TRACER = False
else:
    _HAS_TRACER = True


class OpenTelemetrySpans:
    """Spans of the tracer provider that the operator has set up for the process."""

    def __init__(self, provider: "trace.TracerProvider | None" = None) -> None:
        self._tracer = trace.get_tracer("fourfold", tracer_provider=provider)

    @contextmanager
    def span(self, name: str, facts: Mapping[str, Fact]) -> Iterator[Span]:
        """A span of the tracer; an error is a status, its text may tell too much."""
        with self._tracer.start_as_current_span(
            name, attributes=dict(facts), record_exception=False, set_status_on_exception=False
        ) as begun:
            try:
                yield _Noting(begun)
            except BaseException as error:
                begun.set_status(trace.StatusCode.ERROR)
                begun.set_attribute("error.type", type(error).__name__)
                raise


class _Noting:
    def __init__(self, span: "trace.Span") -> None:
        self._span = span

    def note(self, name: str, value: Fact) -> None:
        """An attribute of the span."""
        self._span.set_attribute(name, value)


def open_spans() -> Spans:
    """The spans of this process: those of the provider that was set up before, if any was."""
    if not _HAS_TRACER or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return NoSpans()
    return OpenTelemetrySpans()
