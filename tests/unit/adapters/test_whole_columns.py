"""A column read at once says what its rows say one by one, and counts what cannot be read."""

from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mapping.convert import (
    WHOLE,
    Convert,
    code_reader,
    guarded,
    int_reader,
    key_text,
)
from adapters.sql.cells import Faults, row_value
from adapters.sql.whole_columns import MOST_WORDS, Words, read_cells
from tests.support.counting import calls_of

CONVERTS: Final[list[Convert]] = [
    guarded(code_reader(None, "establishment_type")),
    guarded(code_reader({"a": "1", "b": "2"}, None)),
    guarded(int_reader(None), WHOLE),
    guarded(int_reader(Decimal(10))),
    key_text,
]
CELLS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["1", "31", "a", " b ", "", "x\ufffd", "1.5", "2147483648", "12 ", "?"]),
    st.sampled_from([0, 1, -5, 2**31, 2**31 - 1, Decimal(1), Decimal("1.0"), Decimal("NaN")]),
    st.floats(allow_nan=False, width=16),
    st.binary(max_size=2),
)


@given(st.sampled_from(CONVERTS), st.lists(CELLS, max_size=8))
def test_a_column_says_what_its_rows_say(convert: Convert, cells: list[object]) -> None:
    rows = [("k", cell) for cell in (*cells, *cells)]
    together, alone = Faults(), Faults()

    found = read_cells([cell for _, cell in rows], convert, together)

    expected = [row_value(row, 1, convert, alone) for row in rows]
    assert [(type(v), v) for v in found] == [(type(v), v) for v in expected]
    assert together.bad_values == alone.bad_values


@given(st.lists(st.one_of(st.integers(-(2**33), 2**33), st.none(), st.just("7"))))
def test_a_whole_number_of_the_driver_means_what_its_text_means(cells: list[object]) -> None:
    by_type, by_text = Faults(), Faults()

    found = read_cells(cells, guarded(int_reader(None), WHOLE), by_type)

    assert found == read_cells(cells, guarded(int_reader(None)), by_text)
    assert by_type == by_text


@pytest.mark.parametrize("cell", ["1", 7, None])
def test_what_stands_in_every_row_is_read_once(cell: object) -> None:
    _, calls = calls_of(lambda: read_cells([cell] * 500, CONVERTS[2], Faults()))

    assert calls.total() < 15, calls


@given(st.sampled_from(CONVERTS[:2]), st.lists(st.lists(CELLS, max_size=6), max_size=4))
def test_remembered_words_mean_in_each_answer_what_they_say(
    convert: Convert, answers: list[list[object]]
) -> None:
    words = Words(convert)

    for cells in answers:
        by_words, alone = Faults(), Faults()
        found = words.read(cells, by_words)

        expected = [row_value((cell,), 0, convert, alone) for cell in cells]
        assert [(type(v), v) for v in found] == [(type(v), v) for v in expected]
        assert by_words == alone


def test_of_words_only_so_many_are_remembered() -> None:
    words = Words(CONVERTS[0])
    cells = [f"x{i}" for i in range(2 * MOST_WORDS)]

    for _ in range(2):
        assert words.read(cells, Faults()) == cells
    assert len(words) == MOST_WORDS
