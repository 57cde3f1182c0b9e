"""What caches have saved, counted since the start; numbers only."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class CacheFigures:
    """Counts of one source or of the links.

    `collapsed` reads were answered by one already under way; `bypassed` ones did not look into the
    cache because it was not known whether it is up to date.
    """

    hits: int = 0
    misses: int = 0
    collapsed: int = 0
    bypassed: int = 0

    def as_counts(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def sum_of(figures: Iterable[CacheFigures]) -> CacheFigures:
    """The counts of several together."""
    total = CacheFigures()
    for each in figures:
        total.hits += each.hits
        total.misses += each.misses
        total.collapsed += each.collapsed
        total.bypassed += each.bypassed
    return total
