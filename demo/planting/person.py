"""A person on whom something may be planted."""

from dataclasses import dataclass, field

from demo.changes import CERTAIN, CONFLICT, HIGH, Subject
from demo.people.draft import Draft
from demo.values import Values
from domain.model.departments import Department


@dataclass(slots=True)
class Person(Subject):
    """A person of the city with the identity level each department's record should reach."""

    draft: Draft | None = None
    levels: dict[Department, str] = field(default_factory=dict)
    twins: dict[Department, Values] = field(default_factory=dict)

    @property
    def is_linkable(self) -> bool:
        """Whether at least two departments are expected to be linked and none is in conflict."""
        levels = [self.levels.get(d, CERTAIN) for d in self.holders]
        return CONFLICT not in levels and sum(v in {CERTAIN, HIGH} for v in levels) >= 2
