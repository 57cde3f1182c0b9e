"""Successions of units: what the register says became of a unit's code."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """One event: `kind` is a code of unit_change_kind; an unknown day counts as past."""

    predecessor: str
    successor: str
    kind: str | None = None
    on: date | None = None
