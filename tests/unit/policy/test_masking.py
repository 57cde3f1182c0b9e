"""What masks leave, of clean and of dirty values."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.model.access import MaskForm
from domain.model.records import UnknownCode, Value
from domain.policy.masking import compound_surnames, mask

DIRTY = st.one_of(
    st.none(),
    st.text(max_size=80),
    st.text(alphabet="0123456789Xx*- １２３４５６７８９", max_size=24),
    st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True),
    st.from_regex(r"[0-9]{15}", fullmatch=True),
    st.from_regex(r"1[0-9]{10}", fullmatch=True),
    st.from_regex(r"[0-9]{3}\*{11}[0-9]{4}", fullmatch=True),
    st.text(alphabet="欧阳司马张山东潍坊市奎文区省县路号*", max_size=20),
    st.integers(),
    st.booleans(),
    st.decimals(allow_nan=True),
    st.dates(),
    st.lists(st.text(max_size=20), max_size=3).map(tuple),
    st.text(max_size=20).map(UnknownCode),
)
FORMS = [*MaskForm, None]


@pytest.mark.parametrize(
    ("form", "value", "left"),
    [
        (MaskForm.ID_NUMBER, "370702198105051239", "370***********1239"),
        (MaskForm.ID_NUMBER, "37070219810505123x", "370***********123X"),
        (MaskForm.ID_NUMBER, "3707 0219 8105 0512 39", "370***********1239"),
        (MaskForm.ID_NUMBER, "３７０７０２１９８１０５０５１２３９", "370***********1239"),
        (MaskForm.ID_NUMBER, "370702810505123", "370***********5123"),
        (MaskForm.ID_NUMBER, "37070219810505123", None),
        (MaskForm.ID_NUMBER, "1239", None),
        (MaskForm.ID_NUMBER, "", None),
        (MaskForm.NAME, "张三丰", "张*"),
        (MaskForm.NAME, "欧阳修", "欧阳*"),
        (MaskForm.NAME, "司马相如", "司马*"),
        (MaskForm.NAME, "欧阳", "欧*"),
        (MaskForm.NAME, "阿依古丽·买买提", "阿*"),
        (MaskForm.NAME, "  ", None),
        (MaskForm.PHONE, "13812345678", "138****5678"),
        (MaskForm.PHONE, "+86 138-1234-5678", "138****5678"),
        (MaskForm.PHONE, "0536-8091234", None),
        (MaskForm.PHONE, "138", None),
        (MaskForm.ACCOUNT, "6222021234567890123", "****0123"),
        (MaskForm.ACCOUNT, "6222 0212 3456 7890", "****7890"),
        (MaskForm.ACCOUNT, "12345", None),
        (MaskForm.COUNTY, "山东省潍坊市奎文区东风东街 8 号", "山东省潍坊市奎文区"),
        (MaskForm.COUNTY, "潍坊市奎文区东风东街 8 号", "潍坊市奎文区"),
        (MaskForm.COUNTY, "昌乐县城市花园小区 3 号", "昌乐县"),
        (MaskForm.COUNTY, "城市花园小区 3 号", None),
        (MaskForm.COUNTY, "3 号楼，潍坊市", None),
        (MaskForm.YEAR, date(1981, 5, 5), date(1981, 1, 1)),
        (MaskForm.YEAR, "1981-05-05", None),
        (None, Decimal("5120.50"), None),
        (None, "anything", None),
    ],
)
def test_each_form_leaves_what_it_says(form: MaskForm | None, value: Value, left: Value) -> None:
    assert mask(form, value) == left


def test_several_values_are_masked_one_by_one() -> None:
    several = ("370702198105051239", "rubbish", "370702810505123")

    assert mask(MaskForm.ID_NUMBER, several) == ("370***********1239", "370***********5123")
    assert mask(MaskForm.ID_NUMBER, ("rubbish",)) is None


def test_an_instant_loses_its_time_too() -> None:
    assert mask(MaskForm.YEAR, datetime(1981, 5, 5, 7, 8)) == date(1981, 1, 1)  # noqa: DTZ001 - a value of a department


def test_compound_surnames_are_two_characters() -> None:
    assert all(len(name) == 2 for name in compound_surnames())
    assert {"欧阳", "司马", "诸葛", "上官"} <= compound_surnames()


@pytest.mark.slow
@given(form=st.sampled_from(FORMS), value=DIRTY)
@example(form=MaskForm.NAME, value="\ud800")
@example(form=MaskForm.ID_NUMBER, value="9" * 100_000)
def test_masking_never_fails_and_twice_is_once(form: MaskForm | None, value: Value) -> None:
    once = mask(form, value)

    assert mask(form, once) == once


@pytest.mark.slow
@given(value=DIRTY)
def test_of_a_number_seven_characters_are_left_at_most(value: Value) -> None:
    left = mask(MaskForm.ID_NUMBER, value)

    for text in left if isinstance(left, tuple) else [left] if left else []:
        assert isinstance(text, str)
        assert len(text) == 18
        assert text[3:14] == "*" * 11


@pytest.mark.slow
@given(value=DIRTY)
def test_of_a_phone_seven_and_of_an_account_four_digits_are_left_at_most(value: Value) -> None:
    for form, most in ((MaskForm.PHONE, 7), (MaskForm.ACCOUNT, 4)):
        left = mask(form, value)
        for text in left if isinstance(left, tuple) else [left] if left else []:
            assert sum(character.isdigit() for character in str(text)) == most


@given(
    surname=st.sampled_from(["张", "王", *sorted(compound_surnames())]), rest=st.text(max_size=4)
)
def test_of_a_name_no_more_than_the_surname_is_left(surname: str, rest: str) -> None:
    left = mask(MaskForm.NAME, surname + rest)

    assert isinstance(left, str)
    assert left.endswith("*")
    assert surname.startswith(left[:-1])
    assert len(left) <= 3


@pytest.mark.slow
@given(value=DIRTY)
def test_of_an_address_a_known_place_is_left_or_nothing(value: Value) -> None:
    left = mask(MaskForm.COUNTY, value)

    for text in left if isinstance(left, tuple) else [left] if left else []:
        assert str(text)[-1] in "省市区县"


@given(day=st.dates())
def test_of_a_birth_date_the_year_is_left(day: date) -> None:
    assert mask(MaskForm.YEAR, day) == date(day.year, 1, 1)
