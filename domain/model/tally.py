"""What one request cost: statements sent to each source, and seconds spent waiting for it."""

from collections import Counter
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

    statements: Counter[str] = field(default_factory=Counter)
    waits: dict[str, Waiting] = field(default_factory=dict)
    viewer: Hashable = None

    def count(self, source: str) -> None:
        """One more statement sent to `source`."""
        # Not `+= 1`: what a Counter lacks it asks for by a call.
        self.statements[source] = self.statements.get(source, 0) + 1

    def begin(self, source: str, now: float) -> float:
        """A read of `source` begins; the seconds this request has waited for it already."""
        wait = self.waits.get(source)
        if wait is None:
            wait = self.waits[source] = Waiting()
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
