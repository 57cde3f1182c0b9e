"""Stored values to canonical values, and key texts to what the driver is given."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from adapters.mapping.convert import FAULT, converter, key_text, stored_text
from adapters.mapping.expressions import parse_expression
from adapters.mapping.model import ColumnRule
from adapters.sql.binds import binder, bucket, date_bind, padded
from domain.catalogue import handles as h
from domain.catalogue.indicators import catalogue
from domain.model.keys import IndicatorName
from domain.model.records import UnknownCode

PLAIN = ColumnRule(line=1, column="c")
CASES = [
    (h.BIRTH_DATE, "2019-02-28", date(2019, 2, 28)),
    (h.BIRTH_DATE, "20190228", date(2019, 2, 28)),
    (h.BIRTH_DATE, 20190228, date(2019, 2, 28)),
    (h.BIRTH_DATE, "2019-02-28 10:00:00", date(2019, 2, 28)),
    (h.BIRTH_DATE, "2019-02-28T10:00:00", date(2019, 2, 28)),
    (h.BIRTH_DATE, datetime(2019, 2, 27, 16, tzinfo=UTC), date(2019, 2, 28)),
    (h.BIRTH_DATE, "2019-W08-4", FAULT),
    (h.BIRTH_DATE, "2019-02-28x", FAULT),
    (h.BIRTH_DATE, "20190230", FAULT),
    (h.BIRTH_DATE, 0, None),
    (h.PAYROLL_FROM_MONTH, "2019-02", "2019-02"),
    (h.PAYROLL_FROM_MONTH, "2019-02-28", "2019-02"),
    (h.PAYROLL_FROM_MONTH, date(2019, 2, 1), "2019-02"),
    (h.PAYROLL_FROM_MONTH, "2019-13", FAULT),
    (h.PAYROLL_FROM_MONTH, "0000-00", None),
    (h.IS_SELECTED_GRADUATE, True, True),
    (h.IS_SELECTED_GRADUATE, 0, False),
    (h.IS_SELECTED_GRADUATE, "是", True),
    (h.IS_SELECTED_GRADUATE, "Y", True),
    (h.IS_SELECTED_GRADUATE, b"\x00", False),
    (h.IS_SELECTED_GRADUATE, "2", FAULT),
    (h.SERVICE_GAP_MONTHS, 3.0, 3),
    (h.SERVICE_GAP_MONTHS, "3.5", FAULT),
    (h.SERVICE_GAP_MONTHS, "٣", FAULT),
    (h.SERVICE_GAP_MONTHS, "-", FAULT),
    (h.GENDER, " 1 ", "1"),
    (h.GENDER, "3", UnknownCode("3")),
    (h.NATIVE_PLACE, "110000", "110000"),
    (h.NATIVE_PLACE, "北京", UnknownCode("北京")),
    (h.PERSON_NAME, "", None),
    (h.PERSON_NAME, "　", None),
    (h.PERSON_NAME, ["张", "三"], "张;三"),
    (h.FORMER_NAME, ["张叁", None, ""], ("张叁",)),
    (h.PERSON_NAME, b"\xff", FAULT),
]


@pytest.mark.parametrize(("name", "stored", "value"), CASES)
def test_a_stored_value_is_read(name: IndicatorName, stored: object, value: object) -> None:
    found = converter(PLAIN, catalogue().indicators[name])(stored)

    assert found == value
    assert type(found) is type(value)


@given(
    st.sampled_from(sorted(catalogue().indicators)),
    st.one_of(
        st.text(),
        st.binary(),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.datetimes(),
        st.decimals(),
        st.lists(st.text()),
    ),
)
def test_no_stored_value_is_an_error(name: IndicatorName, stored: object) -> None:
    converter(PLAIN, catalogue().indicators[name])(stored)
    stored_text(stored)
    key_text(stored)


KINDS = [sa.Integer(), sa.BigInteger(), sa.Numeric(), sa.Uuid(), sa.Date(), sa.DateTime()]
ALL_KINDS = [*KINDS, sa.CHAR(4), sa.String(9), sa.Enum("a", "b"), sa.JSON(), sa.types.NullType()]


@given(st.sampled_from(ALL_KINDS), st.sampled_from(["sqlite", "postgresql", "mysql"]), st.text())
def test_no_key_text_is_an_error(
    kind: sa.types.TypeEngine[object], dialect: str, text: str
) -> None:
    assert len(binder(kind, dialect)(text)) <= 2


@pytest.mark.parametrize(
    ("kind", "dialect", "text", "values"),
    [
        (sa.Integer(), "mysql", "7", (7,)),
        (sa.Integer(), "mysql", "07", ()),
        (sa.Integer(), "mysql", str(2**31), ()),
        (sa.Integer(), "sqlite", str(2**31), (2**31,)),
        (sa.SmallInteger(), "postgresql", "40000", ()),
        (sa.CHAR(3), "sqlite", "a", ("a", "a  ")),
        (sa.CHAR(3), "postgresql", "a", ("a",)),
        (sa.Numeric(), "sqlite", "1.5", ("1.5",)),
        (sa.Numeric(), "mysql", "1.5", (Decimal("1.5"),)),
        (sa.Numeric(), "mysql", "NaN", ()),
        (sa.types.NullType(), "sqlite", "7", ("7", 7)),
        (sa.Date(), "postgresql", "2019-02-28", (date(2019, 2, 28),)),
        (sa.Date(), "postgresql", "x", ()),
        (sa.Enum("a"), "postgresql", "b", ()),
    ],
)
def test_a_key_text_becomes_what_the_column_holds(
    kind: sa.types.TypeEngine[object], dialect: str, text: str, values: tuple[object, ...]
) -> None:
    assert binder(kind, dialect)(text) == values


@pytest.mark.parametrize(("size", "slots"), [(1, 1), (2, 2), (3, 4), (5, 8), (512, 512)])
def test_lists_are_filled_up_to_a_power_of_two(size: int, slots: int) -> None:
    assert bucket(size) == slots
    assert len(padded([(i,) for i in range(size)])) == slots


@pytest.mark.parametrize(
    ("kind", "pattern", "value"),
    [
        (sa.Date(), None, date(2024, 5, 15)),
        (sa.DateTime(), None, datetime(2024, 5, 15)),  # noqa: DTZ001 - as such columns hold it
        (sa.String(), None, "2024-05-15"),
        (sa.String(), "%Y%m%d", "20240515"),
        (sa.Integer(), "%Y%m%d", 20240515),
        (None, None, "2024-05-15"),
    ],
)
def test_a_day_becomes_what_the_column_holds(
    kind: sa.types.TypeEngine[object] | None, pattern: str | None, value: object
) -> None:
    assert date_bind(date(2024, 5, 15), kind, pattern, "postgresql") == value


@pytest.mark.parametrize(
    ("text", "qualified"),
    [
        ("CASE WHEN a = '' THEN b ELSE a END", "CASE WHEN m.a = '' THEN m.b ELSE m.a END"),
        ("a || ':' || '50%' || 'it''s'", "m.a || ':' || '50%' || 'it''s'"),
        ('"姓 名"', 'm."姓 名"'),
        ("CAST(a AS TEXT) LIKE 'a.b'", "CAST(m.a AS TEXT) LIKE 'a.b'"),
        ("1", "1"),
    ],
)
def test_columns_of_an_expression_are_qualified(text: str, qualified: str) -> None:
    assert parse_expression(text, "postgresql").qualified("m") == qualified
