"""What a source must answer: the fake and every database and driver alike."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import pytest

from adapters.port import ReadOrder, SearchOrder, SourceReader, StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import KEY_SEPARATOR, CategoryCode, EntityKind, IndicatorName
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import UnknownCode
from domain.model.tally import Tally
from tests.contract import source_city as city
from tests.contract.source_kit import WAYS, Way, opened, recorded, run_sql, values_by_key
from tests.support.databases import DatabaseMaker, Kind

PERSON, UNIT = EntityKind.PERSON, EntityKind.UNIT
TODAY = date(2024, 5, 15)
Place = Callable[[Kind], str]

pytestmark = pytest.mark.slow


def _marked(way: Way) -> object:
    marks = [] if way.kind == "sqlite" else [getattr(pytest.mark, way.kind)]
    return pytest.param(way, marks=marks, id=str(way))


@pytest.fixture(scope="module")
def place(make_module_database: DatabaseMaker) -> Place:
    """The small department in a database of each kind, made when first asked for."""
    made: dict[Kind, str] = {}

    def url(kind: Kind) -> str:
        if kind not in made:
            made[kind] = make_module_database(kind)
            run_sql(made[kind], *city.TABLES, *city.ROWS)
        return made[kind]

    return url


@pytest.fixture(params=[_marked(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    """Every database and driver in turn."""
    found: Way = request.param
    return found


@pytest.fixture
async def people(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """The persons of the small department."""
    async with opened(way, place(way.kind), city.PEOPLE, tmp_path) as source:
        yield source


@pytest.fixture
async def units(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """Its units and pools."""
    async with opened(way, place(way.kind), city.UNITS, tmp_path) as source:
        yield source


@pytest.fixture
async def pairs(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """Persons with a key of two columns."""
    async with opened(way, place(way.kind), city.PAIRS, tmp_path) as source:
        yield source


@pytest.fixture
async def cased(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """Persons whose keys differ in case only."""
    async with opened(way, place(way.kind), city.CASED, tmp_path) as source:
        yield source


@pytest.fixture(params=["fake", *(_marked(way) for way in WAYS)])
async def reader(
    request: pytest.FixtureRequest, place: Place, tmp_path: Path
) -> AsyncIterator[SourceReader]:
    """The same persons in the fake and in every database."""
    if request.param == "fake":
        yield city.fake_source()
        return
    async with opened(request.param, place(request.param.kind), city.PEOPLE, tmp_path) as source:
        yield source


def _all(*keys: str, raw: bool = False) -> ReadOrder:
    rows = frozenset({city.EDU, city.PAY})
    return ReadOrder(PERSON, keys, city.EVERYTHING, rows, raw)


class TestTheContract:
    """For the fake and every database."""

    async def test_every_value_is_read_in_its_type(self, reader: SourceReader) -> None:
        facets = await reader.read(_all("P1", "P2", "P7"), Tally())

        wanted = {row.key: row for row in city.EXPECTED if row.key != "P4"}
        for facet in facets:
            assert facet is not None
            assert facet.values == wanted[facet.key.text].values
            assert facet.rows == wanted[facet.key.text].rows

    async def test_an_unknown_code_is_marked_and_kept(self, reader: SourceReader) -> None:
        (facet,) = await reader.read(ReadOrder(PERSON, ("P2",), frozenset({h.GENDER})), Tally())

        assert facet is not None
        assert isinstance(facet.values[h.GENDER], UnknownCode)
        assert facet.values[h.GENDER] == "怪"

    async def test_answers_stand_in_the_order_of_the_keys(self, reader: SourceReader) -> None:
        order = ReadOrder(PERSON, ("P7", "无", "P1", "P7"), frozenset({h.PERSON_NAME}))

        facets = await reader.read(order, Tally())

        assert [f and f.key.text for f in facets] == ["P7", None, "P1", "P7"]

    async def test_a_row_outside_the_live_rows_is_not_there(self, reader: SourceReader) -> None:
        assert await reader.read(_all("P3"), Tally()) == [None]

    async def test_only_what_is_asked_for_is_answered(self, reader: SourceReader) -> None:
        order = ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME, h.SCHOOL}))

        (facet,) = await reader.read(order, Tally())

        assert facet is not None
        assert set(facet.values) == {h.PERSON_NAME}
        assert [set(row.values) for row in facet.rows[city.EDU]] == [{h.SCHOOL}] * 3
        assert set(facet.rows) == {city.EDU}

    async def test_an_asked_category_without_rows_is_empty(self, reader: SourceReader) -> None:
        (facet,) = await reader.read(ReadOrder(PERSON, ("P7",), frozenset({h.SCHOOL})), Tally())

        assert facet is not None
        assert facet.values == {}
        assert facet.rows == {city.EDU: ()}

    async def test_an_indicator_that_is_not_mapped_is_left_out(self, reader: SourceReader) -> None:
        order = ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME, h.MOBILE_PHONE}))

        (facet,) = await reader.read(order, Tally())

        assert facet is not None
        assert set(facet.values) == {h.PERSON_NAME}

    async def test_of_two_rows_with_one_key_the_same_answers_always(
        self, reader: SourceReader
    ) -> None:
        """Also when something else is asked for: else the answer would be made of two persons."""
        for wanted in (h.PERSON_NAME, h.ID_NUMBER, h.GENDER):
            (facet,) = await reader.read(ReadOrder(PERSON, ("P4",), frozenset({wanted})), Tally())

            assert facet is not None
            assert facet.values[wanted] == city.EXPECTED[2].values[wanted]
            assert [t.values[wanted] for t in facet.twins] == [city.EXPECTED[3].values[wanted]]

    async def test_stored_texts_come_only_when_asked_for(self, reader: SourceReader) -> None:
        (without,) = await reader.read(_all("P1"), Tally())
        (with_raw,) = await reader.read(_all("P1", raw=True), Tally())

        assert without is not None
        assert with_raw is not None
        assert without.raws == {}
        assert with_raw.raws[h.GENDER] == "男"

    async def test_a_search_finds_all_spellings_in_key_order(self, reader: SourceReader) -> None:
        order = SearchOrder(PERSON, h.PERSON_NAME, ("张三", city.LONG_TEXT), frozenset({h.SCHOOL}))

        facets = await reader.search(order, Tally())

        assert [facet.key.text for facet in facets] == ["P1", "P2", "P7"]
        assert [len(facet.rows[city.EDU]) for facet in facets] == [3, 3, 0]

    async def test_a_search_by_what_is_not_mapped_finds_nothing(self, reader: SourceReader) -> None:
        order = SearchOrder(PERSON, h.MOBILE_PHONE, ("1",), frozenset({h.PERSON_NAME}))
        tally = Tally()

        assert await reader.search(order, tally) == []
        assert not tally.statements

    @pytest.mark.parametrize("batch", [1, 2, 100])
    async def test_a_stream_gives_every_key_once_and_in_order(
        self, reader: SourceReader, batch: int
    ) -> None:
        order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), batch=batch)

        batches = [part async for part in reader.stream(order, Tally())]

        facets = [facet for part in batches for facet in part]
        assert [facet.key.text for facet in facets] == ["P1", "P2", "P4", "P7"]
        assert [len(facet.twins) for facet in facets] == [0, 0, 1, 0]
        assert all(facet.rows == {} for facet in facets)

    async def test_a_stream_goes_on_behind_a_key(self, reader: SourceReader) -> None:
        order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), after="P2")

        keys = [f.key.text async for part in reader.stream(order, Tally()) for f in part]

        assert keys == ["P4", "P7"]

    async def test_every_read_is_counted(self, reader: SourceReader) -> None:
        tally = Tally()

        await reader.read(ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME})), tally)

        assert tally.statements == {"city": 1}

    async def test_the_description_names_what_is_mapped(self, reader: SourceReader) -> None:
        assert reader.description.places[PERSON].keys() >= city.EXPECTED[0].values.keys()
        assert h.MOBILE_PHONE not in reader.description.places[PERSON]


class TestKeys:
    """Traps of key columns."""

    @pytest.mark.parametrize("key", ["abc", "", "\x00", "1" * 30, "-", "7.0", " 7", "\ud800", "٧"])
    async def test_a_text_that_cannot_be_the_key_finds_nothing(
        self, units: SqlSource, key: str
    ) -> None:
        facets = await units.read(ReadOrder(UNIT, (key, "7"), frozenset({h.UNIT_NAME})), Tally())

        assert facets[0] is None
        assert facets[1] is not None

    @pytest.mark.parametrize("key", ["", "\x00", "x" * 5000, "\ud800", "P1" + KEY_SEPARATOR])
    async def test_neither_does_one_for_a_text_key(self, people: SqlSource, key: str) -> None:
        facets = await people.read(
            ReadOrder(PERSON, (key, "P1"), frozenset({h.PERSON_NAME})), Tally()
        )

        assert [f is None for f in facets] == [True, False]

    async def test_no_key_asks_nothing(self, people: SqlSource) -> None:
        tally = Tally()

        assert await people.read(_all(), tally) == []
        assert not tally.statements

    async def test_keys_that_differ_in_case_are_two_persons(self, cased: SqlSource) -> None:
        order = ReadOrder(PERSON, ("a1",), frozenset({h.PERSON_NAME, h.EDUCATION}))

        (facet,) = await cased.read(order, Tally())

        assert facet is not None
        assert facet.values[h.PERSON_NAME] == "小写"
        assert facet.twins == ()
        assert [row.values for row in facet.rows[city.EDU]] == [{h.EDUCATION: "21"}]

    async def test_both_get_their_own_rows(self, cased: SqlSource) -> None:
        for wanted in ({h.PERSON_NAME, h.EDUCATION}, {h.EDUCATION}):
            order = ReadOrder(PERSON, ("A1", "a1"), frozenset(wanted))

            found = values_by_key(await cased.read(order, Tally()))

            levels = {
                k: [r.values[h.EDUCATION] for r in f.rows[city.EDU]] for k, f in found.items()
            }
            assert levels == {"A1": ["14"], "a1": ["21"]}

    async def test_a_search_tells_upper_from_lower_case(self, cased: SqlSource) -> None:
        order = SearchOrder(PERSON, h.EMAIL, ("x",), frozenset({h.PERSON_NAME}))

        assert [facet.key.text for facet in await cased.search(order, Tally())] == ["a1"]

    @pytest.mark.parametrize("after", ["A1", "a1", None])
    async def test_a_stream_loses_neither(self, cased: SqlSource, after: str | None) -> None:
        order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), after=after, batch=1)

        keys = [f.key.text async for part in cased.stream(order, Tally()) for f in part]

        every = ["A1", "a1", "b2"]
        assert keys == every[every.index(after) + 1 if after else 0 :]

    async def test_whole_numbers_stream_in_their_own_order(self, units: SqlSource) -> None:
        order = StreamOrder(UNIT, frozenset({h.UNIT_NAME}), batch=1)

        keys = [f.key.text async for part in units.stream(order, Tally()) for f in part]

        assert keys == ["7", "10", "900"]

    async def test_a_key_of_two_columns(self, pairs: SqlSource) -> None:
        keys = tuple(KEY_SEPARATOR.join(parts) for parts in (("B", "1"), ("A", "1"), ("B", "2")))
        order = ReadOrder(PERSON, (*keys, "A"), frozenset({h.PERSON_NAME, h.EDUCATION}))

        first, second, *missing = await pairs.read(order, Tally())

        assert first is not None
        assert second is not None
        assert (first.values[h.PERSON_NAME], second.values[h.PERSON_NAME]) == ("乙一", "甲一")
        assert [row.values[h.EDUCATION] for row in second.rows[city.EDU]] == ["14", "21"]
        assert missing == [None, None]

    async def test_a_stream_goes_on_behind_two_columns(self, pairs: SqlSource) -> None:
        after = KEY_SEPARATOR.join(("A", "1"))
        order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), after=after)

        names = [
            f.values[h.PERSON_NAME] async for part in pairs.stream(order, Tally()) for f in part
        ]

        assert names == ["甲二", "乙一"]

    async def test_rows_without_a_key_are_skipped_and_counted(self, people: SqlSource) -> None:
        order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}))

        async for _ in people.stream(order, Tally()):
            pass

        assert people.session.statistics.faults["null_key"] == 1


class TestRows:
    """Child rows, joins and what is kept in several rows."""

    async def test_one_key_and_many_keys_get_the_same_rows(self, people: SqlSource) -> None:
        order = ReadOrder(PERSON, ("P1", "P2", "P4", "P7"), frozenset({h.SCHOOL}))

        together = await people.read(order, Tally())
        alone = [
            (await people.read(ReadOrder(PERSON, (key,), order.indicators), Tally()))[0]
            for key in order.keys
        ]

        assert [f and f.rows for f in together] == [f and f.rows for f in alone]

    async def test_twins_do_not_double_child_rows(self, people: SqlSource) -> None:
        (facet,) = await people.read(ReadOrder(PERSON, ("P4",), frozenset({h.SCHOOL})), Tally())

        assert facet is not None
        assert len(facet.rows[city.EDU]) == 1

    async def test_a_category_may_be_asked_for_without_an_indicator(
        self, people: SqlSource
    ) -> None:
        order = ReadOrder(PERSON, ("P1", "P3"), frozenset(), frozenset({city.PAY}))

        facet, dead = await people.read(order, Tally())

        assert facet is not None
        assert [row.extra for row in facet.rows[city.PAY]] == ["2024-03", "2024-01"]
        assert [row.values for row in facet.rows[city.PAY]] == [{}, {}]
        assert dead is None

    async def test_the_extra_key_may_be_a_date(self, units: SqlSource) -> None:
        order = ReadOrder(UNIT, ("7", "10"), frozenset({h.UNIT_SUCCESSION}))

        seven, ten = await units.read(order, Tally())

        assert seven is not None
        assert ten is not None
        rows = seven.rows[city.REL]
        assert [row.extra for row in rows] == [date(2001, 1, 1), date(2019, 3, 1)]
        assert [row.values[h.UNIT_SUCCESSION] for row in rows] == ["合并", "2"]
        assert [row.extra for row in ten.rows[city.REL]] == [None]

    async def test_a_value_of_several_rows(self, units: SqlSource) -> None:
        order = ReadOrder(UNIT, ("7", "10", "900"), frozenset({h.UNIT_OTHER_NAME}))

        seven, ten, other = await units.read(order, Tally())

        assert seven is not None
        assert ten is not None
        assert other is not None
        assert seven.values == {h.UNIT_OTHER_NAME: ("教育委员会", "体育局")}
        assert ten.values == other.values == {h.UNIT_OTHER_NAME: None}
        assert seven.rows == {}

    async def test_a_search_by_a_joined_column(self, people: SqlSource) -> None:
        order = SearchOrder(PERSON, h.INTERNAL_OFFICE, ("办公室",), frozenset({h.PERSON_NAME}))

        assert [f.key.text for f in await people.search(order, Tally())] == ["P1"]

    async def test_a_search_by_an_expression(self, people: SqlSource) -> None:
        spelling = ("it's 100%: x",)
        order = SearchOrder(PERSON, h.WORK_UNIT_CODE, spelling, frozenset({h.PERSON_NAME}))

        assert [f.key.text for f in await people.search(order, Tally())] == ["P2"]

    @pytest.mark.parametrize("spelling", ["", "\x00", "\ud800", "无此人"])
    async def test_a_spelling_that_cannot_be_finds_nothing(
        self, people: SqlSource, spelling: str
    ) -> None:
        order = SearchOrder(PERSON, h.PERSON_NAME, (spelling,), frozenset({h.PERSON_NAME}))

        assert await people.search(order, Tally()) == []

    async def test_a_search_by_a_date(self, people: SqlSource) -> None:
        order = SearchOrder(PERSON, h.BIRTH_DATE, ("1980-01-01", "x"), frozenset({h.PERSON_NAME}))

        assert [f.key.text for f in await people.search(order, Tally())] == ["P1"]


class TestCounts:
    """Pools, occupations, plans and the payroll."""

    async def test_pools_of_one_code_are_added_up(self, units: SqlSource) -> None:
        assert await units.pools(["7", "10", "x"], Tally()) == [
            PoolRow("10", "1", 4, None),
            PoolRow("7", "1", 20, 2),
            PoolRow("7", "2", None, 0),
            PoolRow("7", "31", 8, 1),
        ]

    async def test_an_occupation_counts_each_person_in_force_once(self, units: SqlSource) -> None:
        """a b c e f are in force today; d has ended today; g begins tomorrow; h holds two types of one code."""
        assert await units.occupied(["7"], TODAY, Tally()) == [
            OccupiedRow("7", "1", 5),
            OccupiedRow("7", "31", 1),
        ]

    async def test_an_occupation_without_a_beginning_is_not_in_force(
        self, units: SqlSource
    ) -> None:
        assert await units.occupied(["10"], TODAY, Tally()) == [OccupiedRow("10", "1", 1)]

    async def test_plans_in_force_are_summed(self, units: SqlSource) -> None:
        """Number 1 is valid until today, 2 and 4 for ever; 3 has ended yesterday."""
        assert await units.plans(["7", "10"], TODAY, Tally()) == [
            PlanRow("10", "1", 0),
            PlanRow("7", "1", 6),
        ]

    async def test_the_headcount_is_of_those_in_pay(self, people: SqlSource) -> None:
        assert await people.headcount(["D1", "X"], Tally()) == [
            HeadcountRow("D1", "1", 2),
            HeadcountRow("D1", "31", 1),
        ]

    async def test_what_is_not_kept_is_none_and_costs_nothing(
        self, people: SqlSource, units: SqlSource
    ) -> None:
        tally = Tally()

        assert await people.occupied(["7"], TODAY, tally) is None
        assert await people.plans(["7"], TODAY, tally) is None
        assert await people.pools(["7"], tally) == []
        assert await units.headcount(["7"], tally) is None
        assert not tally.statements

    async def test_each_question_costs_one_statement(self, units: SqlSource) -> None:
        tally = Tally()

        await units.pools(["7", "10"], tally)
        await units.occupied(["7", "10"], TODAY, tally)
        await units.plans(["7", "10"], TODAY, tally)
        await units.pools([], tally)

        assert tally.statements == {"city": 3}


class TestStatements:
    """What is sent."""

    @pytest.mark.parametrize(
        ("wanted", "statements"),
        [
            ({h.PERSON_NAME}, 1),
            ({h.PERSON_NAME, h.CONTACT_ADDRESS, h.INTERNAL_OFFICE}, 1),
            ({h.PERSON_NAME, h.SCHOOL}, 2),
            ({h.SCHOOL}, 1),
            ({h.SCHOOL, h.GROSS_PAY}, 2),
            ({h.MOBILE_PHONE}, 1),
        ],
    )
    async def test_one_for_the_entity_and_one_for_each_category(
        self, people: SqlSource, wanted: set[IndicatorName], statements: int
    ) -> None:
        tally = Tally()

        await people.read(ReadOrder(PERSON, ("P1", "P2"), frozenset(wanted)), tally)

        assert tally.statements == {"city": statements}

    async def test_an_entity_that_is_not_mapped_costs_nothing(self, people: SqlSource) -> None:
        tally = Tally()

        facets = await people.read(ReadOrder(UNIT, ("7",), frozenset({h.UNIT_NAME})), tally)
        found = [
            part async for part in people.stream(StreamOrder(UNIT, frozenset({h.UNIT_NAME})), tally)
        ]

        assert (facets, found) == ([None], [])
        assert not tally.statements

    async def test_only_asked_columns_are_read(self, people: SqlSource) -> None:
        with recorded(people) as statements:
            await people.read(
                ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME, h.SCHOOL})), Tally()
            )

        main, child = (sql for sql, _ in statements)
        for column in ("sfzh", "csrq", "bzlx", "ryzw", "djb", "gwgz"):
            assert column not in main
        assert "xl" not in child.replace("ryxl", "")

    async def test_sizes_of_key_lists_are_powers_of_two(self, pairs: SqlSource) -> None:
        names = frozenset({h.PERSON_NAME})
        with recorded(pairs) as statements:
            for size in (3, 4, 5, 7, 8):
                keys = tuple(f"A{KEY_SEPARATOR}{number}" for number in range(size))
                await pairs.read(ReadOrder(PERSON, keys, names), Tally())

        assert len({sql for sql, _ in statements}) == 2

    async def test_many_keys_go_in_several_statements(
        self, way: Way, place: Place, tmp_path: Path
    ) -> None:
        tally = Tally()
        keys = ("P1", "P2", "x", "P4", "P7")
        async with opened(way, place(way.kind), city.PEOPLE, tmp_path, max_keys=2) as source:
            facets = await source.read(
                ReadOrder(PERSON, keys, frozenset({h.PERSON_NAME, h.SCHOOL})), tally
            )

        assert [f and f.key.text for f in facets] == ["P1", "P2", None, "P4", "P7"]
        # SQLite is asked for each CHAR key with and without its padding.
        assert tally.statements == {"city": 2 * (5 if way.kind == "sqlite" else 3)}

    async def test_what_is_compiled_is_kept_and_bounded(self, people: SqlSource) -> None:
        plans = (await people.session.opened()).entities[PERSON]
        for kept in (plans.by_key, plans.by_value, plans.all_rows, plans.children.by_key):
            assert kept.cache_info().maxsize == 512  # type: ignore[attr-defined] # an LRU

    async def test_an_unknown_category_changes_nothing(self, people: SqlSource) -> None:
        order = ReadOrder(PERSON, ("P1",), frozenset(), frozenset({CategoryCode("FAM")}))

        (facet,) = await people.read(order, Tally())

        assert facet is not None
        assert (facet.values, facet.rows) == ({}, {})
