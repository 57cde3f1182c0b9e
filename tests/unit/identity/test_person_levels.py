"""Persons against the table of levels, and what holds of every pair of records."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.identity.id_numbers import check_character, normalise_id_number
from domain.identity.matching import MatchLevel, PersonEvidence, decide_person
from domain.identity.names import normalise_name
from domain.identity.units import normalise_unit_name, normalise_uscc

TABLE = Path(__file__).parent / "examples" / "person_levels.csv"
RANKS = list(MatchLevel)
SEVENTEEN = "37070219680312123"
NUMBERS = [
    SEVENTEEN + check_character(SEVENTEEN),
    "370702680312123",
    "370702196803121249",
    "370702198503151232",
    "12345",
    "",
]


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def a_record(case: dict[str, str], side: str) -> PersonEvidence:
    born = case[f"born_{side}"]
    return PersonEvidence(
        normalise_id_number(case[f"number_{side}"]),
        case[f"name_{side}"],
        gender=case[f"gender_{side}"] or None,
        born=date.fromisoformat(born) if born else None,
        unit=case[f"unit_{side}"] or None,
    )


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["why"])
def test_each_pair_of_the_table_reaches_its_level(case: dict[str, str]) -> None:
    judged = decide_person(a_record(case, "a"), a_record(case, "b"))

    assert (judged.level, " ".join(judged.evidence)) == (case["level"], case["evidence"])


def test_an_earlier_name_is_high() -> None:
    one = PersonEvidence(normalise_id_number(NUMBERS[0]), "张三", former_names=("张 红卫",))
    other = PersonEvidence(normalise_id_number(NUMBERS[0]), "张红卫")

    assert decide_person(one, other).level is MatchLevel.HIGH


records = st.builds(
    PersonEvidence,
    st.sampled_from(NUMBERS).map(normalise_id_number),
    st.sampled_from(["张三", "张 三", "張三", "张三丰", "张三□", "李四", ""]),
    st.sampled_from([(), ("李四",), ("张三",)]),
    st.sampled_from([None, "1", "2"]),
    st.sampled_from([None, date(1968, 3, 12), date(1968, 3, 20), date(1970, 3, 12)]),
    st.sampled_from([None, "u1", "u2"]),
)


@given(records, records)
def test_it_does_not_matter_which_record_comes_first(a: PersonEvidence, b: PersonEvidence) -> None:
    assert decide_person(a, b) == decide_person(b, a)


@given(records, records, st.sampled_from(["number", "name", "former", "gender", "born", "unit"]))
def test_no_level_rises_when_evidence_is_taken_away(
    a: PersonEvidence, b: PersonEvidence, taken: str
) -> None:
    """A valid number that differs from a valid one is evidence against, so it may not be taken."""
    is_against = a.number.is_valid and b.number.is_valid and a.number != b.number
    assume(not (taken == "number" and is_against))
    poorer = {
        "number": replace(a, number=normalise_id_number("")),
        "name": replace(a, name=""),
        "former": replace(a, former_names=()),
        "gender": replace(a, gender=None),
        "born": replace(a, born=None),
        "unit": replace(a, unit=None),
    }[taken]

    before, after = decide_person(a, b).level, decide_person(poorer, b).level

    assert RANKS.index(after) >= RANKS.index(before)


@given(st.text(max_size=24))
def test_what_is_normalised_stays_as_it_is(text: str) -> None:
    number, name = normalise_id_number(text).text, normalise_name(text).text
    code, unit = normalise_uscc(text), normalise_unit_name(text)

    assert normalise_id_number(number).text == number
    assert normalise_name(name).text == name
    assert normalise_uscc(code) == code
    assert normalise_unit_name(unit) == unit
