"""What a source has been asked and how it did, for /sources and /metrics; no key, no value."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.model.histogram import Histogram

_WEIGHT: Final = 0.1


class SourceState(StrEnum):
    """How a source is doing."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"


@dataclass(slots=True)
class SourceFigures:
    """Counters of one source since the start; `latency` is a moving average in seconds."""

    state: SourceState = SourceState.DOWN
    since: datetime | None = None
    last_error: str | None = None
    latency: float | None = None
    statements: int = 0
    rows: int = 0
    durations: Histogram = field(default_factory=Histogram)
    faults: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def answered(self, rows: int, seconds: float) -> None:
        """One statement was answered."""
        self.statements += 1
        self.rows += rows
        self.durations.add(seconds)
        self.latency = (
            seconds if self.latency is None else self.latency + _WEIGHT * (seconds - self.latency)
        )

    def failed(self, failure: str, reason: str) -> None:
        """One read, or the opening, got no answer; `reason` is our own word."""
        self.failures[failure] += 1
        self.last_error = reason

    def turn(self, state: SourceState, now: Callable[[], datetime]) -> None:
        """A change of state is dated; staying is not."""
        if state is not self.state or self.since is None:
            self.state, self.since = state, now()
