"""A schema that changes while it is served: the part that does not fit is out, the rest goes on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapters.checking.problems import Severity
from adapters.checking.source import Place, check_source
from adapters.figures import SourceState
from adapters.options import SourceOptions
from adapters.port import ReadOrder, SearchOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.errors import SourceInvalidError
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, SourceName
from domain.model.records import Facet
from domain.model.tally import Tally
from tests.contract.source_kit import Way, marked, opened, run_beside, run_sql
from tests.support.databases import DatabaseMaker

WAYS = (Way("sqlite"), Way("postgresql"), Way("mariadb"))
PERSON, EDU = EntityKind.PERSON, CategoryCode("EDU")
MAPPING = """format = 1
[person]
table = "ry"
key = "k"
[person.join.zw]
table = "zw"
on = { k = "k" }
[person.indicators]
personName = "xm"
idNumber = "sfz"
birthDate = { column = "csrq", date = "%Y%m%d" }
internalOffice = "zw.ks"
[person.rows.EDU]
table = "xl"
on = { k = "k" }
[person.rows.EDU.indicators]
school = "xx"
major = "zy"
[pool]
table = "bz"
[pool.columns]
unit = "dw"
type = "lx"
approved = "n"
"""
TABLES = (
    "CREATE TABLE ry (k VARCHAR(9) PRIMARY KEY, xm VARCHAR(9), sfz VARCHAR(18), csrq VARCHAR(8))",
    "CREATE TABLE zw (k VARCHAR(9) PRIMARY KEY, ks VARCHAR(9))",
    "CREATE TABLE xl (k VARCHAR(9), xx VARCHAR(9), zy VARCHAR(9))",
    "CREATE TABLE bz (dw VARCHAR(9), lx VARCHAR(2), n INTEGER)",
    "INSERT INTO ry VALUES ('k1', '张三', 'n1', '19800101')",
    "INSERT INTO zw VALUES ('k1', '办公室')",
    "INSERT INTO xl VALUES ('k1', '甲大学', '数学')",
    "INSERT INTO bz VALUES ('u1', '1', 5)",
)


@pytest.fixture(params=[marked(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def url(way: Way, make_database: DatabaseMaker) -> str:
    url = make_database(way.kind)
    run_sql(url, *TABLES)
    return url


@pytest.fixture
async def source(way: Way, url: str, tmp_path: Path) -> AsyncIterator[SqlSource]:
    async with opened(way, url, MAPPING, tmp_path, watch_after=0.0) as source:
        yield source


async def read(source: SqlSource, *names: IndicatorName, rows: bool = False) -> Facet | None:
    kept = frozenset({EDU}) if rows else frozenset[CategoryCode]()
    return (await source.read(ReadOrder(PERSON, ("k1",), frozenset(names), kept), Tally()))[0]


async def refused(source: SqlSource, *names: IndicatorName) -> None:
    with pytest.raises(SourceInvalidError, match="does not fit the mapping"):
        await read(source, *names)


async def until_noticed(source: SqlSource, *names: IndicatorName) -> None:
    """Asks for what is still there until the source has looked at its schema again."""
    async with asyncio.timeout(10):
        while source.statistics.state is not SourceState.DEGRADED:
            await read(source, *names)
            await asyncio.sleep(0.02)


def texts(source: SqlSource) -> list[str]:
    return [f"{each.line}: {each.message}" for each in source.findings]


async def test_a_column_that_vanishes_takes_out_what_needs_it_alone(
    source: SqlSource, url: str
) -> None:
    await read(source, h.PERSON_NAME)
    await run_beside(url, "ALTER TABLE ry DROP COLUMN xm")

    await refused(source, h.PERSON_NAME, h.ID_NUMBER)

    left = await read(source, h.ID_NUMBER, h.INTERNAL_OFFICE, h.SCHOOL, rows=True)
    assert left is not None
    assert left.values == {h.ID_NUMBER: "N1", h.INTERNAL_OFFICE: "办公室"}
    assert left.rows[EDU][0].values == {h.SCHOOL: "甲大学"}
    assert texts(source) == ["9: table ry has no column 'xm'"]
    assert source.statistics.state is SourceState.DEGRADED
    assert (await source.pools(["u1"], Tally()))[0].approved == 5
    await refused(source, h.PERSON_NAME)


async def test_it_is_noticed_before_anybody_asks_and_forgotten_when_it_comes_back(
    source: SqlSource, url: str
) -> None:
    await read(source, h.PERSON_NAME)
    await run_beside(url, "ALTER TABLE ry DROP COLUMN xm")
    await until_noticed(source, h.ID_NUMBER)
    assert texts(source) == ["9: table ry has no column 'xm'"]

    await run_beside(url, "ALTER TABLE ry ADD xm VARCHAR(9)", "UPDATE ry SET xm = '李四'")

    facet = await read(source, h.PERSON_NAME)
    assert facet is not None
    assert facet.values == {h.PERSON_NAME: "李四"}
    assert source.statistics.state is SourceState.UP
    assert source.findings == ()


@pytest.mark.parametrize(
    ("change", "lost", "left"),
    [
        ("DROP TABLE zw", h.INTERNAL_OFFICE, h.PERSON_NAME),
        ("DROP TABLE xl", h.SCHOOL, h.PERSON_NAME),
        ("ALTER TABLE xl DROP COLUMN zy", h.MAJOR, h.SCHOOL),
        ("ALTER TABLE xl DROP COLUMN k", h.SCHOOL, h.PERSON_NAME),
    ],
)
async def test_a_join_and_child_tables_are_lost_by_themselves(
    source: SqlSource, url: str, change: str, lost: IndicatorName, left: IndicatorName
) -> None:
    await read(source, lost, left)
    await run_beside(url, change)

    with pytest.raises(SourceInvalidError):
        await read(source, lost)

    assert await read(source, left) is not None
    await refused(source, lost, left)
    assert source.findings


async def test_a_pool_table_that_is_gone_leaves_the_persons(source: SqlSource, url: str) -> None:
    await source.pools(["u1"], Tally())
    await run_beside(url, "ALTER TABLE bz DROP COLUMN n")

    with pytest.raises(SourceInvalidError):
        await source.pools(["u1"], Tally())

    assert await read(source, h.PERSON_NAME) is not None
    with pytest.raises(SourceInvalidError):
        await source.pools(["u1"], Tally())


async def test_a_table_of_persons_that_is_gone_leaves_the_pools(
    source: SqlSource, url: str
) -> None:
    await read(source, h.PERSON_NAME)
    await run_beside(url, "DROP TABLE ry")

    with pytest.raises(SourceInvalidError):
        await read(source, h.PERSON_NAME)

    assert (await source.pools(["u1"], Tally()))[0].approved == 5
    order = SearchOrder(PERSON, h.ID_NUMBER, ("n1",), frozenset({h.ID_NUMBER}))
    with pytest.raises(SourceInvalidError):
        await source.search(order, Tally())


async def test_a_type_that_no_longer_fits_is_lost_and_check_says_the_same(
    way: Way, source: SqlSource, url: str, tmp_path: Path
) -> None:
    if way.kind == "sqlite":
        pytest.skip("SQLite's types promise nothing")
    await read(source, h.BIRTH_DATE)
    using = " USING to_date(csrq, 'YYYYMMDD')" if way.kind == "postgresql" else ""
    change = "ALTER COLUMN csrq TYPE DATE" if using else "MODIFY csrq DATE"
    await run_beside(url, f"ALTER TABLE ry {change}{using}")

    await until_noticed(source, h.PERSON_NAME)
    await refused(source, h.BIRTH_DATE)

    assert await read(source, h.PERSON_NAME) is not None
    options = SourceOptions(
        SourceName("hr"), Department.HR, make_url(url), tmp_path / "mapping.toml"
    )
    found = await check_source(options, Place("city.toml", 1))
    errors = [
        f"{p.finding.line}: {p.finding.message}" for p in found if p.severity is Severity.ERROR
    ]
    wrong = "11: table ry, column 'csrq' is a date, and a date pattern is mapped for it"
    assert errors == [wrong]
    assert wrong in texts(source)


async def test_a_type_that_changes_and_still_fits_is_told_and_answered(
    way: Way, source: SqlSource, url: str
) -> None:
    if way.kind == "sqlite":
        pytest.skip("SQLite's types promise nothing")
    await read(source, h.ID_NUMBER)
    using = " USING 7" if way.kind == "postgresql" else ""
    run_sql(url, "UPDATE ry SET sfz = '7'")
    change = "ALTER COLUMN sfz TYPE BIGINT" if using else "MODIFY sfz BIGINT"
    await run_beside(url, f"ALTER TABLE ry {change}{using}")

    await until_noticed(source, h.PERSON_NAME)

    facet = await read(source, h.ID_NUMBER)
    assert facet is not None
    assert facet.values == {h.ID_NUMBER: "7"}
    assert texts(source) == ["10: table ry, column 'sfz' was a text and is a whole number now"]


async def test_a_schema_that_stays_is_looked_at_but_not_planned_anew(
    way: Way, url: str, tmp_path: Path
) -> None:
    async with opened(way, url, MAPPING, tmp_path, watch_after=0.0) as source:
        await read(source, h.PERSON_NAME)
        plans = await source.session.opened()

        await read(source, h.PERSON_NAME)
        watching = source.session._watching
        assert watching is not None
        await watching

        assert await source.session.opened() is plans
