"""Usual stored values are shown without a call, and as if they had been read."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from types import SimpleNamespace
from typing import Any, Final, cast

import orjson
import pytest
from asyncpg.pgproto import pgproto
from graphql import GraphQLBoolean, GraphQLInt, GraphQLLeafType, GraphQLScalarType, GraphQLString
from hypothesis import given
from hypothesis import strategies as st

from adapters.mapping.convert import converter, remembered
from adapters.mapping.forms import form_of
from adapters.mapping.model import ColumnRule
from adapters.rows import told_cells
from adapters.session import Session
from adapters.sql.cells import Cell as SqlCell
from adapters.sql.cells import Cells as SqlCells
from adapters.stored import Form
from domain.catalogue import handles as h
from domain.catalogue.indicators import ValueType, catalogue
from domain.model.alike import Rows
from domain.model.keys import IndicatorName
from domain.model.records import UnknownCode, Value
from resolvers.planning import usual
from resolvers.planning.reasons import AnomalyError
from resolvers.planning.source import Source
from resolvers.planning.steps import InRow
from resolvers.planning.usual import MOST_FEW, Telling
from resolvers.planning.written import Cells, WrittenRows
from tests.support.counting import GENERATED, calls_of

DATE: Final = GraphQLScalarType("Date", lambda day: day.isoformat())
DECIMAL: Final = GraphQLScalarType("Decimal", str)
LEAVES: Final[dict[ValueType, GraphQLLeafType]] = {
    ValueType.STRING: GraphQLString,
    ValueType.CODE: GraphQLString,
    ValueType.BOOLEAN: GraphQLBoolean,
    ValueType.INT: GraphQLInt,
    ValueType.DATE: DATE,
    ValueType.DECIMAL: DECIMAL,
}
EVERY: Final = catalogue().indicators
WHOLE: Final = next(i.name for i in EVERY.values() if i.type is ValueType.INT)
SHARE: Final = next(
    i.name for i in EVERY.values() if i.type is ValueType.DECIMAL and not i.is_money
)
COLUMNS: Final[list[tuple[IndicatorName, ColumnRule]]] = [
    (h.PERSON_NAME, ColumnRule(0)),
    (h.PERSON_NAME, ColumnRule(0, empty=frozenset({"无"}))),
    (h.ID_NUMBER, ColumnRule(0)),
    (h.PAYROLL_FROM_MONTH, ColumnRule(0)),
    (h.PAYROLL_FROM_MONTH, ColumnRule(0, date="%Y%m")),
    (h.GENDER, ColumnRule(0, codes={"m": "1", "f": "2"})),
    (h.GENDER, ColumnRule(0, empty=frozenset({"0"}))),
    (h.BIRTH_DATE, ColumnRule(0)),
    (h.BIRTH_DATE, ColumnRule(0, date="%Y%m%d")),
    (h.OCCUPIES_ESTABLISHMENT, ColumnRule(0)),
    (WHOLE, ColumnRule(0)),
    (WHOLE, ColumnRule(0, divide=Decimal(100))),
    (h.POST_WAGE_STANDARD, ColumnRule(0)),
    (h.POST_WAGE_STANDARD, ColumnRule(0, divide=Decimal(100))),
    (SHARE, ColumnRule(0)),
]
TEXTS: Final = st.one_of(
    st.sampled_from(
        ["", " ", "王 芳", " 王芳 ", "x\ufffd", "无", "1", "2", "m", "f", "x", "true", "0", "否"]
    ),
    st.sampled_from(["20190208", "20190230", "2019-02-08", "00000000", "201902", "2019-02"]),
    st.sampled_from(["37068219800101123x", "1.5", "1.50", "-0", "2147483648", "1e3", "12 "]),
    st.text(max_size=3),
)
NUMBERS: Final = st.one_of(
    st.sampled_from([0, 1, 2, 201902, 20190208, 2**31 - 1, 2**31, -(2**31), 1 - 2**31]),
    st.sampled_from([Decimal(text) for text in ("NaN", "Infinity", "1E+2", "0.10", "-0.00")]),
    st.sampled_from([Decimal("1E-7"), Decimal("12345678901234567890123.25"), Decimal("1.005")]),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
INSTANT: Final = datetime(2019, 2, 8, 9, 30)  # noqa: DTZ001 - as drivers give them
DAYS: Final = st.one_of(
    st.sampled_from([date.min, date.max, INSTANT]),
    st.sampled_from([pgproto.infinity_date, pgproto.negative_infinity_date]),
    st.dates(),
    st.datetimes(),
)
STORED: Final = st.one_of(
    st.none(), st.booleans(), TEXTS, NUMBERS, DAYS, st.binary(max_size=3), st.lists(TEXTS)
)


class Column:
    """One column of a source, its faults counted, and the field that shows it."""

    def __init__(
        self, name: IndicatorName, rule: ColumnRule, mask: Callable[[Any], Any] | None = None
    ) -> None:
        self.faults = 0
        indicator = EVERY[name]
        read = SqlCell(name, 0, converter(rule, indicator), form_of(rule, indicator))
        self.cell = told_cells(cast("Session", self), SqlCells((read,), {}))[name]
        self._source, kind = Source(), LEAVES[indicator.type]
        show = self._show(kind, mask)
        leaf = None if mask else kind.name
        telling, places = Telling(self._source, name, show, leaf), {name: InRow(0, self.cell)}
        self._column, told = telling.column(places, b"before "), telling(places)
        shape = self._source.function("v0", [f"return {told}"])
        self.shown: Callable[[Any], Any] = self._source.namespace[shape]
        plain = self._source.function("o", [f"return {show('o')}"])
        self._plain = self._source.namespace[plain]

    def _show(self, kind: GraphQLLeafType, mask: Callable[[Any], Any] | None) -> Any:  # noqa: ANN401
        if mask is None:
            return lambda value: self._source.leaf(kind, value)
        held = self._source.hold("m", mask)
        return lambda value: self._source.leaf(kind, f"{held}({value})")

    def note_fault(self, _kind: str, count: int) -> None:
        self.faults += count

    def read(self, rows: Iterable[object]) -> list[object]:
        """Each value read and shown, or what that raises."""
        return self._each(rows, lambda stored: self._plain(self.cell.read(stored)))

    def told(self, rows: Iterable[object]) -> list[object]:
        """What the generated field shows."""
        return self._each(rows, lambda stored: self.shown((stored,)))

    def written(self, rows: Sequence[object]) -> tuple[list[bytes], int] | None:
        """The JSON of all together, and how many faults; None where one cannot be shown."""
        cells = Cells([], {0: [(stored,) for stored in rows]})
        own = self._column.before
        try:
            return [own + one for one in self._column.written(cells)], self._taken()
        except Exception:  # noqa: BLE001 - whatever it is, each of them must raise something
            self._taken()
            return None

    def each_written(self, rows: Sequence[object]) -> tuple[list[bytes], int] | None:
        """The same of each by itself."""
        try:
            found = [b"before " + orjson.dumps(self.shown((stored,))) for stored in rows]
        except Exception:  # noqa: BLE001 - as above
            self._taken()
            return None
        return found, self._taken()

    def _each(self, rows: Iterable[object], work: Callable[[object], object]) -> list[object]:
        return [self._tried(work, stored) for stored in rows] + [self._taken()]

    def _tried(self, work: Callable[[object], object], stored: object) -> object:
        try:
            found = work(stored)
        except Exception as error:  # noqa: BLE001 - whatever it is, both must raise it
            return type(error)
        return type(found), str(found)

    def _taken(self) -> int:
        faults, self.faults = self.faults, 0
        return faults


@given(st.sampled_from(COLUMNS), st.lists(STORED, max_size=6))
def test_what_is_told_is_what_reading_shows(
    column: tuple[IndicatorName, ColumnRule], rows: list[object]
) -> None:
    mine = Column(*column)

    assert mine.told([*rows, *rows]) == mine.read([*rows, *rows])


# Columns of one kind of values, with gaps: what is usual is told at once.
OF_ONE_KIND: Final = st.sampled_from(
    [TEXTS, NUMBERS, DAYS, STORED, st.sampled_from(["王芳", "1", "m"]), st.dates()]
).flatmap(lambda kind: st.lists(st.none() | kind, min_size=1) | st.lists(kind, min_size=1))


@given(st.sampled_from(COLUMNS), OF_ONE_KIND)
def test_a_column_is_written_as_each_of_its_values_is_told(
    column: tuple[IndicatorName, ColumnRule], rows: list[object]
) -> None:
    mine = Column(*column)

    for _ in range(2):  # What is kept the second time is what was told the first.
        assert mine.written(rows) == mine.each_written(rows)


@given(OF_ONE_KIND)
def test_a_masked_column_is_written_as_each_of_its_values_is_told(rows: list[object]) -> None:
    for name in (h.PERSON_NAME, h.BIRTH_DATE, h.GENDER):
        mine = Column(name, ColumnRule(0), lambda value: None if value is None else f"*{value}")

        assert mine.written(rows) == mine.each_written(rows)


@pytest.mark.parametrize(
    "stored",
    ['a"b', '","', "\n", '",\n  "', "a\\", "\x7f\u2028", "\U0001f600", ",\n  null"],
)
def test_no_text_is_taken_for_two(stored: str) -> None:
    mine = Column(h.PERSON_NAME, ColumnRule(0))

    for rows in ([f"x{stored}x"] * 3, [f"x{stored}x", None, "y"]):
        assert mine.written(rows) == mine.each_written(rows)


@given(st.lists(st.none() | st.sampled_from(["王芳", "x"]), min_size=1, max_size=4))
def test_what_nobody_holds_is_written_for_all(rows: list[object]) -> None:
    nobody = Telling(Source(), h.PERSON_NAME, lambda value: value, None)

    written = nobody.column({h.PERSON_NAME: None}, b"").written(Cells([], {0: rows}))

    assert list(islice(written, len(rows))) == [b"null"] * len(rows)


@given(st.lists(STORED, max_size=6))
def test_what_a_mask_leaves_is_told_of_usual_values_too(rows: list[object]) -> None:
    for name in (h.PERSON_NAME, h.BIRTH_DATE, h.GENDER):
        mine = Column(name, ColumnRule(0), lambda value: None if value is None else f"*{value}")

        assert mine.told([*rows, *rows]) == mine.read([*rows, *rows])


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (h.PERSON_NAME, "王芳"),
        (h.GENDER, "1"),
        (h.BIRTH_DATE, date(1980, 1, 2)),
        (h.OCCUPIES_ESTABLISHMENT, "是"),
        (h.PAYROLL_FROM_MONTH, 201902),
        (h.POST_WAGE_STANDARD, Decimal("1234.50")),
        (WHOLE, 12),
        (h.PERSON_NAME, None),
        (h.BIRTH_DATE, None),
    ],
)
def test_usual_values_are_written_without_a_call_for_each(
    name: IndicatorName, stored: object
) -> None:
    rule = ColumnRule(0, date="%Y%m") if name == h.PAYROLL_FROM_MONTH else ColumnRule(0)
    mine = Column(name, rule)
    mine.written([stored])

    found, calls = calls_of(lambda: mine.written([stored, None] * 100))

    assert found == mine.each_written([stored, None] * 100)
    assert calls.total() < 20, calls


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (h.PERSON_NAME, "王芳"),
        (h.GENDER, "1"),
        (h.BIRTH_DATE, date(1980, 1, 2)),
        (h.OCCUPIES_ESTABLISHMENT, "是"),
        (h.PAYROLL_FROM_MONTH, 201902),
        (h.POST_WAGE_STANDARD, Decimal("1234.50")),
        (WHOLE, 12),
        (h.PERSON_NAME, None),
        (h.BIRTH_DATE, None),
    ],
)
def test_usual_values_cost_no_call_each(name: IndicatorName, stored: object) -> None:
    rule = ColumnRule(0, date="%Y%m") if name == h.PAYROLL_FROM_MONTH else ColumnRule(0)
    mine, rows = Column(name, rule), [(stored,)] * 100
    mine.shown(rows[0])

    _, calls = calls_of(lambda: [mine.shown(row) for row in rows])

    assert calls.pop(GENERATED) == 100
    assert calls.total() < 10, calls


def test_a_fault_is_counted_each_time() -> None:
    mine = Column(h.BIRTH_DATE, ColumnRule(0))
    yes = Column(h.OCCUPIES_ESTABLISHMENT, ColumnRule(0))

    assert mine.told(["30.2."] * 3)[-1] == 3
    assert yes.told(["maybe"] * 3)[-1] == 3


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[usual.Few]:
    """All that remembers values, of the columns that are made from now on."""
    found: list[usual.Few] = []
    made = usual.Few.__init__

    def noted(self: usual.Few, *given: Any) -> None:  # noqa: ANN401
        made(self, *given)
        found.append(self)

    monkeypatch.setattr(usual.Few, "__init__", noted)
    return found


def test_only_so_many_values_are_remembered(kept: list[usual.Few]) -> None:
    mine = Column(h.GENDER, ColumnRule(0))

    shown = [mine.shown((f"1{' ' * i}",)) for i in range(2 * MOST_FEW)]

    assert shown == ["1"] * 2 * MOST_FEW
    assert sorted(map(len, kept)) == [1, MOST_FEW]  # Of those that are written: nothing is null.


@pytest.mark.parametrize("mask", [None, lambda _: "*"], ids=["clear", "masked"])
def test_what_is_no_code_is_told_and_never_remembered(
    kept: list[usual.Few], mask: Callable[[Any], Any] | None
) -> None:
    mine, written = "张三 13800001234", ["1", "张三 13800001234", "2"] * 4
    column = Column(h.NATIVE_PLACE, ColumnRule(0), mask)

    shown = [column.shown((mine,)) for _ in range(3)]
    column.written(written)

    assert shown == [mine if mask is None else "*"] * 3
    assert kept
    assert not any(mine in each for each in kept)


def test_words_that_are_no_code_are_read_each_time() -> None:
    read: list[object] = []

    def code(stored: object) -> Value:
        read.append(stored)
        return "1" if stored == "男" else UnknownCode(str(stored))

    words = remembered(code)

    assert [words(each) for each in ("男", "男", "x", "x")] == ["1", "1", "x", "x"]
    assert read == ["男", "x", "x"]


def test_half_a_character_in_all_of_them_leaves_the_plan() -> None:
    column = Column(h.PERSON_NAME, ColumnRule(0))
    shape = WrittenRows([column._column], b"}")
    eight = SimpleNamespace(ids=["n"] * 8, size=8)

    with pytest.raises(AnomalyError):
        shape(cast("Rows", eight), (), (), {0: [("x\udc80",)] * 8})


def test_a_mask_stands_before_what_is_remembered() -> None:
    mine = Column(h.GENDER, ColumnRule(0), lambda value: "*" if value else None)

    assert mine.cell.form is Form.FEW
    assert [mine.shown((stored,)) for stored in ("1", "1", "2", None)] == ["*", "*", "*", None]
