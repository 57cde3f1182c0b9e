"""ID numbers against the table of examples and the properties that linking rests on."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.id_numbers import (
    NumberFinding,
    NumberResult,
    birth_date_of,
    check_character,
    contradictions,
    gender_of,
    is_searchable,
    normalise_id_number,
    spellings,
)

TABLE = Path(__file__).parent / "examples" / "id_number_cases.csv"


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@st.composite
def valid_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1930, 1, 1), date(2025, 12, 31)))
    sequence = draw(st.integers(1, 995))
    seventeen = f"370702{born:%Y%m%d}{sequence:03d}"
    return seventeen + check_character(seventeen)


@pytest.mark.parametrize("case", cases(), ids=lambda case: repr(case["input"]))
def test_each_example_of_the_table_is_judged_as_it_says(case: dict[str, str]) -> None:
    found = normalise_id_number(case["input"])

    assert found.text == case["normalized"]
    assert found.result == NumberResult(case["result"])
    assert (found.findings[0].value if found.findings else "") == case["finding"]


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_character_is_that_of_the_weights_of_the_standard(digits: str) -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))

    assert check_character(digits) == "10X98765432"[total % 11]


@given(st.text(max_size=24))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise_id_number(text)

    assert normalise_id_number(once.text).text == once.text
    assert normalise_id_number(once.text).result == once.result


@given(valid_numbers())
def test_every_spelling_looked_for_is_the_same_number(number: str) -> None:
    assert {normalise_id_number(spelling).text for spelling in spellings(number)} == {number}


def test_three_spellings_are_looked_for_where_all_three_can_be() -> None:
    assert spellings("37070219500607106X") == (
        "37070219500607106X",
        "37070219500607106x",
        "370702500607106",
    )


def test_the_old_form_is_not_looked_for_where_it_would_mislead() -> None:
    assert spellings("370702198503151233") == ("370702198503151233",)
    assert spellings("440524188001010014") == ("440524188001010014",)
    assert len(spellings("37070219680312998" + check_character("37070219680312998"))) == 1


def test_a_number_with_a_lower_case_x_is_looked_for_in_both() -> None:
    assert spellings("37070220900607007x") == ("37070220900607007X", "37070220900607007x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("370702680312123", True), ("370702 198503151232", True), ("3707", False), ("", False)],
)
def test_only_fifteen_or_eighteen_characters_are_worth_a_search(
    text: str, expected: object
) -> None:
    assert is_searchable(text) is expected


def test_a_number_tells_birth_and_gender() -> None:
    assert birth_date_of("370702198503151232") == date(1985, 3, 15)
    assert gender_of("370702198503151232") == "1"
    assert gender_of("370702197205050025") == "2"
    assert birth_date_of("3707021985") is None
    assert gender_of("3707021985") is None


def test_recorded_gender_and_birth_are_held_against_the_number() -> None:
    number = "370702198503151232"

    found = contradictions(number, gender="2", birth_date=date(1985, 3, 16))

    assert found == (NumberFinding.GENDER_MISMATCH, NumberFinding.BIRTH_MISMATCH)
    assert contradictions(number, gender="9", birth_date=None) == ()


def test_an_unlisted_division_of_the_province_is_a_notice_and_no_fault() -> None:
    seventeen = "37079819850315123"

    found = normalise_id_number(seventeen + check_character(seventeen))

    assert found.is_valid
    assert found.findings == (NumberFinding.DIVISION,)


def test_an_abolished_division_stays_known() -> None:
    seventeen = "37072119600315123"

    assert normalise_id_number(seventeen + check_character(seventeen)).findings == ()
