"""Which indicator a column is taken for."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.drafting.inventory import Seen, quoted, seen_in
from adapters.drafting.live import LiveColumn
from adapters.drafting.proposing import candidates, is_sure
from domain.catalogue import handles as h
from domain.catalogue.indicators import catalogue
from domain.model.departments import Department


def a_column(name: str, comment: str = "", kind: TypeEngine[Any] | None = None) -> LiveColumn:
    return LiveColumn(name, kind or sa.String(20), "VARCHAR(20)", is_nullable=True, comment=comment)


@pytest.mark.parametrize(
    ("name", "comment", "wanted"),
    [
        (h.PERSON_NAME, "", h.PERSON_NAME),
        ("PERSON_NAME", "", h.PERSON_NAME),
        (catalogue().indicators[h.PERSON_NAME].code, "", h.PERSON_NAME),
        ("xm", "", h.PERSON_NAME),
        ("xingming", "", h.PERSON_NAME),
        ("姓名", "", h.PERSON_NAME),
        ("f1", "姓名", h.PERSON_NAME),
        ("f2", "身份证号码（18位）", h.ID_NUMBER),
        ("sfzhm", "", h.ID_NUMBER),
        ("csrq", "", h.BIRTH_DATE),
        ("date_of_birth", "", h.BIRTH_DATE),
        ("mz", "民族代码", h.ETHNICITY),
        ("tyshxydm", "", h.USCC),
        ("zzmm", "", h.POLITICAL_STATUS),
    ],
)
def test_a_name_or_comment_that_means_one_indicator_is_sure(
    name: str, comment: str, wanted: str
) -> None:
    found = candidates(a_column(name, comment), None)

    assert is_sure(found)
    assert found[0].indicator.name == wanted


def test_an_abbreviation_of_several_indicators_is_doubtful_until_its_comment_says_which() -> None:
    alone, told = candidates(a_column("pyrq"), None), candidates(a_column("jb", "级别"), None)
    both = candidates(a_column("entry_date", kind=sa.Date()), None)

    assert is_sure(alone)
    assert is_sure(told)
    assert len(both) > 1


def test_a_column_that_means_nothing_has_no_candidate() -> None:
    assert candidates(a_column("foo_bar", "系统字段"), None) == []


def test_a_type_that_cannot_hold_the_indicator_is_no_candidate() -> None:
    assert candidates(a_column("csrq", kind=sa.Boolean()), None) == []
    assert candidates(a_column("xb", kind=sa.Date()), None) == []


def test_only_indicators_the_department_holds_are_candidates() -> None:
    assert candidates(a_column("yfhj", kind=sa.Numeric()), Department.ORGANIZATION) == []
    assert candidates(a_column("yfhj", kind=sa.Numeric()), Department.FINANCE) != []


@pytest.mark.parametrize("name", ['a"b', "a\\b", "换\n行", "\u2028", "a.b", "x\x00", "表 名"])
def test_a_listed_column_is_read_back_whatever_its_name(name: str) -> None:
    line = f"#: {quoted(name)}.{quoted(name)} INTEGER 说明"

    assert len(line.splitlines()) == 1
    assert seen_in(line) == Seen(name, name)
    assert seen_in("# any other comment") is None
    assert seen_in('#: "a".unquoted') is None
