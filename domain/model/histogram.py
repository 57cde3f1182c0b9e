"""How long things took, counted in steps; for metrics."""

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

STEPS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds; the last count is of what took longer."""


@dataclass(slots=True)
class Histogram:
    """Counts of durations by step, and their sum in seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(STEPS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """One thing took so long."""
        self.counts[bisect_left(STEPS, seconds)] += 1
        self.seconds += seconds

    def cumulative(self) -> list[tuple[float, int]]:
        """Each upper bound, and how many took no longer; the last bound is infinite."""
        return list(zip((*STEPS, float("inf")), accumulate(self.counts), strict=True))
