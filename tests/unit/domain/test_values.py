"""Values as texts, subjects and their keys."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.records import UnknownCode, Value
from domain.model.subjects import IdentityState, Subject, ordered_keys
from domain.model.values import canonical_text


def a_key(department: Department, source: str, text: str = "1") -> LocalKey:
    return LocalKey(department, SourceName(source), text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("张三", "张三"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (date(1985, 3, 15), "1985-03-15"),
        (Decimal("1234.50"), "1234.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.10"), "-0.10"),
        (("张三", "张叁"), "张三;张叁"),
        ((), ""),
        (UnknownCode("Z9"), "Z9"),
    ],
)
def test_every_kind_of_value_has_one_canonical_text(value: Value, text: str | None) -> None:
    assert canonical_text(value) == text


def test_an_unknown_code_becomes_a_plain_text() -> None:
    assert type(canonical_text(UnknownCode("Z9"))) is str


def test_keys_are_ordered_by_department_then_source_then_text() -> None:
    keys = [
        a_key(Department.ORGANIZATION, "org"),
        a_key(Department.FINANCE, "fin-a", "2"),
        a_key(Department.FINANCE, "fin-a", "9"),
        a_key(Department.FINANCE, "fin-b", "1"),
        a_key(Department.HR, "hr"),
    ]

    found = {ordered_keys(order, RECORD_ORDER) for order in permutations(keys)}

    assert found == {tuple(keys)}


def test_the_keys_of_a_department_are_its_answering_ones() -> None:
    own, apart = a_key(Department.HR, "hr", "1"), a_key(Department.HR, "hr", "2")
    other = a_key(Department.FINANCE, "fin")
    subject = Subject(
        EntityKind.PERSON, "p1", IdentityState.CONFLICT, keys=(other, own), apart=(apart,)
    )

    assert subject.keys_of(Department.HR) == (own,)
    assert subject.keys_of(Department.ORGANIZATION) == ()
