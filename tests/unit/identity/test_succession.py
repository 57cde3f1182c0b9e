"""Codes of the past and their heirs."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.identity.succession import heirs_of
from domain.model.succession import SuccessionRow

TODAY = date(2026, 11, 28)
MERGED, SPLIT, ABOLISHED = "3", "4", "5"
CODES = st.sampled_from("ABCDE")
EVENTS = st.lists(st.builds(SuccessionRow, CODES, CODES, st.sampled_from(["2", "3", "4"])))


def event(old: str, new: str, kind: str | None = MERGED, on: date | None = None) -> SuccessionRow:
    return SuccessionRow(old, new, kind, on)


def test_a_merged_unit_has_its_heir() -> None:
    assert heirs_of([event("A", "C"), event("B", "C")], TODAY) == {"A": "C", "B": "C"}


def test_chains_are_followed_to_the_unit_of_today() -> None:
    assert heirs_of([event("A", "B"), event("B", "C")], TODAY) == {"A": "C", "B": "C"}


def test_a_split_unit_has_no_single_heir() -> None:
    assert heirs_of([event("A", "B", SPLIT), event("A", "C", SPLIT)], TODAY) == {}


def test_a_unit_that_lives_on_is_its_own_heir() -> None:
    assert heirs_of([event("A", "A"), event("A", "B", SPLIT)], TODAY) == {}


def test_an_abolished_unit_has_no_heir() -> None:
    assert heirs_of([event("A", "B", ABOLISHED)], TODAY) == {}


def test_a_reform_of_tomorrow_is_not_in_force() -> None:
    assert heirs_of([event("A", "B", on=date(2026, 11, 29))], TODAY) == {}
    assert heirs_of([event("A", "B", on=TODAY)], TODAY) == {"A": "B"}


def test_a_circle_leads_nowhere() -> None:
    assert heirs_of([event("A", "B"), event("B", "A"), event("C", "A")], TODAY) == {}


@given(EVENTS)
def test_an_heir_has_no_heir_and_the_order_of_events_is_nothing(rows: list[SuccessionRow]) -> None:
    heirs = heirs_of(rows, TODAY)

    assert not heirs.keys() & set(heirs.values())
    assert heirs_of(reversed(rows), TODAY) == heirs
