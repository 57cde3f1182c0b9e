"""Ratios: round by round, then the median."""

import pytest

from benchmarks.ratios import Measured, Round, percentile, ratios, spread


def measured(*, cpu: float = 1.0, seconds: float = 1.0, loaded_cpu: float = 1.0) -> Measured:
    return Measured(
        requests=100,
        cpu=cpu,
        latencies=(0.001, 0.002),
        loaded_requests=200,
        loaded_seconds=seconds,
        loaded_cpu=loaded_cpu,
    )


def test_what_one_request_costs_is_told_from_the_lone_phase_and_rates_from_the_loaded_one() -> None:
    one = measured(cpu=0.5, seconds=4.0, loaded_cpu=2.0)

    assert (one.cpu_each, one.rate, one.rate_of_cpu) == (0.005, 50.0, 100.0)


def test_ratios_are_ours_by_the_floor_and_medians_of_rounds() -> None:
    rounds = [Round(measured(), measured(cpu=cpu, seconds=2.0)) for cpu in (1.5, 9.0, 1.4)]

    found = ratios(rounds)

    assert (found.cpu.median, found.cpu.low, found.cpu.high) == (1.5, 1.4, 9.0)
    assert found.rate.median == 0.5


def test_each_round_is_compared_with_itself_so_a_slow_minute_does_not_count() -> None:
    rounds = [Round(measured(cpu=x), measured(cpu=1.2 * x)) for x in (1.0, 5.0, 2.0)]

    assert ratios(rounds).cpu.high == pytest.approx(1.2)


def test_one_round_is_its_own_spread() -> None:
    assert spread([3.0]).low == spread([3.0]).median == spread([3.0]).high == 3.0


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 0.99) == 7.0
