"""Who may give a value, rows, and cells of rows, in which order."""

from domain.catalogue.handles import (
    ASSESSMENT_RESULT,
    BIRTH_DATE,
    EDUCATION,
    GRADUATION_DATE,
    GROSS_PAY,
    PERSON_NAME,
    SCHOOL,
    SOURCE_PERSON_KEY,
    STUDY_YEARS,
)
from domain.catalogue.indicators import catalogue
from domain.identity.holding import (
    Coverage,
    filler_keys,
    row_holders,
    row_keys,
    value_holders,
    value_keys,
)
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.subjects import IdentityState, Subject, ordered_keys
from tests.unit.identity.facets import EDU, PAY, a_key

ORG, EST, FIN, HR = RECORD_ORDER
INDICATORS = catalogue().indicators
ASS = catalogue().category_of(ASSESSMENT_RESULT)


def a_subject(*keys: LocalKey) -> Subject:
    kept = keys or tuple(a_key(department) for department in Department)
    return Subject(EntityKind.PERSON, "p1", IdentityState.LINKED, ordered_keys(kept, RECORD_ORDER))


def covering(maps: dict[str, set[IndicatorName]]) -> Coverage:
    return Coverage({SourceName(name): frozenset(held) for name, held in maps.items()})


def everything() -> Coverage:
    return covering({department.value: set(INDICATORS) for department in Department})


def test_the_authority_comes_first_and_the_others_in_catalogue_order() -> None:
    assert value_holders(INDICATORS[BIRTH_DATE]) == (ORG, EST, HR, FIN)


def test_an_own_key_is_held_by_the_authority_alone() -> None:
    found = value_keys(INDICATORS[SOURCE_PERSON_KEY], a_subject(), everything())

    assert list(found) == [a_key(EST)]


def test_a_source_that_does_not_map_an_indicator_does_not_hold_it() -> None:
    coverage = covering({"organization": set(), "establishment": {BIRTH_DATE}})

    found = value_keys(INDICATORS[BIRTH_DATE], a_subject(), coverage)

    assert list(found) == [a_key(EST)]


def test_a_department_that_no_link_leads_to_does_not_hold_anything() -> None:
    found = value_keys(INDICATORS[PERSON_NAME], a_subject(a_key(FIN)), everything())

    assert list(found) == [a_key(FIN)]


def test_several_rows_of_a_department_hold_a_value_one_after_the_other() -> None:
    subject = a_subject(a_key(HR, "2"), a_key(HR, "1"), a_key(ORG))

    found = value_keys(INDICATORS[PERSON_NAME], subject, everything())

    assert list(found) == [a_key(HR, "1"), a_key(HR, "2"), a_key(ORG)]


def test_rows_are_those_of_the_row_authority_then_of_holders_of_the_first_row_key() -> None:
    assert row_holders(EDU) == (HR, ORG, EST)
    assert row_holders(ASS) == (ORG, HR)


def test_without_a_row_key_nobody_but_the_row_authority_shows_rows() -> None:
    assert row_holders(PAY) == (FIN,)


def test_another_holder_shows_rows_only_where_it_maps_the_first_row_key() -> None:
    coverage = covering({"organization": {SCHOOL, EDUCATION}, "establishment": {GRADUATION_DATE}})

    found = row_keys(EDU, a_subject(), coverage)

    assert list(found) == [a_key(EST)]


def test_the_row_authority_shows_rows_with_any_column_of_them() -> None:
    found = row_keys(EDU, a_subject(), covering({"hr": {SCHOOL}}))

    assert list(found) == [a_key(HR)]


def test_cells_are_filled_by_those_who_come_before_the_shown_department() -> None:
    subject, coverage = a_subject(), everything()

    found = filler_keys(INDICATORS[SCHOOL], EDU, a_key(EST), subject, coverage)

    assert list(found) == [a_key(HR), a_key(ORG)]


def test_the_department_that_shows_the_rows_fills_nothing_of_its_own() -> None:
    found = filler_keys(INDICATORS[SCHOOL], EDU, a_key(HR), a_subject(), everything())

    assert list(found) == []


def test_a_column_that_the_shown_source_does_not_map_is_filled_by_all_other_holders() -> None:
    coverage = covering(
        {
            "hr": {GRADUATION_DATE, EDUCATION},
            "organization": {GRADUATION_DATE, EDUCATION, STUDY_YEARS},
        }
    )

    found = filler_keys(INDICATORS[STUDY_YEARS], EDU, a_key(HR), a_subject(), coverage)

    assert list(found) == [a_key(ORG)]


def test_a_source_that_does_not_map_the_whole_row_key_fills_nothing() -> None:
    coverage = covering({"organization": {SCHOOL, EDUCATION}})

    found = filler_keys(INDICATORS[SCHOOL], EDU, a_key(EST), a_subject(), coverage)

    assert list(found) == []


def test_without_a_row_key_nobody_fills_cells() -> None:
    found = filler_keys(INDICATORS[GROSS_PAY], PAY, a_key(FIN), a_subject(), everything())

    assert list(found) == []


def test_every_row_of_a_department_may_fill_cells() -> None:
    subject = a_subject(a_key(HR, "1"), a_key(HR, "2"), a_key(EST))

    found = filler_keys(INDICATORS[SCHOOL], EDU, a_key(EST), subject, everything())

    assert list(found) == [a_key(HR, "1"), a_key(HR, "2")]
