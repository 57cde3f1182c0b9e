"""Trees of codes: circles end, orphans stay outside."""

from hypothesis import given
from hypothesis import strategies as st

from domain.model.trees import all_below

codes = st.sampled_from("abcdef")
trees = st.dictionaries(codes, st.sets(codes))


def test_everything_below_a_code_is_found_once() -> None:
    assert all_below(["a"], {"a": ["b", "c"], "c": ["d"], "x": ["y"]}) == {"a", "b", "c", "d"}


def test_a_circle_ends() -> None:
    assert all_below(["a"], {"a": ["b"], "b": ["a", "b"]}) == {"a", "b"}


@given(st.sets(codes), trees)
def test_what_is_found_holds_the_tops_and_whatever_stands_below_it(
    tops: set[str], below: dict[str, set[str]]
) -> None:
    found = all_below(tops, below)

    assert tops <= found
    assert all(below.get(code, set()) <= found for code in found)


@given(st.sets(codes), trees)
def test_looking_again_finds_nothing_more(tops: set[str], below: dict[str, set[str]]) -> None:
    found = all_below(tops, below)

    assert all_below(found, below) == found
