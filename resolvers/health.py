"""How the sources are doing, for people and probes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.breaker import BreakerFigures
from adapters.opening import Source
from domain.model.departments import Department
from domain.model.histogram import Histogram


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source's state; `findings` are mistakes of its mapping, with line and remedy."""

    name: str
    department: Department
    divisions: tuple[str, ...]
    state: str
    since: datetime | None
    last_error: str | None
    latency_ms: float | None
    waiting: int
    findings: tuple[str, ...]
    statements: int
    rows: int
    durations: Histogram
    faults: Mapping[str, int]
    failures: Mapping[str, int]
    breaker: BreakerFigures


Health = Callable[[], Sequence[SourceHealth]]


def health_of(source: Source) -> SourceHealth:
    """The health of one source now."""
    description, statistics = source.description, source.statistics
    return SourceHealth(
        name=description.name,
        department=description.department,
        divisions=description.divisions,
        state=statistics.state,
        since=statistics.since,
        last_error=statistics.last_error,
        latency_ms=None if statistics.latency is None else round(statistics.latency * 1000, 3),
        waiting=source.waiting,
        findings=tuple(finding.served for finding in source.findings),
        statements=statistics.statements,
        rows=statistics.rows,
        durations=statistics.durations,
        faults=_named(statistics.faults),
        failures=_named(statistics.failures),
        breaker=source.breaker,
    )


def _named(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts under plain texts, whatever enumeration they were counted by."""
    return {str(name): count for name, count in counts.items()}
