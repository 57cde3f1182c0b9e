"""Alerts over a real log: told once, across processes, and never of service accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from domain.audit.alerting import AuditFigures, Thresholds
from domain.audit.entry import Entry, Result
from store.audit.alerts import Alerts
from store.audit.opening import AuditLog
from store.audit.sightings import Sightings
from store.audit.subjects import subjects_of
from store.audit.writing import Kept
from tests.support.auditing import ACTOR, an_entry

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # ten in the morning in the city
NIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
RULES = Thresholds(persons_per_day=3, refusals=3)


@asynccontextmanager
async def watching(log: AuditLog, rules: Thresholds = RULES) -> AsyncIterator[Alerts]:
    """One process that watches; what it has heard is looked at when the block ends."""
    alerts = Alerts(
        Sightings(log.store.database),
        log.store.budgets,
        rules,
        ZoneInfo("Asia/Shanghai"),
        AuditFigures(),
        lambda: MONDAY,
        pause=0.01,
    )
    yield alerts
    await alerts.close()


async def told(log: AuditLog, *entries: Entry, rules: Thresholds = RULES) -> list[tuple[str, int]]:
    """The alerts that one process gives for these entries."""
    with capture_logs() as logs:
        async with watching(log, rules) as alerts:
            alerts.hear([Kept(entry, subjects_of(log.book.keys, entry)) for entry in entries])
    events: list[Any] = [one for one in logs if one["event"] == "audit_alert"]
    assert all(one["account"] == "sub1" and one["trace"] == "trace1" for one in events)
    assert sum(alerts.figures.alerts.values()) == len(events)
    return [(one["alert"], one["count"]) for one in events]


def refused(at: datetime = MONDAY) -> Entry:
    return an_entry(at=at)._replace(result=Result.REFUSED)


async def test_many_persons_in_a_day_are_told_once(log: AuditLog) -> None:
    three = an_entry("p1", "p2", "p3", at=MONDAY)
    again = an_entry("p1", "p2", at=MONDAY)
    fourth = an_entry("p4", at=MONDAY)

    assert await told(log, three, again) == []
    assert await told(log, fourth) == [("many_persons", 4)]
    assert await told(log, an_entry("p5", at=MONDAY)) == []


async def test_each_day_counts_anew(log: AuditLog) -> None:
    await told(log, an_entry("p1", "p2", "p3", at=MONDAY))

    assert await told(log, an_entry("p4", at=MONDAY + timedelta(days=1))) == []


async def test_reading_at_night_is_told_once_a_day(log: AuditLog) -> None:
    assert await told(log, an_entry("p1", at=NIGHT)) == [("off_hours", 1)]
    assert await told(log, an_entry("p2", at=NIGHT)) == []
    assert await told(log, an_entry("p1", at=NIGHT + timedelta(days=1))) == [("off_hours", 1)]


async def test_repeated_refusals_are_told(log: AuditLog) -> None:
    assert await told(log, refused(), refused()) == []
    assert await told(log, refused()) == [("refusals", 3)]
    assert await told(log, refused()) == []


async def test_units_never_read_are_unusual_once_there_is_a_history(log: AuditLog) -> None:
    tuesday = MONDAY + timedelta(days=1)

    assert await told(log, an_entry(units=("u1", "u2"), at=MONDAY)) == []
    assert await told(log, an_entry(units=("u1",), at=tuesday)) == []
    assert await told(log, an_entry(units=("u1", "u9"), at=tuesday)) == [("unusual_units", 1)]
    assert await told(log, an_entry(units=("u9",), at=tuesday)) == []


async def test_a_unit_not_read_for_long_is_unusual_again(log: AuditLog) -> None:
    await told(log, an_entry(units=("u1",), at=MONDAY))

    later = MONDAY + timedelta(days=31)
    assert await told(log, an_entry(units=("u1",), at=later)) == [("unusual_units", 1)]


async def test_service_accounts_are_never_told_of(log: AuditLog) -> None:
    service = ACTOR._replace(roles=("SERVICE",))
    many = an_entry(*(f"p{n}" for n in range(9)), at=NIGHT, actor=service)

    assert await told(log, many) == []


async def test_thresholds_of_nothing_are_never_met(log: AuditLog) -> None:
    off = Thresholds(0, 0, 10, 0, 0, 0)
    many = an_entry(*(f"p{n}" for n in range(9)), units=("u1",), at=NIGHT)

    assert await told(log, many, *[refused() for _ in range(9)], rules=off) == []


@pytest.mark.parametrize("count", [1, 950])
async def test_a_long_list_counts_whole(log: AuditLog, count: int) -> None:
    many = an_entry(*(f"p{n}" for n in range(count)), at=MONDAY)

    assert await told(log, many, rules=Thresholds(persons_per_day=949)) == (
        [("many_persons", 950)] if count == 950 else []
    )


async def test_a_sighting_counts_what_is_new_and_what_was_seen_today(log: AuditLog) -> None:
    sightings, today = Sightings(log.store.database), MONDAY.date()
    yesterday = today - timedelta(days=1)
    reader = "r" * 32

    assert await sightings.note(reader, "unit", ["u2", "u1"], (yesterday, yesterday)) == (2, 2)
    assert await sightings.note(reader, "unit", ["u1", "u3"], (today, yesterday)) == (1, 2)
    assert await sightings.note(reader, "unit", ["u1", "u2"], (today, today)) == (1, 3)
    assert await sightings.note(reader, "unit", [], (today, today)) == (0, 3)
    assert await sightings.note(reader, "person", ["u1"], (today, today)) == (1, 1)
    assert await sightings.note("s" * 32, "unit", ["u1"], (today, today)) == (1, 1)


async def test_the_first_day_of_an_account_stays_its_first(log: AuditLog) -> None:
    today = MONDAY.date()
    tomorrow = today + timedelta(days=1)
    one, other = Sightings(log.store.database), Sightings(log.store.database)

    assert await one.known_since("r" * 32, today) == today
    assert await one.known_since("r" * 32, tomorrow) == today
    assert await other.known_since("r" * 32, tomorrow) == today
