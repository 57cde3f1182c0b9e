"""Budgets over the counters of the platform database: several workers, one budget."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.model.budgets import Budget, Charge
from domain.model.errors import PlatformError, RateLimitedError
from schema.checking.cost import Cost
from schema.serving.budgets import Budgets
from schema.serving.caller import Caller
from schema.serving.request import BudgetRefusal
from store.budgets import BudgetCounts
from store.database import Store

NOW = datetime(2026, 3, 2, 8, 0, 30, tzinfo=UTC)
LOOKUP = Cost(fields=10, lookups=1)
TIGHT = Budget(cost_per_minute=100, lookups_per_day=5, misses=3)


async def charged(budgets: Budgets, count: int, cost: Cost, now: datetime = NOW) -> int:
    """How many of so many questions are let through."""
    for done in range(count):
        try:
            await budgets.charge("a", cost, now)
        except RateLimitedError:
            return done
    return count


async def test_cost_is_bounded_each_minute(store: Store) -> None:
    budgets = Budgets(TIGHT, store.budgets)

    assert await charged(budgets, 20, Cost(fields=10)) == 10
    with pytest.raises(RateLimitedError) as refused:
        await budgets.charge("a", Cost(fields=10), NOW)
    assert refused.value.retry_after == 30
    assert await charged(budgets, 20, Cost(fields=10), NOW + timedelta(minutes=1)) == 10


async def test_lookups_are_bounded_each_day(store: Store) -> None:
    budgets = Budgets(Budget(None, 5, None), store.budgets)

    assert await charged(budgets, 9, LOOKUP) == 5
    assert await charged(budgets, 9, LOOKUP, NOW + timedelta(hours=10)) == 0
    assert await charged(budgets, 9, LOOKUP, NOW + timedelta(days=1)) == 5
    assert await charged(budgets, 9, Cost(fields=10)) == 9


async def test_subjects_do_not_share_a_budget(store: Store) -> None:
    budgets = Budgets(TIGHT, store.budgets)
    assert await charged(budgets, 20, Cost(fields=10)) == 10

    await budgets.charge("b", Cost(fields=10), NOW)


async def test_workers_share_a_budget_within_a_second(store: Store) -> None:
    one, other = Budgets(TIGHT, store.budgets), Budgets(TIGHT, store.budgets)
    assert await charged(one, 6, Cost(fields=10)) == 6

    later = NOW + timedelta(seconds=2)
    assert await charged(one, 1, Cost(fields=10), later) == 1
    assert await charged(other, 9, Cost(fields=10), later) == 3


async def test_workers_give_away_little_more_than_a_budget_in_one_second(store: Store) -> None:
    """However many they are, and whatever each has heard of the others."""
    wide = Budget(cost_per_minute=1000, lookups_per_day=None, misses=None)
    workers = [Budgets(wide, store.budgets) for _ in range(4)]
    taken = 0

    for _ in range(200):
        for worker in workers:
            taken += await charged(worker, 1, Cost(fields=10))

    assert 100 <= taken <= 100 + 4 * 2


async def test_questions_at_once_are_counted_once_each(store: Store) -> None:
    wide = Budget(cost_per_minute=1000, lookups_per_day=None, misses=None)
    one, other = Budgets(wide, store.budgets), Budgets(wide, store.budgets)
    await asyncio.gather(*(one.charge("a", Cost(fields=7), NOW) for _ in range(40)))
    later = NOW + timedelta(seconds=2)
    await asyncio.gather(*(one.charge("a", Cost(fields=7), later) for _ in range(40)))
    await one.charge("a", Cost(fields=30), later)  # too much to be left untold

    assert await charged(other, 99, Cost(fields=10), later) == (1000 - 80 * 7 - 30) // 10


@dataclass(slots=True)
class Counted:
    """Counters whose statements are counted."""

    counters: BudgetCounts
    asked: int = 0

    async def add(self, charges: Sequence[Charge], now: datetime) -> list[int]:
        self.asked += 1
        return await self.counters.add(charges, now)

    async def forget(self, key: str) -> None:
        raise NotImplementedError

    async def forget_old(self, now: datetime) -> None:
        """Nothing is old here."""


class Away(Counted):
    """Counters of a platform database that does not answer."""

    async def add(self, charges: Sequence[Charge], now: datetime) -> list[int]:
        await asyncio.sleep(0)
        raise PlatformError("away")

    async def forget_old(self, now: datetime) -> None:
        """Nothing is old here."""


async def test_usual_questions_of_a_second_share_their_statements(store: Store) -> None:
    counted = Counted(store.budgets)
    budgets = Budgets(Budget(), counted)

    assert await charged(budgets, 90, Cost(fields=1300, lookups=1)) == 90

    assert counted.asked <= 7


async def test_questions_that_come_together_tell_the_others_once(store: Store) -> None:
    counted = Counted(store.budgets)
    budgets, other = Budgets(Budget(), counted), Budgets(Budget(), store.budgets)
    later = NOW + timedelta(seconds=5)
    await budgets.charge("a", LOOKUP, NOW)
    asked = counted.asked

    await asyncio.gather(*(budgets.charge("a", LOOKUP, later) for _ in range(16)))
    assert counted.asked - asked <= 3 + 3

    await budgets.charge("a", LOOKUP, later + timedelta(seconds=2))
    rest = Cost(fields=2_000_000 - 18 * 10)
    assert await charged(other, 2, rest, later + timedelta(seconds=2)) == 1


async def test_a_counter_that_cannot_be_told_holds_nobody_up(store: Store) -> None:
    budgets = Budgets(Budget(misses=None), Away(store.budgets))

    asked = [budgets.charge("a", LOOKUP, NOW) for _ in range(5)]
    ended = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(each) for each in ended] == [PlatformError] * 5


async def test_lookups_that_find_somebody_ask_the_counters_no_more_than_others(
    store: Store,
) -> None:
    counted = Counted(store.budgets)
    budgets = Budgets(Budget(), counted)

    for _ in range(50):
        assert await charged(budgets, 1, LOOKUP) == 1
        await budgets.settle("a", [True], NOW)

    assert counted.asked <= 4


async def test_workers_share_a_budget_also_when_the_clock_is_set_back(store: Store) -> None:
    one, other = Budgets(TIGHT, store.budgets), Budgets(TIGHT, store.budgets)
    earlier = NOW - timedelta(seconds=20)
    await one.charge("a", Cost(fields=10), NOW)

    assert await charged(one, 6, Cost(fields=10), earlier) == 6
    assert await charged(one, 1, Cost(fields=10), earlier - timedelta(seconds=2)) == 1

    assert await charged(other, 9, Cost(fields=10), earlier) == 2


async def test_misses_in_a_row_end_lookups_for_a_while(store: Store) -> None:
    budgets = Budgets(Budget(None, None, 3), store.budgets)

    for _ in range(3):
        await budgets.charge("a", LOOKUP, NOW)
        await budgets.settle("a", [False], NOW)

    assert await charged(budgets, 1, LOOKUP, NOW + timedelta(minutes=14)) == 0
    assert await charged(budgets, 1, Cost(fields=10)) == 1
    assert await charged(budgets, 1, LOOKUP, NOW + timedelta(minutes=16)) == 1


async def test_a_lookup_that_finds_somebody_ends_the_row(store: Store) -> None:
    budgets = Budgets(Budget(None, None, 3), store.budgets)

    for found in (False, False, True, False, False):
        assert await charged(budgets, 1, LOOKUP) == 1
        await budgets.settle("a", [found], NOW)

    assert await charged(budgets, 1, LOOKUP) == 1


async def test_somebody_known_beside_guesses_hides_none_of_them(store: Store) -> None:
    budgets = Budgets(Budget(None, None, 3), store.budgets)

    await budgets.settle("a", [True, False, False], NOW)
    assert await charged(budgets, 1, LOOKUP) == 1
    await budgets.settle("a", [False, True], NOW)

    assert await charged(budgets, 1, LOOKUP) == 0


async def test_a_question_without_a_miss_ends_the_row_that_mixed_ones_began(store: Store) -> None:
    budgets = Budgets(Budget(None, None, 3), store.budgets)

    for found in ([True, False, False], [True, True], [True, False, False]):
        await budgets.settle("a", found, NOW)

    assert await charged(budgets, 1, LOOKUP) == 1


async def test_no_bounds_ask_the_database_nothing(store: Store) -> None:
    budgets = Budgets(Budget(None, None, None), store.budgets)
    await store.database.close()

    assert await charged(budgets, 100, LOOKUP) == 100
    await budgets.settle("a", [False] * 100, NOW)


async def test_counters_past_their_time_are_taken_away(store: Store) -> None:
    budgets = Budgets(TIGHT, store.budgets)
    await budgets.charge("a", Cost(fields=10), NOW)

    await store.budgets.forget_old(NOW + timedelta(days=2))

    assert await charged(Budgets(TIGHT, store.budgets), 20, Cost(fields=10)) == 10


def account(subject: str = "a") -> Caller:
    return Caller(subject, frozenset())


async def taken(budgets: Budgets, times: int, cost: Cost, now: datetime = NOW) -> int:
    """As the endpoint asks: at once where that is possible; how many were let in."""
    found = 0
    for _ in range(times):
        if budgets.takes(account(), cost, now):
            found += 1
            continue
        try:
            await budgets.admit(account(), cost, now)
        except BudgetRefusal:
            continue
        found += 1
    return found


async def test_what_is_taken_at_once_is_told_later(store: Store) -> None:
    one, other = Budgets(Budget(), store.budgets), Budgets(Budget(), store.budgets)
    later = NOW + timedelta(seconds=2)
    assert not one.takes(account(), LOOKUP, NOW)
    assert await taken(one, 50, Cost(fields=700, lookups=1)) == 50
    assert await taken(one, 1, Cost(fields=10), later) == 1

    rest = Cost(fields=2_000_000 - 50 * 700 - 10)
    assert await taken(other, 2, rest, later) == 1


async def test_nothing_is_taken_at_once_past_a_bound(store: Store) -> None:
    budgets = Budgets(Budget(1000, 100, None), store.budgets)

    assert await taken(budgets, 300, Cost(fields=5)) == 200
    assert await taken(budgets, 1, Cost(fields=5)) == 0
    assert await taken(budgets, 150, Cost(lookups=1)) == 100


async def test_a_row_of_misses_ends_what_is_taken_at_once(store: Store) -> None:
    budgets = Budgets(Budget(None, None, 3), store.budgets)
    for _ in range(3):
        assert await taken(budgets, 2, LOOKUP) == 2
        assert budgets.owes("a", [False])
        await budgets.settle("a", [False], NOW)

    assert await taken(budgets, 2, LOOKUP) == 0


async def test_lookups_that_found_somebody_owe_nothing_but_the_end_of_a_row(store: Store) -> None:
    budgets = Budgets(Budget(), store.budgets)
    assert await taken(budgets, 1, LOOKUP) == 1
    assert not budgets.owes("a", [True])

    await budgets.settle("a", [False], NOW)

    assert budgets.owes("a", [True])
    await budgets.settle("a", [True], NOW)
    assert not budgets.owes("a", [True])


async def test_nothing_is_taken_at_once_when_the_clock_is_set_back(store: Store) -> None:
    budgets = Budgets(Budget(), store.budgets)
    assert await taken(budgets, 2, LOOKUP) == 2

    assert budgets.takes(account(), LOOKUP, NOW)
    assert not budgets.takes(account(), LOOKUP, NOW - timedelta(seconds=5))
    assert not budgets.takes(account(), LOOKUP, NOW + timedelta(seconds=1))


class Interrupted(BudgetCounts):
    """Counters during whose adding somebody else asks."""

    async def add(self, charges: Sequence[Charge], now: datetime) -> list[int]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return await super().add(charges, now)

    meanwhile: Callable[[], Awaitable[None]] | None = None


async def test_who_is_let_in_while_a_miss_is_counted_does_not_go_by_the_count_before(
    store: Store,
) -> None:
    counters = Interrupted(store.database, store.seals)
    budgets = Budgets(Budget(cost_per_minute=10_000, lookups_per_day=10_000, misses=3), counters)
    await budgets.admit(account(), LOOKUP, NOW)
    assert budgets.takes(account(), LOOKUP, NOW)
    counters.meanwhile = lambda: budgets.admit(account(), LOOKUP, NOW)

    await budgets.settle("a", [False] * 4, NOW)

    assert not budgets.takes(account(), LOOKUP, NOW)
    with pytest.raises(BudgetRefusal):
        await budgets.admit(account(), LOOKUP, NOW)
