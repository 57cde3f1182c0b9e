"""Bad data in real databases: null, the stored text kept, counted, and the source stays up."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from adapters.figures import SourceState
from adapters.port import ReadOrder, SearchOrder, StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import EntityKind, IndicatorName
from domain.model.records import Facet
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, Way, opened, run_sql
from tests.support.databases import DatabaseMaker, DatabaseServer, Kind

PERSON = EntityKind.PERSON
MAPPING = """
format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
birthDate = "rq"
workStartDate = { column = "wb", date = "%Y%m%d" }
postWageStandard = "qian"
serviceGapMonths = "shu"
"""
TABLE = """CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm {text}, rq {date}, wb VARCHAR(20),
           qian {money}, shu {number})"""
TYPES = {"text": "VARCHAR(50)", "date": "DATE", "money": "DECIMAL(14,3)", "number": "BIGINT"}
ALL = frozenset(
    {h.PERSON_NAME, h.BIRTH_DATE, h.WORK_START_DATE, h.POST_WAGE_STANDARD, h.SERVICE_GAP_MONTHS}
)

pytestmark = pytest.mark.slow


def ways(*kinds: Kind) -> pytest.MarkDecorator:
    """Every driver of these kinds of database."""
    return pytest.mark.parametrize(
        "way",
        [
            pytest.param(
                way,
                marks=[] if way.kind == "sqlite" else getattr(pytest.mark, way.kind),
                id=str(way),
            )
            for way in WAYS
            if way.kind in kinds
        ],
    )


every_way = ways("sqlite", "postgresql", "mariadb")


def _table(url: str, *inserts: str, **types: str) -> None:
    run_sql(url, TABLE.format(**{**TYPES, **types}), *inserts)


async def _read(source: SqlSource, key: str) -> Facet:
    (facet,) = await source.read(ReadOrder(PERSON, (key,), ALL, raw=True), Tally())
    assert facet is not None
    return facet


def _is_kept(facet: Facet, name: IndicatorName, text: str, source: SqlSource) -> bool:
    """The value is null, its text is kept, one fault is counted, the source is up."""
    assert facet.values[name] is None
    assert facet.raws[name] == text
    assert source.session.statistics.faults["bad_value"] == 1
    return source.session.statistics.state is SourceState.UP


@ways("mariadb")
async def test_a_zero_date_is_no_value(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("mariadb")
    _table(url)
    run_sql(url, "SET SESSION sql_mode = ''", "INSERT INTO ry (k, rq) VALUES ('a', '0000-00-00')")

    async with opened(way, url, MAPPING, tmp_path) as source:
        facet = await _read(source, "a")

        assert facet.values[h.BIRTH_DATE] is None
        assert source.session.statistics.faults["bad_value"] == 0


@ways("mariadb")
async def test_a_day_that_is_none_in_a_date_column(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("mariadb")
    insert = "INSERT INTO ry (k, rq) VALUES ('a', '2019-02-30')"
    _table(url)
    run_sql(url, "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'", insert)

    async with opened(way, url, MAPPING, tmp_path) as source:
        facet = await _read(source, "a")

        assert _is_kept(facet, h.BIRTH_DATE, "2019-02-30", source)


@ways("postgresql")
@pytest.mark.parametrize("stored", ["0044-03-15 BC", "12000-01-01"])
async def test_a_day_python_does_not_know(
    way: Way, stored: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("postgresql")
    _table(url, f"INSERT INTO ry (k, rq) VALUES ('a', '{stored}'), ('b', '2000-01-01')")

    async with opened(way, url, MAPPING, tmp_path) as source:
        facets = await source.read(ReadOrder(PERSON, ("a", "b"), ALL), Tally())
        found = [f async for part in source.stream(StreamOrder(PERSON, ALL), Tally()) for f in part]

        for first, second in (facets, found):
            assert first is not None
            assert second is not None
            assert first.values[h.BIRTH_DATE] is None
            assert second.values[h.BIRTH_DATE] == date(2000, 1, 1)
        assert source.session.statistics.state is SourceState.UP


@ways("postgresql")
@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ"])
@pytest.mark.parametrize("stored", ["infinity", "-infinity"])
async def test_an_endless_date_is_no_day_but_the_last_one_is(
    way: Way, kind: str, stored: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("postgresql")
    rows = f"('a', '{stored}'), ('b', '9999-12-31')"
    _table(url, f"INSERT INTO ry (k, rq) VALUES {rows}", date=kind)

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert (await _read(source, "b")).values[h.BIRTH_DATE] == date.max
        assert _is_kept(await _read(source, "a"), h.BIRTH_DATE, stored, source)


@every_way
@pytest.mark.parametrize("text", ["20190230", "2019", "x", "２０１９０２２８x"])
async def test_a_text_that_is_no_day(
    way: Way, text: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    _table(url, f"INSERT INTO ry (k, wb) VALUES ('a', '{text}')")

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert _is_kept(await _read(source, "a"), h.WORK_START_DATE, text, source)


@every_way
@pytest.mark.parametrize("text", ["", "  ", "00000000", "0000-00-00"])
async def test_a_text_that_means_no_day(
    way: Way, text: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    _table(url, f"INSERT INTO ry (k, wb) VALUES ('a', '{text}')")

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert (await _read(source, "a")).values[h.WORK_START_DATE] is None
        assert source.session.statistics.faults["bad_value"] == 0


def _with_wrong_bytes(
    way: Way, make_database: DatabaseMaker, server: Callable[[Kind], DatabaseServer]
) -> str:
    """A database with the bytes FF 41 as the name of `a`, and a sound name for `b`."""
    if way.kind == "postgresql":
        url = _ascii_database(make_database, server)
        _table(url, "INSERT INTO ry (k) VALUES ('a')")
        run_sql(url, "UPDATE ry SET xm = E'\\xffA'")
    elif way.kind == "mariadb":
        url = make_database("mariadb")
        _table(url, "INSERT INTO ry (k, xm) VALUES ('a', X'ff41')", text="VARBINARY(50)")
    else:
        url = make_database("sqlite")
        _table(url, "INSERT INTO ry (k, xm) VALUES ('a', CAST(X'ff41' AS TEXT))")
    run_sql(url, "INSERT INTO ry (k, xm) VALUES ('b', '编制')")
    return url


def _ascii_database(make_database: DatabaseMaker, server: Callable[[Kind], DatabaseServer]) -> str:
    """The empty database made again without an encoding, under the same name."""
    url = make_database("postgresql")
    name = make_url(url).database
    run_sql(
        server("postgresql").base_url,
        f"DROP DATABASE {name}",
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' "
        "LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    return url


@every_way
async def test_wrong_bytes(
    way: Way,
    make_database: DatabaseMaker,
    database_server: Callable[[Kind], DatabaseServer],
    tmp_path: Path,
) -> None:
    url = _with_wrong_bytes(way, make_database, database_server)

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert _is_kept(await _read(source, "a"), h.PERSON_NAME, "\ufffdA", source)
        assert (await _read(source, "b")).values[h.PERSON_NAME] == "编制"
        order = SearchOrder(PERSON, h.PERSON_NAME, ("编制",), frozenset({h.PERSON_NAME}))
        assert [f.key.text for f in await source.search(order, Tally())] == ["b"]
        stream = source.stream(StreamOrder(PERSON, frozenset({h.PERSON_NAME})), Tally())
        found = [facet.values[h.PERSON_NAME] async for part in stream for facet in part]
        assert found == [None, "编制"]


@ways("postgresql")
async def test_bytes_where_a_text_is_expected(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("postgresql")
    _table(url, "INSERT INTO ry (k, xm) VALUES ('a', '\\xff41')", text="BYTEA")

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert _is_kept(await _read(source, "a"), h.PERSON_NAME, "\ufffdA", source)


@ways("mariadb")
async def test_another_character_set_is_no_wrong_byte(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("mariadb")
    insert = "INSERT INTO ry (k, xm) VALUES ('a', '张三')"
    _table(url, insert, text="VARCHAR(50) CHARACTER SET gbk")

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert (await _read(source, "a")).values[h.PERSON_NAME] == "张三"
        order = SearchOrder(PERSON, h.PERSON_NAME, ("张三", "𠮷"), frozenset({h.PERSON_NAME}))
        assert len(await source.search(order, Tally())) == 1


@every_way
@pytest.mark.parametrize(
    ("stored", "value"),
    [("1.005", "1.005"), ("1.5", "1.50"), ("7", "7.00"), ("-0.010", "-0.01"), ("0", "0.00")],
)
async def test_money_has_two_decimals_and_keeps_a_third(
    way: Way, stored: str, value: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    _table(url, f"INSERT INTO ry (k, qian) VALUES ('a', {stored})")

    async with opened(way, url, MAPPING, tmp_path) as source:
        found = (await _read(source, "a")).values[h.POST_WAGE_STANDARD]

        assert isinstance(found, Decimal)
        assert str(found) == value


@every_way
async def test_a_number_beyond_32_bits(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    _table(url, "INSERT INTO ry (k, shu) VALUES ('a', 2147483648), ('b', 2147483647)")

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert _is_kept(await _read(source, "a"), h.SERVICE_GAP_MONTHS, "2147483648", source)
        assert (await _read(source, "b")).values[h.SERVICE_GAP_MONTHS] == 2**31 - 1


@every_way
@pytest.mark.parametrize("stored", ["NaN", "Infinity", "-Infinity", "1e400", "1_000", "1,5"])
async def test_a_text_that_is_no_number(
    way: Way, stored: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    _table(url, f"INSERT INTO ry (k, qian) VALUES ('a', '{stored}')", money="VARCHAR(20)")

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert _is_kept(await _read(source, "a"), h.POST_WAGE_STANDARD, stored, source)


@ways("postgresql")
@pytest.mark.parametrize("kind", ["DOUBLE PRECISION", "NUMERIC"])
async def test_not_a_number_of_the_database(
    way: Way, kind: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("postgresql")
    _table(url, "INSERT INTO ry (k, qian) VALUES ('a', 'NaN')", money=kind)

    async with opened(way, url, MAPPING, tmp_path) as source:
        facet = await _read(source, "a")

        assert _is_kept(facet, h.POST_WAGE_STANDARD, facet.raws[h.POST_WAGE_STANDARD], source)


@every_way
async def test_a_floating_number_says_what_was_written(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    _table(url, "INSERT INTO ry (k, qian) VALUES ('a', 0.1)", money="DOUBLE PRECISION")

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert (await _read(source, "a")).values[h.POST_WAGE_STANDARD] == Decimal("0.10")


@every_way
async def test_empty_tables(way: Way, make_database: DatabaseMaker, tmp_path: Path) -> None:
    url = make_database(way.kind)
    _table(url)

    async with opened(way, url, MAPPING, tmp_path) as source:
        assert await source.read(ReadOrder(PERSON, ("a",), ALL), Tally()) == [None]
        assert [part async for part in source.stream(StreamOrder(PERSON, ALL), Tally())] == []
        assert await source.search(SearchOrder(PERSON, h.PERSON_NAME, ("x",), ALL), Tally()) == []


@every_way
async def test_a_view_may_be_mapped(way: Way, make_database: DatabaseMaker, tmp_path: Path) -> None:
    url = make_database(way.kind)
    _table(url, "INSERT INTO ry (k, xm, shu) VALUES ('a', '张三', 3)")
    run_sql(url, "CREATE VIEW st AS SELECT * FROM ry")

    async with opened(way, url, MAPPING.replace('"ry"', '"st"'), tmp_path) as source:
        assert (await _read(source, "a")).values[h.PERSON_NAME] == "张三"


@ways("postgresql")
async def test_keys_of_type_uuid(way: Way, make_database: DatabaseMaker, tmp_path: Path) -> None:
    url = make_database("postgresql")
    known = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    run_sql(
        url,
        "CREATE TABLE ry (k UUID PRIMARY KEY, xm VARCHAR(9))",
        f"INSERT INTO ry VALUES ('{known}', '张三')",
    )
    mapping = MAPPING[: MAPPING.index(h.BIRTH_DATE)]
    names = frozenset({h.PERSON_NAME})

    async with opened(way, url, mapping, tmp_path) as source:
        order = ReadOrder(PERSON, ("abc", known, known.upper(), known[:-1]), names)
        facets = await source.read(order, Tally())
        stream = source.stream(StreamOrder(PERSON, names), Tally())
        keys = [facet.key.text async for part in stream for facet in part]

        assert [facet and facet.values for facet in facets] == [
            None,
            {h.PERSON_NAME: "张三"},
            None,
            None,
        ]
        assert keys == [known]


@ways("mariadb")
async def test_a_bit_means_yes_or_no(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("mariadb")
    run_sql(
        url,
        "CREATE TABLE ry (k VARCHAR(9) PRIMARY KEY, xds BIT(1))",
        "INSERT INTO ry VALUES ('a', b'1'), ('b', b'0')",
    )
    mapping = MAPPING[: MAPPING.index(h.PERSON_NAME)] + 'isSelectedGraduate = "xds"'
    order = ReadOrder(PERSON, ("a", "b"), frozenset({h.IS_SELECTED_GRADUATE}))

    async with opened(way, url, mapping, tmp_path) as source:
        facets = await source.read(order, Tally())

        assert [f and f.values[h.IS_SELECTED_GRADUATE] for f in facets] == [True, False]


@ways("mariadb")
async def test_a_read_sees_what_another_session_has_just_committed(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("mariadb")
    _table(url, "INSERT INTO ry (k, xm) VALUES ('a', '旧')")

    async with opened(way, url, MAPPING, tmp_path, max_connections=1) as source:
        before = (await _read(source, "a")).values[h.PERSON_NAME]
        run_sql(url, "UPDATE ry SET xm = '新'")
        after = (await _read(source, "a")).values[h.PERSON_NAME]

        assert (before, after) == ("旧", "新")
