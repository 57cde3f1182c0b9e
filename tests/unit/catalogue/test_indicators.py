"""Every rule that the catalogue's own rows must keep."""

from collections import Counter

import pytest

from domain.catalogue import handles
from domain.catalogue.codes import code_set_names
from domain.catalogue.indicators import Category, Indicator, Shape, ValueType, catalogue
from domain.model.departments import Department
from domain.model.keys import CategoryCode

INDICATORS = tuple(catalogue().indicators.values())
CATEGORIES = tuple(catalogue().categories.values())


def named(category: Category) -> str:
    return category.code


def test_there_are_26_categories_and_218_indicators() -> None:
    assert len(CATEGORIES) == 26
    assert len(INDICATORS) == 218


def test_every_indicator_belongs_to_exactly_one_category() -> None:
    held = Counter(i.name for category in CATEGORIES for i in category.indicators)

    assert set(held) == set(catalogue().indicators)
    assert set(held.values()) == {1}


def test_codes_and_names_are_unique() -> None:
    assert len({i.code for i in INDICATORS}) == 218
    assert len({i.name for i in INDICATORS}) == 218
    assert {i.code for i in INDICATORS}.isdisjoint(i.name for i in INDICATORS)


def test_names_are_camel_case_identifiers() -> None:
    wrong = [i.name for i in INDICATORS if not (i.name.isalnum() and i.name[0].islower())]

    assert wrong == []


def test_every_indicator_is_of_a_known_entity() -> None:
    assert {i.entity for i in INDICATORS} <= {"person", "unit", "establishment"}


def test_coded_indicators_and_no_others_name_a_code_set_that_exists() -> None:
    wrong = [i.name for i in INDICATORS if (i.type is ValueType.CODE) != bool(i.code_set)]

    assert wrong == []
    assert {i.code_set for i in INDICATORS if i.code_set} <= set(code_set_names())


def test_holders_are_different_departments() -> None:
    wrong = [i.name for i in INDICATORS if len(set(i.holders)) != len(i.holders)]

    assert wrong == []
    assert all(isinstance(holder, Department) for i in INDICATORS for holder in i.holders)


def test_sensitivity_is_one_of_four() -> None:
    assert {i.sensitivity for i in INDICATORS} == {"public", "internal", "personal", "secret"}


def test_what_is_compared_has_a_rule_and_a_second_holder() -> None:
    wrong = [
        i.name
        for i in INDICATORS
        if (i.compare_step is None) != (i.compare_rule is None)
        or (i.compare_step is not None and len(i.holders) < 2)
    ]

    assert wrong == []
    assert {i.compare_rule for i in INDICATORS} == {
        None, "exact", "name", "code", "date", "amount",
    }  # fmt: skip


def test_the_five_basic_indicators_are_held_by_all_four() -> None:
    basic = [i for i in INDICATORS if i.compare_step == 1]

    assert len(basic) == 5
    assert {len(i.holders) for i in basic} == {4}
    assert {i.compare_step for i in INDICATORS} == {None, 1, 2}


def test_every_indicator_and_category_is_described() -> None:
    assert all(i.definition and i.name_zh for i in INDICATORS)
    assert all(category.name_zh and category.name_en for category in CATEGORIES)


def test_every_indicator_has_one_handle_and_every_handle_an_indicator() -> None:
    values = [value for name, value in vars(handles).items() if name.isupper()]

    assert sorted(values) == sorted(catalogue().indicators)


def test_a_handle_is_spelled_like_its_indicator() -> None:
    wrong = [
        handle
        for handle, name in vars(handles).items()
        if handle.isupper() and handle.replace("_", "").lower() != name.lower()
    ]

    assert wrong == []


@pytest.mark.parametrize("category", CATEGORIES, ids=named)
def test_a_category_is_split_into_single_and_repeated_indicators(category: Category) -> None:
    assert sorted((*category.ones, *category.manys), key=by_code) == sorted(
        category.indicators, key=by_code
    )
    assert {i.name for i in category.manys} == category.row_names
    assert [i for i in category.indicators if category.is_row(i)] == list(category.manys)


def by_code(indicator: Indicator) -> str:
    return indicator.code


@pytest.mark.parametrize("category", CATEGORIES, ids=named)
def test_the_shape_of_a_category_says_whether_it_has_rows(category: Category) -> None:
    has_rows = category.shape is not Shape.OBJECT

    assert bool(category.manys) == has_rows
    assert (category.row_authority is not None) == has_rows
    assert bool(category.ones) == (category.shape is not Shape.LIST)
    assert has_rows or not (category.row_key or category.extra_key)


@pytest.mark.parametrize("category", CATEGORIES, ids=named)
def test_multi_valued_indicators_are_texts_on_an_object(category: Category) -> None:
    several = [i for i in category.indicators if i.name in category.multi_valued]

    assert {i.name for i in several} == category.multi_valued
    assert all(i.many and i.type is ValueType.STRING for i in several)
    assert category.row_names.isdisjoint(category.multi_valued)


@pytest.mark.parametrize("category", CATEGORIES, ids=named)
def test_rows_are_told_apart_by_a_key_of_their_own_or_an_extra_one(category: Category) -> None:
    assert category.row_names.issuperset(category.row_key)
    if category.manys:
        assert bool(category.row_key) != bool(category.extra_key)


def test_extra_keys_are_months_or_dates() -> None:
    extra = {c.code: c.extra_key for c in CATEGORIES if c.extra_key}

    assert extra == {
        "PAY": ("period", "month"),
        "REL": ("effectiveOn", "date"),
        "FUN": ("period", "month"),
    }


def test_the_row_authority_holds_the_row_key() -> None:
    wrong = [
        category.code
        for category in CATEGORIES
        for name in category.row_key
        if category.row_authority not in catalogue().indicators[name].holders
    ]

    assert wrong == []


def test_persons_have_20_categories_and_units_6() -> None:
    subjects = Counter(category.subject for category in CATEGORIES)

    assert subjects == {"person": 20, "unit": 6}
    assert len(catalogue().of_subject("person")) + len(catalogue().of_subject("unit")) == 218


def test_fields_of_a_subject_and_type_names_are_unique() -> None:
    assert len({(category.subject, category.field) for category in CATEGORIES}) == 26
    assert len({category.type_name for category in CATEGORIES}) == 26


def test_an_indicator_is_found_by_name_and_by_code() -> None:
    indicator = catalogue().indicators[handles.PERSON_NAME]

    assert catalogue().find(indicator.name) is indicator
    assert catalogue().find(indicator.code) is indicator
    assert catalogue().find("nothing") is None


def test_an_indicator_leads_to_its_category() -> None:
    found = catalogue().category_of(handles.EDUCATION)

    assert found is catalogue().categories[CategoryCode("EDU")]


def test_money_and_months_are_known_by_what_the_catalogue_says() -> None:
    indicators = catalogue().indicators

    assert indicators[handles.GROSS_PAY].is_money
    assert not indicators[handles.STUDY_YEARS].is_money
    assert indicators[handles.PAYROLL_FROM_MONTH].is_month
    assert not indicators[handles.BIRTH_DATE].is_month
