"""How long operations took and how they ended, by name; few names, whatever is sent."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Operation:
    """One operation in the making: `name` as the client gave it, set as soon as it is known."""

    name: str | None = None
    outcome: Outcome = Outcome.REFUSED
    path: tuple[str, str] | None = None
    """How it was answered, and why so: few words of ours."""
    levels: Mapping[str, int] = field(default_factory=dict)
    """How often each way to read a level of a plan was gone."""

    def ended(self, *, has_data: bool, has_errors: bool) -> None:
        """It ran to its end."""
        if has_data:
            self.outcome = Outcome.PARTIAL if has_errors else Outcome.ANSWERED
        else:
            self.outcome = Outcome.FAILED if has_errors else Outcome.ANSWERED


@dataclass(slots=True)
class OperationFigures:
    """Counts since the start; `paths` counts by which path operations were answered, and why."""

    durations: dict[str, Histogram] = field(default_factory=dict)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    paths: Counter[tuple[str, str]] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    running: int = 0
    _names: set[str] = field(default_factory=set)

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
        label = self.label(operation)
        self.durations.setdefault(label, Histogram()).add(seconds)
        self.outcomes[label, operation.outcome.value] += 1
        if operation.path is not None:
            self.paths[operation.path] += 1
        for way, count in operation.levels.items():
            self.levels[way] += count
        return label
