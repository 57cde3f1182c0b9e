"""What one request cost: SQL statements per source, counted where they are sent."""

from collections import Counter
from dataclasses import dataclass, field

PLATFORM = "platform"


@dataclass(slots=True)
class Tally:
    """Statements sent for one request, by source name; PLATFORM is the cross-reference."""

    statements: Counter[str] = field(default_factory=Counter)

    def count(self, source: str) -> None:
        """One more statement sent to `source`."""
        self.statements[source] += 1
