"""How long operations took and how they ended, by name; few names, whatever is sent."""

import re
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.model.histogram import Histogram

MAX_NAMES: Final = 100
ANONYMOUS: Final = "anonymous"
OTHER: Final = "other"
_PLAIN: Final = re.compile(r"(?!.*\d{5})[_A-Za-z][_0-9A-Za-z]{0,63}")
"""A name of sane length that cannot hide a number of a person."""


def plain_name(name: str | None) -> str | None:
    """A name that may be kept; None for what may hide a number of a person."""
    return name if name is not None and _PLAIN.fullmatch(name) else None


class Outcome(StrEnum):
    """How an operation ended."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    """With data and with errors."""
    FAILED = "failed"
    """With errors and without data."""
    REFUSED = "refused"
    """Before it ran: not well formed, not valid, or not allowed."""


NOTHING: Final[Mapping[str, int]] = {}


class Operation:
    """One operation in the making: `name` as the client gave it, set as soon as it is known.

    `path` is how it was answered, and why so: few words of ours; `levels` how often each way to
    read a level of a plan was gone.
    """

    __slots__ = ("levels", "name", "outcome", "path")

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.outcome = Outcome.REFUSED
        self.path: tuple[str, str] | None = None
        self.levels = NOTHING

    def ended(self, *, has_data: bool, has_errors: bool) -> None:
        """It ran to its end."""
        if has_data:
            self.outcome = Outcome.PARTIAL if has_errors else Outcome.ANSWERED
        else:
            self.outcome = Outcome.FAILED if has_errors else Outcome.ANSWERED


class Ends:
    """How often operations of one label ended in one way, and how long all of the label took."""

    __slots__ = ("count", "durations", "label")

    def __init__(self, label: str, durations: Histogram) -> None:
        self.label = label
        self.durations = durations
        self.count = 0


Way = tuple[str | None, Outcome, tuple[str, str] | None]
"""A label, or the name that it is for, how it ended, and by which path it was answered."""


class OperationFigures:
    """Counts since the start; `levels` counts how levels of plans were read."""

    def __init__(self) -> None:
        self.durations: dict[str, Histogram] = {}
        self.levels: dict[str, int] = {}
        self.running = 0
        self._names: set[str] = set()
        self._ends: dict[Way, Ends] = {}
        self._by_name: dict[Way, Ends] = {}

    @property
    def outcomes(self) -> Counter[tuple[str, str]]:
        """By label, and how operations ended."""
        found: Counter[tuple[str, str]] = Counter()
        for (_, outcome, _), ends in self._ends.items():
            found[ends.label, outcome.value] += ends.count
        return found

    @property
    def paths(self) -> Counter[tuple[str, str]]:
        """By which path operations were answered, and why."""
        found: Counter[tuple[str, str]] = Counter()
        for (_, _, path), ends in self._ends.items():
            if path is not None:
                found[path] += ends.count
        return found

    def label(self, operation: Operation) -> str:
        """The name to count under: the first so many names that ran, then `other`."""
        name = operation.name
        if name is None:
            return ANONYMOUS
        if name in self._names:
            return name
        is_refused = operation.outcome is Outcome.REFUSED
        if is_refused or len(self._names) >= MAX_NAMES or not _PLAIN.fullmatch(name):
            return OTHER
        self._names.add(name)
        return name

    def add(self, operation: Operation, seconds: float) -> str:
        """One operation ended; gives the name it was counted under."""
        way = (operation.name, operation.outcome, operation.path)
        ends = self._by_name.get(way)
        if ends is None:
            ends = self._ends_of(operation)
            if operation.name in self._names or operation.name is None:
                self._by_name[way] = ends
        ends.count += 1
        ends.durations.add(seconds)
        for level, count in operation.levels.items():
            self.levels[level] = self.levels.get(level, 0) + count
        return ends.label

    def _ends_of(self, operation: Operation) -> Ends:
        label = self.label(operation)
        way = (label, operation.outcome, operation.path)
        ends = self._ends.get(way)
        if ends is None:
            durations = self.durations.setdefault(label, Histogram())
            ends = self._ends[way] = Ends(label, durations)
        return ends
