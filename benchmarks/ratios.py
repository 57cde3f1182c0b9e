"""From rounds to ratios: ours divided by the floor, round by round, then the median. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """One server in one round, without load and with it; all times in seconds."""

    requests: int
    cpu: float
    latencies: Sequence[float]
    loaded_requests: int
    loaded_seconds: float
    loaded_cpu: float

    @property
    def cpu_each(self) -> float:
        """CPU of one request without load."""
        return self.cpu / self.requests

    @property
    def rate(self) -> float:
        """Requests a second with many callers."""
        return self.loaded_requests / self.loaded_seconds

    @property
    def rate_of_cpu(self) -> float:
        """Requests a second of CPU with many callers."""
        return self.loaded_requests / self.loaded_cpu


@dataclass(frozen=True, slots=True)
class Round:
    """Both servers, measured one right after the other with the same keys."""

    floor: Measured
    ours: Measured


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and their ends."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Median, lowest and highest of at least one value."""
    return Spread(median(values), min(values), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Ours by the floor: CPU a request, throughput, throughput a second of CPU."""

    cpu: Spread
    rate: Spread
    rate_of_cpu: Spread


def ratios(rounds: Sequence[Round]) -> Ratios:
    """The ratios of at least one round."""
    return Ratios(
        cpu=spread([r.ours.cpu_each / r.floor.cpu_each for r in rounds]),
        rate=spread([r.ours.rate / r.floor.rate for r in rounds]),
        rate_of_cpu=spread([r.ours.rate_of_cpu / r.floor.rate_of_cpu for r in rounds]),
    )
