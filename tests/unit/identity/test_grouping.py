"""Which records of one number agree, and whose a record without a number may be."""

from collections.abc import Mapping
from datetime import date
from itertools import permutations

from domain.identity.grouping import AMBIGUOUS, KnownPerson, choose_person, judge_group
from domain.identity.id_numbers import normalise_id_number
from domain.identity.matching import MatchLevel, PersonEvidence, UnlinkedRow
from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName

OFFICE, HR, ORG, FIN = (
    Department.ESTABLISHMENT,
    Department.HR,
    Department.ORGANIZATION,
    Department.FINANCE,
)
NUMBER, NEAR, OTHER = "370702196803121239", "370702196803121249", "370702198503151232"
BORN = date(1968, 3, 12)


def a_row(
    department: Department, name: str, key: str = "1", former: tuple[str, ...] = ()
) -> UnlinkedRow:
    return UnlinkedRow(LocalKey(department, SourceName(department.value), key), name, former)


def levels(*rows: UnlinkedRow) -> Mapping[tuple[Department, str], str]:
    judged = judge_group(rows)
    assert all(judge_group(order) == judged for order in permutations(rows))
    return {(key.department, key.text): each.level.value for key, each in judged.items()}


def a_record(number: str, name: str = "张三", born: date | None = BORN) -> PersonEvidence:
    return PersonEvidence(normalise_id_number(number), name, gender="1", born=born, unit="u")


def a_person(number: str, *sources: str) -> KnownPerson:
    return KnownPerson((a_record(number),), frozenset(map(SourceName, sources)))


def test_a_record_alone_is_certain_on_its_number() -> None:
    assert levels(a_row(HR, "张三")) == {(HR, "1"): "CERTAIN"}


def test_each_record_is_judged_against_the_first_driver() -> None:
    assert levels(a_row(OFFICE, "张三"), a_row(HR, "张 三"), a_row(FIN, "張三")) == {
        (OFFICE, "1"): "CERTAIN",
        (HR, "1"): "CERTAIN",
        (FIN, "1"): "HIGH",
    }


def test_one_strange_name_leaves_the_others_linked() -> None:
    assert levels(a_row(OFFICE, "李四"), a_row(HR, "张三"), a_row(FIN, "张三")) == {
        (OFFICE, "1"): "CONFLICT",
        (HR, "1"): "CERTAIN",
        (FIN, "1"): "CERTAIN",
    }


def test_of_two_as_large_sets_the_first_driver_s_stands() -> None:
    assert levels(a_row(FIN, "张三"), a_row(HR, "李四")) == {
        (FIN, "1"): "CONFLICT",
        (HR, "1"): "CERTAIN",
    }


def test_departments_count_and_not_records() -> None:
    assert levels(a_row(FIN, "张三"), a_row(FIN, "张三", "2"), a_row(HR, "李四")) == {
        (FIN, "1"): "CONFLICT",
        (FIN, "2"): "CONFLICT",
        (HR, "1"): "CERTAIN",
    }


def test_a_name_that_is_like_two_different_ones_joins_the_larger_set() -> None:
    assert levels(a_row(OFFICE, "李□"), a_row(HR, "李峰"), a_row(FIN, "李刚")) == {
        (OFFICE, "1"): "CERTAIN",
        (HR, "1"): "HIGH",
        (FIN, "1"): "CONFLICT",
    }


def test_a_former_name_agrees() -> None:
    assert levels(a_row(HR, "张三", former=("张红卫",)), a_row(FIN, "张红卫")) == {
        (HR, "1"): "CERTAIN",
        (FIN, "1"): "HIGH",
    }


def test_a_number_that_everybody_has_is_settled_in_time() -> None:
    rows = [a_row(HR, f"张{chr(0x4E00 + 7 * n)}{n}", str(n)) for n in range(400)]

    judged = judge_group(rows)

    assert sum(each.level is MatchLevel.CERTAIN for each in judged.values()) == 1


def test_a_close_number_goes_before_one_that_is_merely_wrong() -> None:
    chosen = choose_person(
        a_record(NEAR), SourceName("finance"), [a_person(OTHER, "hr"), a_person(NUMBER, "hr")]
    )

    assert (chosen.place, chosen.judgement.level) == (1, MatchLevel.MEDIUM)


def test_a_person_without_a_record_there_goes_first() -> None:
    chosen = choose_person(
        a_record(""),
        SourceName("finance"),
        [a_person(OTHER, "finance", "hr"), a_person(NUMBER, "hr")],
    )

    assert (chosen.place, chosen.judgement.level) == (1, MatchLevel.LOW)


def test_a_record_that_may_be_two_persons_is_a_conflict() -> None:
    chosen = choose_person(
        a_record(""), SourceName("finance"), [a_person(OTHER, "hr"), a_person(NUMBER, "hr")]
    )

    assert (chosen.place, chosen.judgement) == (None, AMBIGUOUS)


def test_a_record_that_is_like_nobody_is_nobody_s() -> None:
    chosen = choose_person(a_record("", born=None), SourceName("finance"), [a_person(NUMBER, "hr")])

    assert (chosen.place, chosen.judgement.level) == (None, MatchLevel.NONE)
