"""What one request cost: statements sent to each source, and seconds spent waiting for it."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field

PLATFORM = "platform"


@dataclass(slots=True)
class Waiting:
    """The time a request has waited for one source; reads at the same time count once."""

    before: float = 0.0
    since: float = 0.0
    reads: int = 0


@dataclass(slots=True)
class Tally:
    """Statements sent for one request, by source name; PLATFORM is the cross-reference.

    `viewer` stands for what the caller may see; work under way is shared among equals only.
    """

    statements: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    waits: dict[str, Waiting] = field(default_factory=dict)
    viewer: Hashable = None

    def count(self, source: str) -> None:
        """One more statement sent to `source`."""
        self.statements[source] += 1

    def begin(self, source: str, now: float) -> float:
        """A read of `source` begins; the seconds this request has waited for it already."""
        wait = self.waits.get(source)
        if wait is None:
            self.waits[source] = Waiting(0.0, now, 1)
            return 0.0
        if not wait.reads:
            wait.since = now
        wait.reads += 1
        return wait.before + now - wait.since

    def end(self, source: str, now: float) -> None:
        """A read of `source` has ended."""
        wait = self.waits[source]
        wait.reads -= 1
        if not wait.reads:
            wait.before += now - wait.since
