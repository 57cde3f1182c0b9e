"""A column of numbers of pools is shown as each of them would be."""

from decimal import Decimal
from typing import Any, Final

import pytest
from graphql import GraphQLInt
from hypothesis import given
from hypothesis import strategies as st

from resolvers.planning.pool_shapes import whole_numbers
from resolvers.planning.reasons import AnomalyError
from resolvers.planning.source import writer

WRITE: Final = writer(GraphQLInt)
NUMBERS: Final = st.one_of(
    st.none(),
    st.integers(-(2**31), 2**31 - 1),
    st.booleans(),
    st.sampled_from([2.0, Decimal(3), "4"]),
)


@given(st.lists(NUMBERS, max_size=5))
def test_a_column_is_written_as_its_cells(cells: list[Any]) -> None:
    shown = list(whole_numbers(WRITE, cells))

    expected = [None if cell is None else WRITE(cell) for cell in cells]
    assert [(type(v), v) for v in shown] == [(type(v), v) for v in expected]


@pytest.mark.parametrize("cell", [2**31, -(2**31) - 1, "x", 1.5])
def test_what_is_no_number_of_the_graph_is_left_to_the_stock_path(cell: object) -> None:
    with pytest.raises(AnomalyError):
        whole_numbers(WRITE, [1, cell, None])
