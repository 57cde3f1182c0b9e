"""Single values of several departments folded into one."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.handles import (
    BIRTH_DATE,
    FORMER_NAME,
    PERSON_NAME,
    PERSON_STATUS,
    SOURCE_PERSON_KEY,
)
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import Answer, Gathered, stitch_value
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import IndicatorName
from domain.model.records import Value
from tests.unit.identity.facets import a_facet, a_key, gathered

ORG, EST, FIN, HR = RECORD_ORDER


def stitch(found: Gathered, name: IndicatorName) -> Answer:
    return stitch_value(found, catalogue().indicators[name])


def names(**by_department: Value) -> Gathered:
    return gathered(
        *(a_facet(a_key(Department(d)), {PERSON_NAME: v}) for d, v in by_department.items())
    )


def test_the_value_is_the_authoritys() -> None:
    found = stitch(names(organization="张三丰", hr="张三", finance="章三"), PERSON_NAME)

    assert found == Answer("张三", a_key(HR))


def test_where_the_authority_lacks_the_person_the_next_holder_answers() -> None:
    found = gathered(
        a_facet(a_key(FIN), {PERSON_NAME: "章三"}),
        a_facet(a_key(ORG), {PERSON_NAME: "张三丰"}),
        lacking=[a_key(HR)],
    )

    assert stitch(found, PERSON_NAME) == Answer("张三丰", a_key(ORG))


def test_an_empty_cell_of_the_authority_stays_empty() -> None:
    found = stitch(names(organization="张三丰", hr=None), PERSON_NAME)

    assert found == Answer(None, a_key(HR))


def test_where_the_authority_is_down_the_next_living_holder_answers() -> None:
    found = gathered(a_facet(a_key(EST), {PERSON_NAME: "张三"}), unanswered=[a_key(HR), a_key(ORG)])

    assert stitch(found, PERSON_NAME) == Answer("张三", a_key(EST))


def test_a_source_that_does_not_map_the_indicator_gives_way() -> None:
    found = gathered(
        a_facet(a_key(HR), {PERSON_NAME: "should not be read"}),
        a_facet(a_key(ORG), {PERSON_NAME: "张三"}),
        maps={HR: [], ORG: [PERSON_NAME]},
    )

    assert stitch(found, PERSON_NAME) == Answer("张三", a_key(ORG))


def test_nobody_who_holds_the_person_gives_no_value_and_no_row() -> None:
    assert stitch(gathered(lacking=[a_key(HR)]), PERSON_NAME) == Answer(None, None)


def test_an_own_key_is_the_authoritys_only() -> None:
    found = gathered(a_facet(a_key(HR), {SOURCE_PERSON_KEY: ("7",)}), lacking=[a_key(EST)])

    assert stitch(found, SOURCE_PERSON_KEY) == Answer(None, None)


def test_several_texts_are_one_value_and_an_empty_child_table_is_an_empty_cell() -> None:
    found = gathered(
        a_facet(a_key(ORG), {FORMER_NAME: None}), a_facet(a_key(HR), {FORMER_NAME: ("张叁",)})
    )

    assert stitch(found, FORMER_NAME) == Answer(None, a_key(ORG))


def test_of_several_rows_in_one_department_the_first_that_answered_gives_the_value() -> None:
    found = gathered(a_facet(a_key(HR, "2"), {PERSON_NAME: "张三"}), unanswered=[a_key(HR, "1")])

    assert stitch(found, PERSON_NAME) == Answer("张三", a_key(HR, "2"))


VALUES = st.none() | st.sampled_from(["a", "b", "c"])
SAID = st.dictionaries(st.sampled_from(list(Department)), VALUES, max_size=4)


@settings(max_examples=50)
@given(SAID, st.sampled_from([PERSON_NAME, BIRTH_DATE, PERSON_STATUS]))
def test_the_order_in_which_departments_answered_does_not_matter(
    said: dict[Department, Value], name: IndicatorName
) -> None:
    facets = [a_facet(a_key(department), {name: value}) for department, value in said.items()]

    found = {stitch(gathered(*order), name) for order in permutations(facets)}

    assert len(found) == 1


@settings(max_examples=50)
@given(SAID, st.sampled_from(list(Department)))
def test_a_department_that_holds_nothing_changes_nothing(
    said: dict[Department, Value], silent: Department
) -> None:
    facets = [a_facet(a_key(d), {PERSON_NAME: v}) for d, v in said.items() if d is not silent]
    without, beside = gathered(*facets), gathered(*facets, lacking=[a_key(silent)])

    assert stitch(beside, PERSON_NAME) == stitch(without, PERSON_NAME)


@pytest.mark.parametrize("name", sorted(catalogue().indicators))
def test_every_indicator_of_everyone_is_its_authoritys(name: IndicatorName) -> None:
    facets = [a_facet(a_key(department), {name: department.value}) for department in Department]

    found = stitch(gathered(*facets), name)

    assert found.value == catalogue().indicators[name].authority
