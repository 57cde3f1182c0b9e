"""Credit codes against the table of examples, and names of units."""

import csv
from pathlib import Path

import pytest

from domain.identity.units import normalise_unit_name, normalise_uscc, uscc_is_valid

TABLE = Path(__file__).parent / "examples" / "uscc_cases.csv"


def cases() -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as handle:
        return [(row["input"], row["result"]) for row in csv.DictReader(handle)]


@pytest.mark.parametrize(("text", "expected"), cases())
def test_each_example_of_the_table_is_judged_as_it_says(text: str, expected: str) -> None:
    after_upper = uscc_is_valid(normalise_uscc(text))

    assert uscc_is_valid(text) is (expected == "valid")
    assert after_upper is (expected != "invalid")


@pytest.mark.parametrize(
    "text", ["潍坊市人民医院", "人民 医院", "（人民）医院", "山东省潍坊市人民医院"]
)
def test_the_city_spaces_and_brackets_make_no_other_unit(text: str) -> None:
    assert normalise_unit_name(text) == "人民医院"


def test_a_campus_is_not_its_school() -> None:
    assert normalise_unit_name("第一中学（北校区）") != normalise_unit_name("第一中学")


def test_a_unit_called_like_its_city_keeps_its_name() -> None:
    assert normalise_unit_name("潍坊市") == "潍坊市"
