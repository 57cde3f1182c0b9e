"""Synthetic numbers: valid, of the right person, never twice, as the published examples."""

from datetime import date

import pytest

from demo.identifiers import (
    PERIOD,
    birth_day,
    fifteen_digits,
    id_check,
    id_number,
    is_valid_id,
    uscc,
)
from domain.identity.id_numbers import normalise_id_number
from domain.identity.units import uscc_is_valid


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014", "370702198503151232"]
)
def test_published_numbers_have_the_check_character_we_compute(number: str) -> None:
    assert id_check(number[:17]) == number[17]
    assert is_valid_id(number)


def test_a_number_tells_birth_and_sex_and_lies_in_the_made_up_range() -> None:
    number = id_number(77, date(1985, 3, 15), male=False)

    assert is_valid_id(number)
    assert number[:4] == "3707"
    assert number[6:14] == "19850315"
    assert number[14] == "9"
    assert int(number[16]) % 2 == 0


def test_neighbours_of_one_year_never_share_a_number() -> None:
    numbers = {id_number(n, birth_day(n, 1980, 1), male=n % 2 == 0) for n in range(3000)}

    assert len(numbers) == 3000


def test_people_beyond_one_period_are_born_in_years_of_their_own() -> None:
    early, late = birth_day(5, 1980, 2), birth_day(5 + PERIOD, 1980, 2)

    assert early.year % 2 == 0
    assert late.year % 2 == 1


def test_the_old_form_becomes_the_new_one_again() -> None:
    number = id_number(4, date(1968, 3, 12), male=True)

    assert normalise_id_number(fifteen_digits(number)).text == number


@pytest.mark.parametrize("serial", [0, 1, 426, 4_000, 99_999_999])
def test_credit_codes_are_valid(serial: int) -> None:
    assert uscc_is_valid(uscc(serial, "370783", public_body=serial % 2 == 0))


def test_a_published_credit_code_is_built() -> None:
    assert uscc(426, "370700", public_body=True)[:16] == "1137070000000426"
