"""Pools, occupations, plans and the payroll."""

from datetime import date

import pytest

from adapters.source import SqlSource
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.tally import Tally

TODAY = date(2024, 5, 15)

pytestmark = pytest.mark.slow


async def test_pools_of_one_code_are_added_up(units: SqlSource) -> None:
    assert await units.pools(["7", "10", "x"], Tally()) == [
        PoolRow("10", "1", 4, None),
        PoolRow("7", "1", 20, 2),
        PoolRow("7", "2", None, 0),
        PoolRow("7", "31", 8, 1),
    ]


async def test_an_occupation_counts_each_person_in_force_once(units: SqlSource) -> None:
    """In force: a b c e f. d ended today, g begins tomorrow, h holds two types of one code."""
    assert await units.occupied(["7"], TODAY, Tally()) == [
        OccupiedRow("7", "1", 5),
        OccupiedRow("7", "31", 1),
    ]


async def test_an_occupation_without_a_beginning_is_not_in_force(units: SqlSource) -> None:
    assert await units.occupied(["10"], TODAY, Tally()) == [OccupiedRow("10", "1", 1)]


async def test_plans_in_force_are_summed(units: SqlSource) -> None:
    """Number 1 is valid until today, 2 and 4 for ever; 3 has ended yesterday."""
    assert await units.plans(["7", "10"], TODAY, Tally()) == [
        PlanRow("10", "1", 0),
        PlanRow("7", "1", 6),
    ]


async def test_the_headcount_is_of_those_in_pay(people: SqlSource) -> None:
    assert list(await people.headcount(["D1", "X"], Tally()) or ()) == [
        HeadcountRow("D1", "1", 2),
        HeadcountRow("D1", "31", 1),
    ]


async def test_what_is_not_kept_is_none_and_costs_nothing(
    people: SqlSource, units: SqlSource
) -> None:
    tally = Tally()

    assert await people.occupied(["7"], TODAY, tally) is None
    assert await people.plans(["7"], TODAY, tally) is None
    assert await people.pools(["7"], tally) == []
    assert await units.headcount(["7"], tally) is None
    assert not tally.statements


async def test_each_question_costs_one_statement(units: SqlSource) -> None:
    tally = Tally()

    await units.pools(["7", "10"], tally)
    await units.occupied(["7", "10"], TODAY, tally)
    await units.plans(["7", "10"], TODAY, tally)
    await units.pools([], tally)

    assert tally.statements == {"city": 3}
