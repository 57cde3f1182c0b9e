"""Many keys at once say what one after another says, without a call in Python for each."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from adapters.assembly import row_key, row_keys
from adapters.listed import ListedRows, first_rows, keys_of_rows
from adapters.port import (
    listed_rows,
)
from adapters.sql.binds import Binder, binder, key_binds, keys_binds
from domain.catalogue.handles import PERSON_NAME
from domain.model.departments import Department
from domain.model.global_ids import PERSON, encode_ids
from domain.model.keys import KeysOfSource, LocalKey, SourceName, local_keys
from tests.support.counting import calls_of
from tests.support.rows import PageInMemory

KINDS: Final = (
    sa.String(20),
    sa.CHAR(12),
    sa.SmallInteger(),
    sa.Integer(),
    sa.BigInteger(),
    sa.Enum("1", "12"),
    sa.Numeric(10, 2),
    sa.Date(),
    None,
)
BINDERS: Final = [
    binder(kind, dialect)
    for kind in KINDS
    for dialect in ("postgresql", "mysql", "sqlite", "oracle")
]
SPACED: Final = binder(sa.String(20), "postgresql", frozenset({(0, 6)}))
TEXTS: Final = st.one_of(
    st.integers(-(10**22), 10**22).map(str),
    st.sampled_from(["", "0", "007", "-1", "1", "12", "a-b", " a", "王", "x\x00", "\ud800", "٣"]),
    st.text(max_size=4),
)
STORED: Final = st.one_of(
    st.none(),
    st.text(alphabet="ab 王", max_size=4),
    st.integers(-9, 9),
    st.booleans(),
    st.decimals(-9, 9, places=1),
    st.binary(max_size=2),
)
KEY: Final = LocalKey(Department.HR, SourceName("hr"), "a")
PAGE: Final = PageInMemory([PERSON_NAME])
MANY: Final = [f"K{i:05}" for i in range(300)]
NUMBERS: Final = [str(i) for i in range(1, 301)]


@given(st.sampled_from([*BINDERS, SPACED]), st.lists(TEXTS, max_size=4))
def test_keys_bound_together_are_those_bound_alone(bind: Binder, texts: list[str]) -> None:
    alone = [found for text in texts for found in key_binds(text, [bind])]

    assert keys_binds(texts, [bind]) == alone
    assert [[type(v) for v in each] for each in keys_binds(texts, [bind])] == [
        [type(v) for v in each] for each in alone
    ]


@given(
    st.one_of(
        st.lists(st.tuples(STORED, STORED), max_size=5),
        st.lists(st.tuples(st.text(alphabet="ab ", max_size=3), STORED), max_size=5),
        st.lists(st.tuples(st.integers(), STORED), max_size=5),
    ),
    st.integers(1, 2),
)
def test_keys_of_many_rows_are_those_of_each(rows: list[tuple[Any, Any]], width: int) -> None:
    assert row_keys(rows, width) == [row_key(row, width) for row in rows]


def test_a_key_of_a_number_with_decimals_has_no_zeros_at_its_end() -> None:
    assert row_keys([(Decimal("7.10"),), (Decimal(8),)], 1) == ["7.1", "8"]


@pytest.mark.parametrize(
    "work",
    [
        lambda: keys_binds(MANY, [binder(sa.String(20), "postgresql")]),
        lambda: keys_binds(NUMBERS, [binder(sa.Integer(), "mysql")]),
        lambda: row_keys([(text,) for text in MANY], 1),
        lambda: row_keys([(int(text),) for text in NUMBERS], 1),
        lambda: local_keys(Department.HR, SourceName("hr"), MANY),
        lambda: listed_rows([KEY] * 300, [("a",)] * 300, PAGE, [None] * 300),
        lambda: encode_ids(PERSON, MANY),
    ],
    ids=["texts", "numbers", "text keys", "number keys", "local keys", "listed", "ids"],
)
def test_three_hundred_keys_cost_no_call_each(work: Callable[[], list[Any]]) -> None:
    found, calls = calls_of(work)

    assert len(found) == 300
    assert calls.total() < 20, calls


def test_rows_in_columns_are_those_of_a_list() -> None:
    keys, rows = KeysOfSource(Department.HR, SourceName("hr"), MANY), [(text,) for text in MANY]
    each = listed_rows(list(keys), rows, PAGE, [None] * 300)
    columns, calls = calls_of(lambda: ListedRows(keys, rows, PAGE).first(100))

    assert calls.total() < 10, calls
    assert list(keys) == local_keys(Department.HR, SourceName("hr"), MANY)
    assert list(columns) == each[:100]
    assert columns[99] == each[99]
    assert columns[:2] == each[:2]
    assert list(keys_of_rows(columns)) == keys_of_rows(each[:100])
    assert first_rows(columns, 100) is columns
    assert list(first_rows(columns, 7)) == first_rows(each, 7)


def test_listed_rows_stand_alone_at_their_places() -> None:
    listed = listed_rows([KEY], [("a", "b")], PAGE, ["g"])

    assert [(one.key, one.rows, one.page, one.group) for one in listed] == [
        (KEY, (("a", "b"),), PAGE, "g")
    ]
    assert type(listed[0].key) is LocalKey
