"""The numbers of a pool: every worked case of the rules, and what holds for any numbers."""

import csv
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.quota import FreezeStatus, PoolNumbers, PoolTotals, total_of

CASES = Path(__file__).parent / "examples" / "pool_cases.csv"
_INPUTS = ("approved", "occupied", "locked", "plan_unused", "plan_pending", "entry_reserved")
_OUTPUTS = ("vacant", "over", "applicable", "usable", "usable_now")

posts = st.integers(min_value=0, max_value=300)
maybe_posts = st.none() | posts


def worked_cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def a_pool(
    approved: int | None = 120,
    occupied: int | None = 112,
    locked: int | None = 2,
    plan_unused: int | None = 3,
) -> PoolNumbers:
    return PoolNumbers(approved, occupied, locked, plan_unused)


@st.composite
def pools(draw: st.DrawFn) -> PoolNumbers:
    unused = draw(posts)
    return PoolNumbers(
        approved=draw(posts),
        occupied=draw(posts),
        locked=draw(posts),
        plan_unused=unused,
        plan_pending=draw(posts),
        entry_reserved=draw(st.integers(min_value=0, max_value=unused)),
        is_ordered=draw(st.booleans()),
    )


@pytest.mark.parametrize("case", worked_cases(), ids=lambda case: case["case"])
def test_the_worked_cases_follow_from_the_formulas(case: dict[str, str]) -> None:
    approved, occupied, locked, unused, pending, reserved = (int(case[name]) for name in _INPUTS)
    numbers = PoolNumbers(approved, occupied, locked, unused, pending, reserved)

    found = {name: getattr(numbers, name) for name in _OUTPUTS}

    assert found == {name: int(case[name]) for name in _OUTPUTS}
    assert numbers.freeze == case["freeze"]


def test_an_order_wins_over_every_other_freeze_and_stops_applications() -> None:
    numbers = a_pool()._replace(is_ordered=True)

    assert numbers.freeze is FreezeStatus.ORDER
    assert (numbers.applicable, numbers.usable_now) == (0, 0)
    assert numbers.usable == 3


def test_an_order_is_known_even_where_the_numbers_are_not() -> None:
    numbers = a_pool(approved=None)._replace(is_ordered=True)

    assert numbers.freeze is FreezeStatus.ORDER
    assert numbers.vacant is None


@pytest.mark.parametrize("numbers", [a_pool(approved=None), a_pool(occupied=None)])
def test_without_quota_or_use_nothing_that_rests_on_them_is_known(numbers: PoolNumbers) -> None:
    found = (numbers.vacant, numbers.over, numbers.applicable, numbers.usable_now)

    assert found == (None, None, None, None)
    assert numbers.freeze is FreezeStatus.UNKNOWN
    assert numbers.usable == 3


def test_without_plans_vacancies_are_known_and_applications_are_not() -> None:
    numbers = a_pool(plan_unused=None)

    assert (numbers.vacant, numbers.over, numbers.freeze) == (8, 0, FreezeStatus.OPEN)
    assert (numbers.applicable, numbers.usable, numbers.usable_now) == (None, None, None)


def test_without_locks_vacancies_are_known_and_applications_are_not() -> None:
    numbers = a_pool(locked=None)

    assert (numbers.vacant, numbers.usable) == (8, 3)
    assert (numbers.applicable, numbers.usable_now) == (None, None)


def test_a_full_pool_takes_no_application_whatever_else_is_unknown() -> None:
    numbers = a_pool(approved=112, locked=None, plan_unused=None)

    assert numbers.freeze is FreezeStatus.FULL
    assert (numbers.applicable, numbers.usable_now) == (0, 0)


@given(pools())
def test_applicable_posts_use_up_exactly_what_is_approved(numbers: PoolNumbers) -> None:
    known = (numbers.occupied, numbers.plan_unused, numbers.locked, numbers.plan_pending)

    if numbers.applicable:
        assert sum(n or 0 for n in known) + numbers.applicable == numbers.approved


@given(pools())
def test_no_shown_number_but_the_vacancy_is_negative(numbers: PoolNumbers) -> None:
    found = (numbers.over, numbers.applicable, numbers.usable, numbers.usable_now)

    assert all(number is not None and number >= 0 for number in found)


@given(pools())
def test_posts_to_be_filled_today_are_usable_and_vacant(numbers: PoolNumbers) -> None:
    assert numbers.usable_now is not None
    assert numbers.usable_now <= (numbers.usable or 0)
    assert numbers.usable_now <= max(0, numbers.vacant or 0)


@given(pools())
def test_a_frozen_pool_takes_nothing(numbers: PoolNumbers) -> None:
    if numbers.freeze is not FreezeStatus.OPEN:
        assert (numbers.applicable, numbers.usable_now) == (0, 0)


@given(pools())
def test_freeze_is_over_full_or_open_by_the_vacancy(numbers: PoolNumbers) -> None:
    vacant = numbers._replace(is_ordered=False).vacant or 0
    expected = {-1: FreezeStatus.OVER, 0: FreezeStatus.FULL, 1: FreezeStatus.OPEN}

    found = numbers._replace(is_ordered=False).freeze

    assert found is expected[(vacant > 0) - (vacant < 0)]


@given(maybe_posts, maybe_posts, maybe_posts, maybe_posts)
def test_what_is_unknown_never_becomes_a_zero(
    approved: int | None, occupied: int | None, locked: int | None, unused: int | None
) -> None:
    numbers = PoolNumbers(approved, occupied, locked, unused)

    assert (numbers.vacant is None) == (approved is None or occupied is None)
    assert (numbers.over is None) == (numbers.vacant is None)
    assert (numbers.usable is None) == (unused is None)
    if numbers.freeze in {FreezeStatus.OPEN, FreezeStatus.UNKNOWN}:
        is_unknown = None in (approved, occupied, locked, unused)
        assert (numbers.applicable is None) == is_unknown
        assert (numbers.usable_now is None) == is_unknown


def test_a_sum_counts_each_pool_for_itself() -> None:
    """What one pool is over is never offset by the vacancies of another."""
    vacant, over = a_pool(), a_pool(approved=10, occupied=13, locked=0, plan_unused=0)

    totals = total_of(2, [vacant, over])

    assert (totals.units, totals.pools) == (2, 2)
    assert (totals.approved, totals.occupied, totals.vacant, totals.over) == (130, 125, 5, 3)
    assert (totals.locked, totals.plan_unused, totals.applicable) == (2, 3, 3)
    assert (totals.usable, totals.usable_now, totals.plan_pending) == (3, 3, 0)


def test_a_sum_of_no_pools_is_zero() -> None:
    totals = total_of(1, [])

    assert (totals.pools, totals.approved, totals.applicable, totals.exit_pending) == (0, 0, 0, 0)


@given(st.lists(pools(), max_size=3), st.lists(pools(), max_size=3))
def test_sums_add_up(left: list[PoolNumbers], right: list[PoolNumbers]) -> None:
    one, other, both = total_of(1, left), total_of(2, right), total_of(3, left + right)

    for number in fields(PoolTotals):
        parts = getattr(one, number.name), getattr(other, number.name)
        assert getattr(both, number.name) == sum(parts)


@given(st.lists(pools(), max_size=3), maybe_posts, maybe_posts, maybe_posts, maybe_posts)
def test_one_unknown_number_leaves_its_sum_unknown(
    known: list[PoolNumbers],
    approved: int | None,
    occupied: int | None,
    locked: int | None,
    unused: int | None,
) -> None:
    pool = PoolNumbers(approved, occupied, locked, unused)
    totals = total_of(1, [*known, pool])

    for name in ("approved", "vacant", "over", "applicable", "usable", "usable_now"):
        assert (getattr(totals, name) is None) == (getattr(pool, name) is None)
