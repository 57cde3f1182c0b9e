"""How much one subject may ask for in a time: pure numbers, and when they begin anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

MISSES_KEPT: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Budget:
    """None is no bound. `misses` are lookups in a row that found nobody."""

    cost_per_minute: int | None = 2_000_000
    lookups_per_day: int | None = 5000
    misses: int | None = 100


class Charge(NamedTuple):
    """One counter: its name, what is added, how far it may go, and when it begins anew."""

    key: str
    amount: int
    limit: int
    until: datetime


class _Time(NamedTuple):
    """How counters of a time are told from those of others, and when it is over."""

    mark: str
    until: datetime


@lru_cache(8)
def _times(minute: datetime) -> tuple[_Time, _Time]:
    """The minute, and its day."""
    day = minute.replace(hour=0, minute=0)
    return (
        _Time(f"{minute:%H%M}", minute + timedelta(minutes=1)),
        _Time(f"{day:%d}", day + timedelta(days=1)),
    )


def charges(
    budget: Budget, subject: str, asked: tuple[int, int], now: datetime
) -> Iterator[Charge]:
    """What a question of so much cost and so many lookups is charged to."""
    cost, lookups = asked
    minute, day = _times(now.replace(second=0, microsecond=0))
    if budget.cost_per_minute is not None and cost:
        key = f"{subject}|cost|{minute.mark}"
        yield Charge(key, cost, budget.cost_per_minute, minute.until)
    if budget.lookups_per_day is not None and lookups:
        key = f"{subject}|lookups|{day.mark}"
        yield Charge(key, lookups, budget.lookups_per_day, day.until)
    if budget.misses is not None and lookups:
        # Nothing is added: only a lookup that found nobody counts, and that is known afterwards.
        yield Charge(miss_key(subject), 0, budget.misses - 1, now + MISSES_KEPT)


def miss_key(subject: str) -> str:
    """The counter of lookups in a row that found nobody."""
    return f"{subject}|misses"
