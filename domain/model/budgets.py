"""How much one subject may ask for in a time: pure numbers, and when they begin anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
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


def charges(
    budget: Budget, subject: str, asked: tuple[int, int], now: datetime
) -> Iterator[Charge]:
    """What a question of so much cost and so many lookups is charged to."""
    cost, lookups = asked
    minute = now.replace(second=0, microsecond=0)
    day = minute.replace(hour=0, minute=0)
    if budget.cost_per_minute is not None and cost:
        until = minute + timedelta(minutes=1)
        yield Charge(f"{subject}|cost|{minute:%H%M}", cost, budget.cost_per_minute, until)
    if budget.lookups_per_day is not None and lookups:
        until = day + timedelta(days=1)
        yield Charge(f"{subject}|lookups|{day:%d}", lookups, budget.lookups_per_day, until)
    if budget.misses is not None and lookups:
        # Nothing is added: only a lookup that found nobody counts, and that is known afterwards.
        yield Charge(miss_key(subject), 0, budget.misses - 1, now + MISSES_KEPT)


def miss_key(subject: str) -> str:
    """The counter of lookups in a row that found nobody."""
    return f"{subject}|misses"
