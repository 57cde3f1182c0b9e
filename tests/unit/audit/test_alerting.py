"""The rules of alerts."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from domain.audit.alerting import (
    Thresholds,
    has_history,
    is_off_hours,
    is_watched,
    usual_since,
)
from domain.audit.entry import Actor
from store.audit.opening import CITY_TIME
from tests.support.auditing import an_entry

RULES = Thresholds()


@pytest.mark.parametrize(
    ("at", "is_off"),
    [
        (datetime(2026, 3, 2, 6, 59, tzinfo=CITY_TIME), True),
        (datetime(2026, 3, 2, 7, 0, tzinfo=CITY_TIME), False),
        (datetime(2026, 3, 2, 19, 59, tzinfo=CITY_TIME), False),
        (datetime(2026, 3, 2, 20, 0, tzinfo=CITY_TIME), True),
        (datetime(2026, 3, 7, 12, 0, tzinfo=CITY_TIME), True),
        (datetime(2026, 3, 8, 12, 0, tzinfo=CITY_TIME), True),
    ],
    ids=["before", "opens", "last-minute", "closed", "saturday", "sunday"],
)
def test_office_hours_are_those_of_working_days(at: datetime, *, is_off: bool) -> None:
    assert is_off_hours(at, RULES) is is_off


def test_equal_office_hours_are_never_over() -> None:
    never = replace(RULES, office_from=0, office_until=0)

    assert not is_off_hours(datetime(2026, 3, 7, 3, 0, tzinfo=CITY_TIME), never)


def test_service_accounts_and_nobody_are_not_watched() -> None:
    assert is_watched(an_entry("p1"))
    assert not is_watched(an_entry("p1", actor=Actor(sub="s", roles=("SERVICE",))))
    assert not is_watched(an_entry("p1", actor=Actor(address="127.0.0.1")))


def test_the_first_day_of_an_account_has_no_usual_units() -> None:
    today = date(2026, 3, 2)

    assert not has_history(today, today)
    assert has_history(date(2026, 3, 1), today)
    assert usual_since(today, RULES) == date(2026, 1, 31)
