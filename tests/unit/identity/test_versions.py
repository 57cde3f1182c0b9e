"""Which version columns tell what is new, and from where the next run goes on."""

from collections.abc import Iterable
from datetime import date

import pytest

from domain.identity.versions import Versions, go_on_from

TODAY = date(2026, 11, 1)


def mark(versions: Iterable[str | None], known: str | None = None) -> str | None:
    seen = Versions(TODAY, known)
    for each in versions:
        seen.see(each)
    return seen.mark


def numbers(*versions: int) -> list[str]:
    return [f"number {each}" for each in versions]


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (numbers(7, 30, 9), "number 30"),
        (numbers(9, 10), "number 10"),
        (["day 2026-01-01", "day 2026-10-02"], "day 2026-10-02"),
        (["text 2026-01-01 08:00", None, "text 2026-01-02 07:00"], "text 2026-01-02 07:00"),
        (["text 20260101080000.5", "text 20251231080000.5"], "text 20260101080000.5"),
        (["time 2026-01-01T08:00:00.000000"], "time 2026-01-01T08:00:00.000000"),
    ],
)
def test_the_newest_version_is_the_mark(versions: list[str], newest: str) -> None:
    assert mark(versions) == newest


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param([None, None], id="none at all"),
        pytest.param(numbers(1, 1, 1, 2, 1), id="a counter of each row"),
        pytest.param(numbers(1), id="one low number"),
        pytest.param(["text 2026-01-01", "text 2026-1-2"], id="spelled in two ways"),
        pytest.param(["text 01.02.2026"], id="does not sort"),
        pytest.param(["text v17"], id="no time"),
        pytest.param(["unknown "], id="unreadable"),
        pytest.param(["day 2026-01-01", "number 4"], id="two forms"),
    ],
)
def test_a_column_that_does_not_tell_what_is_new_gives_no_mark(versions: list[str | None]) -> None:
    assert mark(versions) is None


def test_a_clock_that_runs_far_ahead_moves_no_mark() -> None:
    assert mark(["day 2026-10-02", "day 2999-12-31"]) == "day 2026-10-02"
    assert mark(["text 20261002000000", "text 29990101000000"]) == "text 20261002000000"


def test_a_mark_never_goes_back() -> None:
    assert mark(numbers(5), known="number 12") == "number 12"
    assert mark([], known="number 12") == "number 12"
    assert mark(numbers(13), known="number 12") == "number 13"


def test_many_rows_of_one_load_are_no_counter_where_the_numbers_are_great() -> None:
    assert mark(numbers(*[1_760_000_000] * 50)) == "number 1760000000"


@pytest.mark.parametrize(
    ("newest", "since"),
    [
        ("number 30", "number 30"),
        ("day 2026-03-01", "day 2026-02-28"),
        ("time 2026-03-01T00:30:00.000000", "time 2026-02-28T23:30:00.000000"),
        ("instant 2026-03-01T00:30:00.000000+00:00", "instant 2026-02-28T23:30:00.000000+00:00"),
        ("text 20260301003000", "text 20260228233000"),
        ("text 2026-03-01T00:30:00.123", "text 2026-02-28T23:30:00.123"),
        ("text 2026/03/01", "text 2026/02/28"),
        ("text 202603010030", "text 202602282330"),
    ],
)
def test_the_next_run_goes_on_somewhat_before_the_newest(newest: str, since: str) -> None:
    assert go_on_from(newest) == since
