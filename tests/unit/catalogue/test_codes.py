"""Code sets: what every one of them must keep, and how their codes hang together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.codes import code_set, code_set_names
from domain.catalogue.hierarchy import all_above, division_level, division_stem, is_below, parent_of
from domain.catalogue.indicators import catalogue

# A form names the business it belongs to, which stands in another set.
PARENTS_ELSEWHERE = {"form_type"}
DIVISIONS = tuple(code_set("division"))


@pytest.mark.parametrize("name", code_set_names())
def test_every_code_has_both_names(name: str) -> None:
    wrong = [e.code for e in code_set(name).values() if not (e.code and e.name_zh and e.name_en)]

    assert code_set(name)
    assert wrong == []


def test_above_a_code_is_what_it_is_below_of() -> None:
    codes, above = code_set("establishment_type"), all_above("establishment_type")

    assert set(above) == set(codes)
    assert any(above.values())
    for code in codes:
        assert above[code] == {top for top in codes if is_below(codes, code, top)}


@pytest.mark.parametrize("name", sorted(set(code_set_names()) - PARENTS_ELSEWHERE))
def test_every_parent_is_a_code_of_the_set(name: str) -> None:
    codes = code_set(name)

    assert [e.code for e in codes.values() if e.parent and e.parent not in codes] == []


@pytest.mark.parametrize("name", sorted(set(code_set_names()) - PARENTS_ELSEWHERE))
def test_no_code_is_its_own_ancestor(name: str) -> None:
    codes = code_set(name)

    for code in codes:
        seen, above = {code}, parent_of(codes, code)
        while above is not None:
            assert above not in seen
            seen.add(above)
            above = parent_of(codes, above)


def test_files_are_read_without_a_byte_order_mark() -> None:
    codes = [code for name in code_set_names() for code in code_set(name)]

    assert [code for code in codes if code != code.strip("\ufeff \t")] == []


def test_a_set_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        code_set("nothing")


def test_every_set_that_an_indicator_names_can_be_read() -> None:
    named = {i.code_set for i in catalogue().indicators.values() if i.code_set}

    assert all(code_set(name) for name in named)


def test_a_child_and_a_grandchild_are_below() -> None:
    codes = code_set("division")

    assert is_below(codes, "370702", "370700")
    assert is_below(codes, "370702001", "370700")
    assert not is_below(codes, "370700", "370702")
    assert not is_below(codes, "370702", "370702")
    assert not is_below(codes, "370702", "370703")


def test_an_unknown_code_has_no_parent_and_is_below_nothing() -> None:
    codes = code_set("division")

    assert parent_of(codes, "999999") is None
    assert not is_below(codes, "999999", "370000")


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("370000", 1),
        ("37", 1),
        ("370700", 2),
        ("3707", 2),
        ("370702", 3),
        ("370702000", 3),
        ("370702001", 4),
        ("370702001000", 4),
        ("370702001002", 5),
        ("", 1),
    ],
)
def test_the_level_of_a_division_comes_from_length_and_trailing_zeros(
    code: str, level: int
) -> None:
    assert division_level(code) == level


@pytest.mark.parametrize("code", DIVISIONS)
def test_a_division_is_one_level_below_its_parent(code: str) -> None:
    parent = parent_of(code_set("division"), code)

    assert division_level(code) == (division_level(parent) + 1 if parent else 1)


@pytest.mark.parametrize("code", DIVISIONS)
def test_the_stem_of_a_division_takes_in_its_parts_and_no_others(code: str) -> None:
    codes = code_set("division")

    below = {each for each in codes if each != code and each.startswith(division_stem(code))}

    assert below == {each for each in codes if is_below(codes, each, code)}


def test_a_township_that_ends_in_two_zeros_keeps_them() -> None:
    assert division_stem("370781100") == "370781100"
    assert division_level("370781100") == 4


@given(st.text(alphabet="0123456789", max_size=14))
def test_a_stem_begins_its_code_and_has_no_stem_of_its_own(code: str) -> None:
    stem = division_stem(code)

    assert code.startswith(stem)
    assert set(code[len(stem) :]) <= {"0"}
    assert division_stem(stem) == stem
