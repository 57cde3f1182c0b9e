"""What the counters say, as Prometheus reads it: sources, operations, and the paths they took."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from domain.model.histogram import Histogram
from resolvers.health import Health, SourceHealth
from resolvers.measuring import OperationFigures
from resolvers.sharing import CacheCounts
from schema.serving.audit_metrics import AuditCollector
from schema.serving.running import running_in
from schema.serving.sockets.figures import StreamCollector

Samples = Iterable[tuple[Sequence[str], float]]
_STATES: Final = ("CLOSED", "OPEN", "HALF_OPEN")
_CACHE_KINDS: Final = {
    "hits": "Rows and links that were kept.",
    "misses": "Rows and links that were looked for in vain.",
    "collapsed": "Reads answered by the same read under way.",
    "bypassed": "Rows and links not looked for: changes are not known.",
}
_FAILURES: Final = ("unavailable", "timeout", "invalid")


async def metrics(request: Request) -> Response:
    """Counters for Prometheus, of this process alone."""
    running, registry = running_in(request.scope), CollectorRegistry()
    registry.register(SourceCollector(running.health))
    registry.register(OperationCollector(running.figures))
    registry.register(StreamCollector(running.keeping.figures))
    registry.register(CacheCollector(running.cache_counts))
    registry.register(AuditCollector(running.audit))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class SourceCollector(Collector):
    """What the sources' counters say, read when somebody asks."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Few labels: sources, states and kinds of failure, never keys or operation texts."""
        sources = self._health()
        yield from _now(sources)
        yield from _asked(sources)
        yield from _failed(sources)
        yield from _breakers(sources)


class OperationCollector(Collector):
    """What was asked of the graph, by operation name."""

    def __init__(self, figures: OperationFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """A bounded number of names: the rest counts as `other`."""
        figures = self._figures
        yield _histogram(
            ("fourfold_operation_seconds", "How long operations took."),
            ["operation"],
            {(name,): durations for name, durations in figures.durations.items()},
        )
        yield _counter(
            ("fourfold_operations", "Operations by how they ended."),
            ["operation", "outcome"],
            figures.outcomes.items(),
        )
        yield _counter(
            ("fourfold_operation_paths", "Operations by the path that answered, and why."),
            ["path", "reason"],
            figures.paths.items(),
        )
        yield _counter(
            ("fourfold_plan_levels", "Levels of plans by how their rows were read."),
            ["way"],
            (((way,), count) for way, count in figures.levels.items()),
        )
        running = ("fourfold_operations_running", "Operations under way.")
        yield _gauge(running, [], [((), figures.running)])


class CacheCollector(Collector):
    """What was answered without asking; the links count as the source `platform`."""

    def __init__(self, counts: Callable[[], CacheCounts]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Numbers by source."""
        counts = self._counts()
        for kind, text in _CACHE_KINDS.items():
            yield _counter(
                (f"fourfold_cache_{kind}", text),
                ["source"],
                (((source,), found[kind]) for source, found in counts.items()),
            )


def _now(sources: Sequence[SourceHealth]) -> Iterator[Metric]:
    up = ("fourfold_source_up", "1 while the source answers.")
    yield _gauge(up, ["source"], (((s.name,), float(s.state == "UP")) for s in sources))
    waiting = ("fourfold_source_waiting", "Callers waiting for a connection.")
    yield _gauge(waiting, ["source"], (((s.name,), s.waiting) for s in sources))


def _asked(sources: Sequence[SourceHealth]) -> Iterator[Metric]:
    yield _histogram(
        ("fourfold_source_statement_seconds", "How long answered SQL statements took."),
        ["source"],
        {(s.name,): s.durations for s in sources},
    )
    for name, text, attribute in (
        ("fourfold_source_statements", "SQL statements answered.", "statements"),
        ("fourfold_source_rows", "Rows read.", "rows"),
    ):
        yield _counter(
            (name, text), ["source"], (((s.name,), getattr(s, attribute)) for s in sources)
        )


def _failed(sources: Sequence[SourceHealth]) -> Iterator[Metric]:
    yield _counter(
        ("fourfold_source_failures", "Reads without an answer; `timeout` are the time-outs."),
        ["source", "kind"],
        (((s.name, kind), s.failures.get(kind, 0)) for s in sources for kind in _FAILURES),
    )
    yield _counter(
        ("fourfold_source_faults", "Cells and rows that are not as they should be."),
        ["source", "kind"],
        (((s.name, kind), count) for s in sources for kind, count in s.faults.items()),
    )


def _breakers(sources: Sequence[SourceHealth]) -> Iterator[Metric]:
    yield _gauge(
        ("fourfold_source_breaker", "1 for the state the circuit breaker is in."),
        ["source", "state"],
        (((s.name, t), float(s.breaker.state == t)) for s in sources for t in _STATES),
    )
    yield _counter(
        ("fourfold_source_breaker_opened", "Times the circuit breaker opened."),
        ["source"],
        (((s.name,), s.breaker.opened) for s in sources),
    )
    yield _counter(
        ("fourfold_source_breaker_refused", "Reads refused at once while it was open."),
        ["source"],
        (((s.name,), s.breaker.refused) for s in sources),
    )
    yield _counter(
        ("fourfold_source_breaker_probes", "Probes whether the source is back."),
        ["source", "outcome"],
        (
            sample
            for s in sources
            for sample in (
                ((s.name, "answered"), s.breaker.probes_answered),
                ((s.name, "failed"), s.breaker.probes_failed),
            )
        ),
    )


def _gauge(named: tuple[str, str], labels: Sequence[str], samples: Samples) -> Metric:
    family = GaugeMetricFamily(*named, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _counter(named: tuple[str, str], labels: Sequence[str], samples: Samples) -> Metric:
    family = CounterMetricFamily(*named, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _histogram(
    named: tuple[str, str], labels: Sequence[str], found: Mapping[tuple[str, ...], Histogram]
) -> Metric:
    family = HistogramMetricFamily(*named, labels=labels)
    for values, histogram in found.items():
        steps = [(_bound(bound), count) for bound, count in histogram.cumulative()]
        family.add_metric(values, steps, histogram.seconds)
    return family


def _bound(seconds: float) -> str:
    return "+Inf" if seconds == float("inf") else str(seconds)
