"""What a run over the city tells while it goes on, and what it did."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from domain.model.departments import Department
from domain.model.keys import EntityKind, SourceName
from store.recording import Recorded

NOT_MAPPED: Final = "NOT_MAPPED"
ANCHOR_UNREAD: Final = "ANCHOR_UNREAD"


class Outcome(StrEnum):
    """What became of a record; a DUPLICATE is counted beside its level.

    WAITING: agreed among the sources read, but one that is away may contradict.
    """

    CERTAIN = "CERTAIN"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    CONFLICT = "CONFLICT"
    WAITING = "WAITING"
    UNUSABLE = "UNUSABLE"
    DUPLICATE = "DUPLICATE"


class Stage(StrEnum):
    """What a run is doing."""

    READ = "read"
    MATCH = "match"
    CANDIDATES = "candidates"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Step:
    """A run has come so far: `done` records of `subject` in this stage."""

    stage: Stage
    entity: EntityKind
    subject: str
    done: int


class Progress(Protocol):
    """Whoever watches a run."""

    def report(self, step: Step) -> None:
        """Hear how far the run has come."""


class Unwatched:
    """Nobody watches."""

    def report(self, step: Step) -> None:
        """Let it pass."""


@dataclass(frozen=True, slots=True)
class UnreadSource:
    """A source whose records were left as they are linked, and why."""

    source: SourceName
    department: Department
    code: str
    reason: str

    @property
    def is_failure(self) -> bool:
        """Whether the source did not answer; one that maps no number is only left out."""
        return self.code != NOT_MAPPED


@dataclass(frozen=True, slots=True)
class Reading:
    """How one source was read: `rows` in a stream, `again` by key; `why` not its changes alone."""

    source: SourceName
    department: Department
    rows: int
    again: int
    why: str | None


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """What linking one kind found and changed; `counts` are records by outcome and department.

    They are those of the whole city, whatever part of it was read.
    """

    entity: EntityKind
    counts: Mapping[tuple[Outcome, Department], int]
    changes: Recorded
    unread: tuple[UnreadSource, ...]
    readings: tuple[Reading, ...] = ()

    def of(self, outcome: Outcome) -> int:
        """Records of this outcome in all departments."""
        return sum(count for (each, _), count in self.counts.items() if each is outcome)


@dataclass(slots=True)
class Findings:
    """A summary in the making."""

    counts: Counter[tuple[Outcome, Department]] = field(default_factory=Counter)
    changes: Recorded = field(default_factory=Recorded)
    unread: list[UnreadSource] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        """Whether a source did not answer."""
        return any(each.is_failure for each in self.unread)

    def count(self, outcome: Outcome, department: Department, number: int = 1) -> None:
        """More records of this outcome."""
        self.counts[outcome, department] += number

    def summary(self, entity: EntityKind) -> LinkSummary:
        """What was found, as it stands."""
        counts = {outcome: number for outcome, number in self.counts.items() if number}
        unread, readings = tuple(self.unread), tuple(self.readings)
        return LinkSummary(entity, counts, self.changes, unread, readings)
