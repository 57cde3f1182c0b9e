"""Names against the table of examples, and the traps of simplifying."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity.names import (
    NameComparison,
    NameFinding,
    compare_names,
    normalise_name,
    read_variants,
)

TABLE = Path(__file__).parent / "examples" / "name_cases.csv"
NAMES = st.text(
    st.one_of(st.sampled_from("张三李峯峰·•.(（退）) 　?□\u200b阿布AXa喆哲"), st.characters()),
    max_size=8,
)


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['a']} {case['b']}")
def test_each_example_of_the_table_compares_as_it_says(case: dict[str, str]) -> None:
    assert compare_names(case["a"], case["b"]) == case["result"]


@given(NAMES, NAMES, st.lists(NAMES, max_size=2), st.lists(NAMES, max_size=2))
def test_comparing_does_not_depend_on_who_comes_first(
    a: str, b: str, former_a: list[str], former_b: list[str]
) -> None:
    assert compare_names(a, b, former_a, former_b) == compare_names(b, a, former_b, former_a)


@given(NAMES)
def test_normalising_a_normal_name_changes_nothing(text: str) -> None:
    once = normalise_name(text)

    assert normalise_name(once.text).text == once.text


@given(NAMES)
def test_reading_variants_twice_changes_nothing_more(text: str) -> None:
    once = read_variants(normalise_name(text).text)

    assert read_variants(once) == once


@pytest.mark.parametrize("pair", ["喆哲", "堃坤", "淼渺", "昇升", "犇奔", "锺钟"])
def test_characters_that_the_law_keeps_apart_stay_apart(pair: str) -> None:
    assert compare_names("王" + pair[0], "王" + pair[1]) == NameComparison.DIFFERENT


@pytest.mark.parametrize("pair", ["髙高", "崐昆", "峯峰", "鳳凤", "𠮷吉", "薴苎"])
def test_variants_are_evidence_and_not_equality(pair: str) -> None:
    assert compare_names("王" + pair[0], "王" + pair[1]) == NameComparison.VARIANT


def test_a_former_name_explains_a_different_one() -> None:
    assert compare_names("李红", "李文静", (), ("李红",)) == NameComparison.FORMER


def test_an_empty_name_is_like_none() -> None:
    assert compare_names("", "") == NameComparison.DIFFERENT
    assert compare_names("张三", "　") == NameComparison.DIFFERENT


@pytest.mark.parametrize("stand_in", ["?", "□", "〓", "\ue123", "(yan)", "（YAN）"])
def test_a_replaced_character_may_be_any_one(stand_in: str) -> None:
    assert compare_names(f"王{stand_in}", "王䶮") == NameComparison.SIMILAR
    assert normalise_name(f"王{stand_in}").findings[0] == NameFinding.REPLACED_CHARACTER


def test_two_replaced_characters_are_too_many() -> None:
    assert compare_names("王??", "王䶮𬭚") == NameComparison.DIFFERENT


def test_a_replaced_character_makes_even_the_same_text_only_similar() -> None:
    assert compare_names("王?", "王?") == NameComparison.SIMILAR


def test_length_counts_characters_and_not_units_of_an_encoding() -> None:
    assert compare_names("王𬭚", "王?") == NameComparison.SIMILAR


def test_a_name_wholly_in_brackets_is_kept() -> None:
    assert normalise_name("（张三）").text == "张三"
    assert normalise_name("张三(退)").findings == (NameFinding.FORMAT,)


def test_a_text_too_long_for_a_name_is_left_as_it_is() -> None:
    nested = "(" * 100_000 + ")" * 100_000

    assert normalise_name(nested).text == nested


def test_half_a_character_is_compared_like_any_other() -> None:
    assert compare_names("张\ud800", "张\ud800") == NameComparison.EQUAL
    assert compare_names("张\ud800", "张三") == NameComparison.DIFFERENT
