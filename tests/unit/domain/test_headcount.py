"""How persons in pay fall into the pools of a unit."""

from collections.abc import Mapping, Sequence
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.hierarchy import all_above
from domain.model.headcount import Fitting, pool_for, spread_all, spread_headcount
from domain.model.pools import HeadcountRow, headcount_columns

ABOVE = all_above("establishment_type")


def spread(pools: Sequence[str], *counted: tuple[str | None, int]) -> Mapping[str, int | None]:
    rows = [HeadcountRow("101", kind, count) for kind, count in counted]
    return spread_headcount(rows, pools, ABOVE)


def test_a_type_counts_into_the_pool_of_the_equal_type() -> None:
    assert spread(["1", "3"], ("1", 4), ("3", 5)) == {"1": 4, "3": 5}


def test_a_type_counts_into_its_parent_where_no_pool_is_equal() -> None:
    assert spread(["3"], ("31", 4), ("32", 5)) == {"3": 9}


def test_a_type_counts_into_the_only_pool_below_it() -> None:
    assert spread(["31"], ("3", 4)) == {"31": 4}


def test_a_type_that_fits_several_pools_leaves_them_unknown() -> None:
    assert spread(["31", "32"], ("3", 4), ("31", 2)) == {"31": None, "32": None}


def test_a_type_that_fits_no_pool_leaves_them_unknown() -> None:
    assert spread(["1"], ("4", 1), ("1", 7)) == {"1": None}


def test_an_unknown_type_leaves_the_pools_unknown() -> None:
    assert spread(["1"], (None, 1), ("1", 7)) == {"1": None}


def test_a_pool_that_nobody_is_paid_from_has_none() -> None:
    assert spread(["1", "3"], ("1", 4)) == {"1": 4, "3": 0}
    assert spread(["1"]) == {"1": 0}


def test_rows_of_several_unit_codes_are_summed() -> None:
    rows = [HeadcountRow("101", "1", 4), HeadcountRow("102", "1", 5)]

    assert spread_headcount(rows, ["1"], ABOVE) == {"1": 9}


def test_pools_that_are_nested_against_the_rules_are_not_guessed_between() -> None:
    one_below_another = {"311": {"31", "3"}, "31": {"3"}}

    assert pool_for("311", ["31", "3"], one_below_another) is None


@given(
    st.lists(st.sampled_from(sorted(ABOVE)), unique=True, max_size=4),
    st.lists(st.tuples(st.sampled_from(sorted(ABOVE)), st.integers(0, 99)), max_size=4),
)
def test_nobody_is_lost_or_counted_twice(pools: list[str], counted: list[tuple[str, int]]) -> None:
    found = list(spread(pools, *counted).values())

    known = [number for number in found if number is not None]
    assert known == [] or sum(known) == sum(count for _, count in counted)
    assert len(known) in {0, len(found)}


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(sorted(ABOVE)), unique=True, max_size=3),
    st.lists(st.tuples(st.sampled_from(sorted(ABOVE)), st.integers(0, 99)), max_size=3),
)
def test_the_order_of_rows_does_not_matter(
    pools: list[str], counted: list[tuple[str, int]]
) -> None:
    found = {str(spread(pools, *order)) for order in permutations(counted)}

    assert len(found) == 1


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(sorted(ABOVE)), unique=True, min_size=1, max_size=3),
            st.lists(
                st.tuples(st.sampled_from([*sorted(ABOVE), None]), st.integers(0, 9)), max_size=4
            ),
        ),
        max_size=3,
    )
)
def test_many_units_together_have_what_each_has_alone(
    units: list[tuple[list[str], list[tuple[str | None, int]]]],
) -> None:
    pools = {str(i): Fitting(kinds, ABOVE) for i, (kinds, _) in enumerate(units)}
    rows = [HeadcountRow(str(i), *row) for i, (_, own) in enumerate(units) for row in own]

    found = spread_all(headcount_columns(rows), pools)

    for i, (kinds, counted) in enumerate(units):
        assert {kind: found.get((str(i), kind), 0) for kind in kinds} == spread(kinds, *counted)
