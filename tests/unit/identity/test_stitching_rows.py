"""Rows of repeated categories: whose they are, and who fills which cells."""

from datetime import date
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.handles import (
    DEGREE,
    EDUCATION,
    ESTABLISHMENT_EXIT_DATE,
    EXIT_DATE,
    GRADUATION_DATE,
    GROSS_PAY,
    MAJOR,
    NET_PAY,
    SCHOOL,
    STUDY_YEARS,
)
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import Gathered, StitchedRows, row_key, stitch_rows
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import IndicatorName
from domain.model.records import ChildRow, UnknownCode, Value
from tests.unit.identity.facets import (
    EDU,
    GRADUATED,
    PAY,
    a_facet,
    a_key,
    a_row,
    a_study,
    gathered,
    studies,
)

ORG, EST, FIN, HR = RECORD_ORDER
KEYS = [GRADUATION_DATE, EDUCATION]
# The department of human resources does not map schools here, so that others fill them.
BLIND: dict[Department, list[IndicatorName]] = {
    HR: [*KEYS, MAJOR],
    ORG: [*KEYS, SCHOOL, MAJOR],
    EST: [*KEYS, SCHOOL, MAJOR],
}


def stitched(found: Gathered, *names: IndicatorName) -> StitchedRows:
    rows = stitch_rows(found, EDU, frozenset(names))
    assert rows is not None
    return rows


def column(found: Gathered, name: IndicatorName) -> list[Value]:
    return [row.values[name] for row in stitched(found, name).rows]


def test_the_rows_are_the_row_authoritys_in_its_order() -> None:
    later = date(2012, 7, 1)
    found = gathered(
        studies(HR, a_study({SCHOOL: "乙校"}, later), a_study({SCHOOL: "甲校"})),
        studies(ORG, a_study({SCHOOL: "丙校"}, date(2001, 7, 1))),
    )

    assert column(found, SCHOOL) == ["乙校", "甲校"]
    assert stitched(found, SCHOOL).key == a_key(HR)


def test_a_cell_that_the_shown_source_does_not_map_is_filled_by_row_key() -> None:
    found = gathered(studies(HR, a_study({})), studies(ORG, a_study({SCHOOL: "甲校"})), maps=BLIND)

    assert column(found, SCHOOL) == ["甲校"]
    assert stitched(found, SCHOOL).fillers == {(SCHOOL, a_key(ORG))}


def test_cells_are_never_filled_by_position() -> None:
    found = gathered(
        studies(HR, a_study({})),
        studies(ORG, a_study({SCHOOL: "甲校"}, date(2001, 7, 1))),
        maps=BLIND,
    )

    assert column(found, SCHOOL) == [None]
    assert stitched(found, SCHOOL).fillers == frozenset()


def test_a_row_that_the_first_filler_lacks_is_filled_by_the_next() -> None:
    later = date(2012, 7, 1)
    found = gathered(
        studies(HR, a_study({}), a_study({}, later)),
        studies(ORG, a_study({SCHOOL: "甲校"})),
        studies(EST, a_study({SCHOOL: "not asked"}), a_study({SCHOOL: "乙校"}, later)),
        maps=BLIND,
    )

    assert column(found, SCHOOL) == ["甲校", "乙校"]
    assert stitched(found, SCHOOL).fillers == {(SCHOOL, a_key(ORG)), (SCHOOL, a_key(EST))}


def test_an_empty_cell_of_a_filler_stays_empty() -> None:
    found = gathered(
        studies(HR, a_study({})),
        studies(ORG, a_study({SCHOOL: None})),
        studies(EST, a_study({SCHOOL: "甲校"})),
        maps=BLIND,
    )

    assert column(found, SCHOOL) == [None]


def test_two_shown_rows_with_one_key_are_both_left_unfilled() -> None:
    found = gathered(
        studies(HR, a_study({}), a_study({})),
        studies(ORG, a_study({SCHOOL: "甲校"})),
        maps=BLIND,
    )

    assert column(found, SCHOOL) == [None, None]


def test_two_rows_of_a_filler_with_one_key_fill_nothing() -> None:
    found = gathered(
        studies(HR, a_study({})),
        studies(ORG, a_study({SCHOOL: "甲校"}), a_study({SCHOOL: "乙校"})),
        maps=BLIND,
    )

    assert column(found, SCHOOL) == [None]


def test_a_row_whose_key_has_an_empty_part_is_not_matched() -> None:
    found = gathered(
        studies(HR, a_study({}, graduated=None)),
        studies(ORG, a_study({SCHOOL: "甲校"}, graduated=None)),
        maps=BLIND,
    )

    assert column(found, SCHOOL) == [None]


def test_a_code_that_nobody_knows_matches_no_known_code() -> None:
    found = gathered(
        studies(HR, a_study({}, level=UnknownCode("21"))),
        studies(ORG, a_study({SCHOOL: "甲校"}, level="21")),
        maps=BLIND,
    )

    assert column(found, SCHOOL) == [None]


def test_the_indicators_authority_goes_before_the_rows_own_value() -> None:
    exits = catalogue().category_of(EXIT_DATE)
    shown = a_row({EXIT_DATE: GRADUATED, ESTABLISHMENT_EXIT_DATE: date(2008, 7, 5)})
    authority = a_row({EXIT_DATE: GRADUATED, ESTABLISHMENT_EXIT_DATE: date(2008, 7, 2)})
    found = gathered(
        a_facet(a_key(HR), rows={exits.code: [shown]}),
        a_facet(a_key(EST), rows={exits.code: [authority]}),
        maps={key: [EXIT_DATE, ESTABLISHMENT_EXIT_DATE] for key in (HR, EST)},
    )

    stitched_rows = stitch_rows(found, exits, frozenset({ESTABLISHMENT_EXIT_DATE}))

    assert stitched_rows is not None
    assert stitched_rows.key == a_key(HR)
    assert stitched_rows.rows[0].values[ESTABLISHMENT_EXIT_DATE] == date(2008, 7, 2)
    assert stitched_rows.fillers == {(ESTABLISHMENT_EXIT_DATE, a_key(EST))}


def test_a_source_without_the_whole_row_key_neither_shows_nor_fills() -> None:
    found = gathered(
        studies(EST, a_study({SCHOOL: "乙校"})),
        studies(ORG, a_study({SCHOOL: "甲校"})),
        maps={EST: [*KEYS, SCHOOL], ORG: [EDUCATION, SCHOOL, DEGREE]},
    )

    assert column(found, SCHOOL) == ["乙校"]


def test_where_the_row_authority_lacks_the_person_the_next_holder_shows_its_rows() -> None:
    found = gathered(
        studies(EST, a_study({SCHOOL: "乙校"})),
        studies(ORG, a_study({SCHOOL: "甲校"})),
        lacking=[a_key(HR)],
    )

    assert stitched(found, SCHOOL).key == a_key(ORG)
    assert column(found, SCHOOL) == ["甲校"]


def test_where_the_row_authority_is_down_the_next_holder_shows_its_rows() -> None:
    found = gathered(studies(EST, a_study({SCHOOL: "乙校"})), unanswered=[a_key(HR), a_key(ORG)])

    assert stitched(found, SCHOOL).key == a_key(EST)


def test_an_authority_without_rows_shows_none_and_nobody_steps_in() -> None:
    found = gathered(studies(HR), studies(ORG, a_study({SCHOOL: "甲校"})))

    assert stitched(found, SCHOOL).rows == ()


def test_with_an_empty_row_key_nobody_steps_in_for_the_row_authority() -> None:
    pay = a_facet(a_key(HR), rows={PAY.code: [a_row({GROSS_PAY: 1})]})

    found = stitch_rows(gathered(pay, unanswered=[a_key(FIN)]), PAY, frozenset({GROSS_PAY}))

    assert found is None


def test_with_an_empty_row_key_cells_are_the_rows_own() -> None:
    paid = a_facet(a_key(FIN), rows={PAY.code: [a_row({GROSS_PAY: 9, NET_PAY: 7}, "2026-10")]})
    other = a_facet(a_key(HR), rows={PAY.code: [a_row({GROSS_PAY: 8}, "2026-10")]})

    found = stitch_rows(gathered(paid, other), PAY, frozenset({GROSS_PAY, NET_PAY}))

    assert found is not None
    assert [dict(row.values) for row in found.rows] == [{GROSS_PAY: 9, NET_PAY: 7}]
    assert found.fillers == frozenset()


def test_the_extra_key_of_a_row_is_kept() -> None:
    paid = a_facet(a_key(FIN), rows={PAY.code: [a_row({}, "2026-10"), a_row({}, "2026-09")]})

    found = stitch_rows(gathered(paid), PAY, frozenset())

    assert found is not None
    assert [row.extra for row in found.rows] == ["2026-10", "2026-09"]


def test_a_column_that_nobody_maps_is_empty() -> None:
    found = gathered(studies(HR, a_study({})), maps={HR: KEYS})

    assert column(found, STUDY_YEARS) == [None]


def test_a_row_without_a_whole_key_has_none() -> None:
    assert row_key(a_study({}), EDU) == (GRADUATED, "21")
    assert row_key(a_study({}, graduated=None), EDU) is None
    assert row_key(a_row({GROSS_PAY: 1}), PAY) is None


ROWS = st.lists(
    st.builds(
        a_study,
        st.dictionaries(st.just(SCHOOL), st.none() | st.sampled_from(["甲", "乙"]), min_size=1),
        st.none() | st.sampled_from([GRADUATED, date(2012, 7, 1)]),
    ),
    max_size=3,
)
SAID = st.fixed_dictionaries({}, optional={HR: ROWS, ORG: ROWS, EST: ROWS})


@settings(max_examples=30)
@given(SAID)
def test_the_order_in_which_departments_answered_does_not_matter(
    said: dict[Department, list[ChildRow]],
) -> None:
    facets = [studies(department, *rows) for department, rows in said.items()]
    wanted = frozenset({SCHOOL, MAJOR})

    found = [
        stitch_rows(gathered(*order, maps=BLIND), EDU, wanted) for order in permutations(facets)
    ]

    assert all(each == found[0] for each in found)


@settings(max_examples=50)
@given(SAID)
def test_filling_adds_and_drops_no_row(said: dict[Department, list[ChildRow]]) -> None:
    facets = [studies(department, *rows) for department, rows in said.items()]

    found = stitch_rows(gathered(*facets, maps=BLIND), EDU, frozenset({SCHOOL}))

    first = next((d for d in (HR, ORG, EST) if d in said), None)
    assert (found is None) == (first is None)
    if found is not None and first is not None:
        assert len(found.rows) == len(said[first])


@settings(max_examples=50)
@given(SAID)
def test_a_department_that_holds_nothing_changes_nothing(
    said: dict[Department, list[ChildRow]],
) -> None:
    facets = [studies(department, *rows) for department, rows in said.items()]
    silent = a_facet(a_key(FIN))

    found = stitch_rows(gathered(*facets, silent, maps=BLIND), EDU, frozenset({SCHOOL}))

    assert found == stitch_rows(gathered(*facets, maps=BLIND), EDU, frozenset({SCHOOL}))
