"""Pools and plans that are not as they should be: unknown is null, and doubtful rows are told."""

from datetime import date
from pathlib import Path

import pytest

from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, Way, marked, opened, run_sql
from tests.support.databases import DatabaseMaker

TODAY = date(2024, 5, 15)
UNIT = """format = 1
[unit]
table = "dw"
key = "k"
[unit.indicators]
unitName = "mc"
"""
PLAN = (
    UNIT
    + """[plan]
table = "jh"
[plan.columns]
no = "no"
unit = "dw"
type = "lx"
approved = "pz"
"""
)
POOL = (
    UNIT
    + """[pool]
table = "bz"
[pool.columns]
unit = "dw"
type = "lx"
approved = "pz"
"""
)
UNITS = ("CREATE TABLE dw (k VARCHAR(9) PRIMARY KEY, mc VARCHAR(20))",)
PLANS = (
    *UNITS,
    "CREATE TABLE jh (no INTEGER, dw VARCHAR(9), lx VARCHAR(9), pz VARCHAR(9), sy INTEGER)",
    "INSERT INTO jh VALUES (1, 'U1', '1', '5', 2), (2, 'U1', '1', '3', 1)",
    "INSERT INTO jh VALUES (3, 'U1', '2', NULL, 0), (4, 'U1', '2', '3', 1)",
    "INSERT INTO jh VALUES (5, 'U1', '3', '五', 0), (6, 'U1', '31', '4', NULL)",
)

pytestmark = pytest.mark.slow
every_way = pytest.mark.parametrize("way", [marked(way) for way in WAYS])


@every_way
@pytest.mark.parametrize(
    ("mapped", "unused"),
    [
        ('used = "sy"', {"1": 5, "2": None, "3": None, "31": None}),
        ("", {"1": 8, "2": None, "3": None, "31": 4}),
    ],
)
async def test_a_plan_with_an_unknown_number_leaves_its_pool_unknown(
    way: Way,
    mapped: str,
    unused: dict[str, int | None],
    make_database: DatabaseMaker,
    tmp_path: Path,
) -> None:
    """What is not mapped is not kept, and counts as none."""
    url = make_database(way.kind)
    run_sql(url, *PLANS)

    async with opened(way, url, PLAN + mapped, tmp_path) as source:
        found = await source.plans(["U1"], TODAY, Tally())

    assert found == [PlanRow("U1", kind, number) for kind, number in unused.items()]


@every_way
async def test_two_pools_of_one_type_are_added_up_and_told(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(
        url,
        *UNITS,
        "CREATE TABLE bz (dw VARCHAR(9), lx VARCHAR(9), pz INTEGER)",
        "INSERT INTO bz VALUES ('U1', '1', 5), ('U1', '1', 6), ('U1', '2', 1)",
        "INSERT INTO bz VALUES ('U1', NULL, 5), ('U1', ' ', 6)",
    )

    async with opened(way, url, POOL, tmp_path) as source:
        found = await source.pools(["U1"], Tally())
        faults = dict(source.statistics.faults)

    assert found == [PoolRow("U1", "1", 11, None), PoolRow("U1", "2", 1, None)]
    assert faults == {"two_pools": 1, "pool_without_type": 2}


PEOPLE = """format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
payrollUnitCode = "dw"
establishmentType = "lx"
payrollStatus = "ff"
personStatus = "zt"
[unit]
table = "dw"
key = "k"
[unit.indicators]
unitName = "mc"
[occupation]
table = "zb"
[occupation.columns]
person = "k"
unit = "dw"
type = "lx"
[pool]
table = "zb"
[pool.columns]
unit = "dw"
type = "lx"
approved = "pz"
"""


@every_way
@pytest.mark.parametrize("text", ["VARCHAR(5)", "CHAR(5)"])
async def test_codes_and_units_are_counted_as_the_graph_shows_them(
    way: Way, text: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    """Blanks around a code or a unit change nothing."""
    url = make_database(way.kind)
    run_sql(
        url,
        *UNITS,
        f"CREATE TABLE ry (k {text}, dw {text}, lx {text}, ff {text}, zt {text})",
        "INSERT INTO ry VALUES ('a', 'B4', '1', '1', '1'), ('b', ' B4', ' 1', '1 ', NULL)",
        "INSERT INTO ry VALUES ('c', 'B4 ', '1 ', ' 1', ' 1'), ('d', 'B4', '1', '1', ' 6')",
        "INSERT INTO ry VALUES ('e', 'B4', '1', '2', '1'), ('f', 'B4', '1', '1', '6 ')",
        f"CREATE TABLE zb (k {text}, dw {text}, lx {text}, pz INTEGER)",
        "INSERT INTO zb VALUES ('a', 'B4', '1', 1), ('b', ' B4', ' 1', 2), ('c', 'B4 ', '1 ', 4)",
    )

    async with opened(way, url, PEOPLE, tmp_path) as source:
        headcount = await source.headcount(["B4"], Tally())
        occupied = await source.occupied(["B4"], TODAY, Tally())
        pools = await source.pools(["B4", "x"], Tally())

    assert list(headcount or ()) == [HeadcountRow("B4", "1", 3)]
    assert occupied == [OccupiedRow("B4", "1", 3)]
    assert pools == [PoolRow("B4", "1", 7, None)]
