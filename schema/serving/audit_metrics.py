"""What the audit log counts, as Prometheus reads it: entries, failures, alerts; nobody's name."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.audit.alerting import Alert, AuditFigures

MISSED = "missed"
"""Entries that were kept and that no alert was judged by."""


class AuditCollector(Collector):
    """The counts, read when somebody asks; nothing where no entries are kept."""

    def __init__(self, figures: AuditFigures | None) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Few labels: the kinds of alerts."""
        figures = self._figures
        if figures is None:
            return
        for name, text, count in (
            ("fourfold_audit_entries", "Entries kept.", figures.entries),
            ("fourfold_audit_commits", "Commits they were kept by.", figures.batches),
            ("fourfold_audit_failures", "Commits that failed.", figures.failures),
            ("fourfold_audit_refused", "Answers refused for want of an entry.", figures.refused),
        ):
            family = CounterMetricFamily(name, text)
            family.add_metric([], count)
            yield family
        alerts = CounterMetricFamily(
            "fourfold_audit_alerts", "What somebody should look at.", labels=["alert"]
        )
        for alert in (*(each.value for each in Alert), MISSED):
            alerts.add_metric([alert], figures.alerts[alert])
        yield alerts
