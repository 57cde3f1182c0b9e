"""Levels of evidence, and what becomes of records that no link knows."""

from itertools import permutations

import pytest

from domain.identity.id_numbers import normalise_id_number
from domain.identity.matching import (
    Evidence,
    MatchLevel,
    PersonEvidence,
    UnitEvidence,
    UnlinkedRow,
    decide_person,
    decide_unit,
    decide_unlinked,
)
from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName
from domain.model.subjects import IdentityState

NUMBER = "370702196803121239"
OLD_FORM = "370702680312123"
OTHER = "370702198503151232"
USCC = "11370700004260002K"
OTHER_USCC = "123707004950001241"

UnitFields = tuple[str | None, str | None, str, str | None]


def a_record(number: str = NUMBER, name: str = "张三") -> PersonEvidence:
    return PersonEvidence(normalise_id_number(number), name)


def a_row(department: Department, name: str, key: str = "1") -> UnlinkedRow:
    return UnlinkedRow(LocalKey(department, SourceName(department.value), key), name)


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("张三", MatchLevel.CERTAIN),
        ("张 三", MatchLevel.CERTAIN),
        ("張三", MatchLevel.HIGH),
        ("张?", MatchLevel.HIGH),
        ("李四", MatchLevel.CONFLICT),
        ("", MatchLevel.NONE),
    ],
)
def test_the_name_decides_the_level_of_one_valid_number(name: str, level: MatchLevel) -> None:
    assert decide_person(a_record(), a_record(OLD_FORM, name)).level == level


def test_an_equal_name_alone_links_nobody() -> None:
    assert decide_person(a_record(), a_record(OTHER)).level == MatchLevel.NONE


def test_an_equal_number_that_cannot_be_links_nobody() -> None:
    wrong = a_record("370702198503151233")

    assert decide_person(wrong, wrong).level == MatchLevel.NONE


def test_a_judgement_says_what_it_rests_on() -> None:
    assert decide_person(a_record(), a_record()).evidence == (Evidence.ID_NUMBER, Evidence.NAME)


def test_units_are_one_by_credit_code_else_by_unit_code() -> None:
    by_uscc = decide_unit(UnitEvidence(USCC, None), UnitEvidence(USCC, "A"))
    by_code = decide_unit(UnitEvidence(None, "A"), UnitEvidence(USCC, "A"))
    by_bad_uscc = decide_unit(UnitEvidence("x", None), UnitEvidence("x", None))

    assert by_uscc.evidence == (Evidence.USCC,)
    assert by_code.evidence == (Evidence.UNIT_CODE,)
    assert by_bad_uscc.level == MatchLevel.NONE


@pytest.mark.parametrize(
    ("a", "b", "level", "evidence"),
    [
        ((None, None, "市教育局", "p"), (None, "A", "市 教育局", "p"), "HIGH", "UNIT_NAME PARENT"),
        (
            (None, None, "潍坊市教育局", "p"),
            (USCC, None, "教育局", "p"),
            "HIGH",
            "UNIT_NAME PARENT",
        ),
        ((None, None, "教育局", None), (None, "A", "教育局", "p"), "MEDIUM", "UNIT_NAME"),
        ((None, None, "教育局", "p"), (None, "A", "教育局", "q"), "NONE", ""),
        ((OTHER_USCC, None, "教育局", "p"), (USCC, None, "教育局", "p"), "NONE", ""),
        ((None, None, "一中（北校区）", "p"), (None, None, "一中", "p"), "NONE", ""),
        ((None, None, "", "p"), (None, None, "", "p"), "NONE", ""),
    ],
)
def test_a_unit_s_name_and_parent_speak_where_codes_do_not(
    a: UnitFields, b: UnitFields, level: str, evidence: str
) -> None:
    judged = decide_unit(UnitEvidence(*a), UnitEvidence(*b))

    assert judged == decide_unit(UnitEvidence(*b), UnitEvidence(*a))
    assert (judged.level, " ".join(judged.evidence)) == (level, evidence)


def test_unlinked_records_with_like_names_are_one_person_led_by_the_driver() -> None:
    finance = a_row(Department.FINANCE, "张 三")
    hr = a_row(Department.HR, "張三")
    establishment = a_row(Department.ESTABLISHMENT, "张三")

    found = decide_unlinked([finance, hr, establishment])

    assert found.state == IdentityState.UNLINKED
    assert found.merged == (establishment, hr, finance)
    assert found.conflicting == ()


def test_one_different_name_makes_a_conflict_in_any_order() -> None:
    rows = [
        a_row(Department.FINANCE, "张三"),
        a_row(Department.HR, "李四"),
        a_row(Department.ORGANIZATION, "张三"),
    ]

    decisions = {decide_unlinked(order) for order in permutations(rows)}

    (found,) = decisions
    assert found.state == IdentityState.CONFLICT
    assert found.merged == (rows[1],)
    assert found.conflicting == (rows[2], rows[0])


def test_a_missing_name_contradicts_nothing() -> None:
    found = decide_unlinked([a_row(Department.HR, ""), a_row(Department.FINANCE, "张三")])

    assert found.state == IdentityState.UNLINKED
    assert len(found.merged) == 2
