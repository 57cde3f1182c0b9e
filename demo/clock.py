"""The city's fixed today and small arithmetic on months; no real clock."""

from datetime import date
from typing import Final

TODAY: Final = date(2026, 6, 30)
REFORM_ON: Final = date(2025, 3, 1)
GO_LIVE: Final = date(2026, 1, 1)


def month_text(months: int) -> str:
    """The month YYYY-MM that is so many months after year 0."""
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def months_of(day: date) -> int:
    """Months since year 0."""
    return day.year * 12 + day.month - 1


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 28 February instead of the 29th."""
    if day.month == 2 and day.day == 29:
        day = day.replace(day=28)
    return day.replace(year=day.year + years)
