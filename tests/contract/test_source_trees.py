"""The rows of a unit and all below it are found by an index: no row is held against the tree."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from adapters.lanes.port import Parameters
from adapters.port import Condition, ListOrder, Operator
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from tests.contract.source_kit import RecordingLane, Way, marked, opened, run_sql
from tests.support.databases import DatabaseMaker

WAYS = (Way("sqlite"), Way("postgresql"))
UNITS, PERSONS = 400, 8000
MAPPING = """format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
occupiedUnitCode = "dw"
[unit]
table = "jg"
key = "dm"
[unit.indicators]
unitName = "mc"
parentUnitCode = "sj"
"""
TABLES = (
    "CREATE TABLE jg (dm VARCHAR(9) PRIMARY KEY, mc VARCHAR(9), sj VARCHAR(9))",
    "CREATE TABLE ry (k VARCHAR(9) PRIMARY KEY, xm VARCHAR(9), dw VARCHAR(9))",
    "CREATE INDEX ix_sj ON jg (sj)",
    "CREATE INDEX ix_dw ON ry (dw)",
)


@pytest.fixture(params=[marked(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def url(way: Way, make_database: DatabaseMaker) -> str:
    """A tree in which each unit has two below it, and twenty persons a unit."""
    url = make_database(way.kind)
    units = ", ".join(f"('u{n}', '处', 'u{n // 2}')" for n in range(1, UNITS))
    people = ", ".join(f"('k{n}', '张三', 'u{n % UNITS}')" for n in range(PERSONS))
    run_sql(url, *TABLES, f"INSERT INTO jg VALUES {units}", f"INSERT INTO ry VALUES {people}")
    run_sql(url, "ANALYZE")
    return url


@pytest.fixture
async def source(way: Way, url: str, tmp_path: Path) -> AsyncIterator[SqlSource]:
    async with opened(way, url, MAPPING, tmp_path) as source:
        yield source


async def plan_of(url: str, sql: str, parameters: Parameters) -> str:
    """What the database would do if reading whole tables were dear, as it is with many rows."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        with sqlite3.connect(place.database or "") as connection:
            rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        return "\n".join(row[-1] for row in rows)
    connection = await asyncpg.connect(
        host=place.host, port=place.port, user=place.username, database=place.database
    )
    try:
        await connection.execute("SET enable_seqscan = off")
        return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *parameters))
    finally:
        await connection.close()


async def test_an_index_finds_the_persons_below_a_unit(source: SqlSource, url: str) -> None:
    under = Condition(h.OCCUPIED_UNIT_CODE, Operator.UNDER, ("u100",))
    order = ListOrder(EntityKind.PERSON, (under,), 200, frozenset({h.PERSON_NAME}))
    source.session.lane = listening = RecordingLane(source.session.lane)

    rows = await source.page(order, Tally())

    sql, parameters = listening.statements[-1]
    plan = await plan_of(url, sql, parameters)
    assert len(rows) == 20 * len([100, 200, 201])
    assert "ix_dw" in plan
    assert "ix_sj" in plan
    assert "SubPlan" not in plan
