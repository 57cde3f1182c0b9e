"""What became of units, read from registers of every database."""

from datetime import date
from pathlib import Path

import pytest

from domain.model.succession import SuccessionRow
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, Way, marked, opened, run_sql
from tests.support.databases import DatabaseMaker

UNIT = """format = 1
[unit]
table = "dw"
key = "k"
[unit.indicators]
unitName = "mc"
"""
REGISTER = (
    UNIT
    + """[succession]
table = "yg"
where = "yx = 1"
[succession.columns]
predecessor = "jd"
successor = "xd"
kind = { column = "lx", codes = { "并" = "3" } }
on = { column = "rq", date = "%d/%m/%Y" }
"""
)
TABLES = (
    "CREATE TABLE dw (k VARCHAR(9) PRIMARY KEY, mc VARCHAR(20))",
    "CREATE TABLE yg (jd CHAR(6), xd VARCHAR(9), lx VARCHAR(4), rq VARCHAR(10), yx INTEGER)",
    "INSERT INTO yg VALUES ('B', 'C', '并', '01/03/2025', 1), ('A', ' C ', '怪', NULL, 1)",
    "INSERT INTO yg VALUES ('B', 'C', '并', '01/03/2025', 1), (NULL, 'C', '并', NULL, 1)",
    "INSERT INTO yg VALUES ('D', 'C', '并', '30/02/2025', 1), ('E', 'C', '并', NULL, 0)",
)

pytestmark = pytest.mark.slow
every_way = pytest.mark.parametrize("way", [marked(way) for way in WAYS])


@every_way
async def test_every_event_is_told_once(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *TABLES)

    async with opened(way, url, REGISTER, tmp_path) as source:
        events = await source.successions(Tally())

    assert events == [
        SuccessionRow("A", "C", "怪", None),
        SuccessionRow("D", "C", "3", None),
        SuccessionRow("B", "C", "3", date(2025, 3, 1)),
    ]


@every_way
async def test_a_source_without_a_register_says_so(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *TABLES)

    async with opened(way, url, UNIT, tmp_path) as source:
        assert await source.successions(Tally()) is None
