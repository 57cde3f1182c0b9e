"""What in the log somebody should look at: pure rules. Source: roles.md section 5."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.audit.entry import Entry, Result
from domain.model.roles import Role

_SATURDAY: Final = 5


class Alert(StrEnum):
    """Why somebody should look."""

    MANY_PERSONS = "many_persons"
    OFF_HOURS = "off_hours"
    REFUSALS = "refusals"
    UNUSUAL_UNITS = "unusual_units"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on; 0 is never. Office hours are those of the city, Monday to Friday.

    `refusals` within `refusal_minutes`; a unit is unusual when not read for `unit_days`.
    """

    persons_per_day: int = 200
    refusals: int = 10
    refusal_minutes: int = 10
    office_from: int = 7
    office_until: int = 20
    unit_days: int = 30


@dataclass(slots=True)
class AuditFigures:
    """Counts of one process since the start."""

    entries: int = 0
    batches: int = 0
    failures: int = 0
    refused: int = 0
    alerts: Counter[str] = field(default_factory=Counter)


def is_watched(entry: Entry) -> bool:
    """Whether a person stands behind an entry: service accounts work in bulk and at night."""
    return bool(entry.actor.sub) and Role.SERVICE not in entry.actor.roles


def is_refusal(entry: Entry) -> bool:
    """Whether it counts as one more refusal."""
    return entry.result is Result.REFUSED


def is_off_hours(at: datetime, thresholds: Thresholds) -> bool:
    """Whether an instant of the city's time lies outside of office hours."""
    if thresholds.office_from == thresholds.office_until:
        return False
    is_weekend = at.weekday() >= _SATURDAY
    return is_weekend or not thresholds.office_from <= at.hour < thresholds.office_until


def has_history(known_since: date, today: date) -> bool:
    """Whether an account has read anything before today: its first day has no usual units."""
    return known_since < today


def usual_since(today: date, thresholds: Thresholds) -> date:
    """From which day on a unit counts as usual when it was read."""
    return today - timedelta(days=thresholds.unit_days)
