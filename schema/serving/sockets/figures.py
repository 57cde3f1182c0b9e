"""What /metrics tells of open connections."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

KINDS: Final = ("websocket", "sse")
REFUSALS: Final = ("origin", "protocol", "client", "process", "sign_in")


@dataclass(slots=True)
class StreamFigures:
    """Counts of one process; `ended` is by close code, a stream of events has the same codes."""

    open: Counter[str] = field(default_factory=Counter)
    subscriptions: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    ended: Counter[int] = field(default_factory=Counter)


class StreamCollector(Collector):
    """The counts, read when somebody asks."""

    def __init__(self, figures: StreamFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Few labels: kinds, reasons and codes of ours."""
        figures = self._figures
        connections = GaugeMetricFamily(
            "fourfold_stream_connections", "Connections open for subscriptions.", labels=["kind"]
        )
        for kind in KINDS:
            connections.add_metric([kind], figures.open[kind])
        yield connections
        running = GaugeMetricFamily("fourfold_subscriptions_running", "Subscriptions under way.")
        running.add_metric([], figures.subscriptions)
        yield running
        refused = CounterMetricFamily(
            "fourfold_stream_refusals", "Connections that were refused.", labels=["reason"]
        )
        for reason in REFUSALS:
            refused.add_metric([reason], figures.refused[reason])
        yield refused
        ended = CounterMetricFamily(
            "fourfold_stream_ends", "Connections that ended, by close code.", labels=["code"]
        )
        for code, count in sorted(figures.ended.items()):
            ended.add_metric([str(code)], count)
        yield ended
