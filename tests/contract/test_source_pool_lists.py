"""Lists of pools: filtered, added up, ordered, cut and counted by the department's database."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from adapters.port import ListedPool, PoolFilter, PoolListOrder, Reach
from adapters.source import SqlSource
from domain.model.errors import BadInputError
from domain.model.pools import OccupiedRow, PoolRow
from domain.model.quota import FreezeStatus
from domain.model.tally import Tally
from tests.contract.source_kit import Way, opened, recorded, run_sql
from tests.support.databases import DatabaseMaker, Kind
from tests.support.pools import count_pools, list_pools

TODAY = date(2024, 5, 15)
OPEN, FULL, OVER, ORDER, UNKNOWN = FreezeStatus
MAPPING = """format = 1
[codes."编制"]
"行政" = "1"
"参公" = "2"
"全额" = "31"
"差额" = "31"
[codes."区划"]
"寿光" = "370783"
"潍城" = "370702"
"市直" = "370700"
[unit]
table = "dw"
key = "k"
where = "yx = 1"
[unit.join.q]
table = "qh"
on = { k = "k" }
[unit.indicators]
unitName = "mc"
unitDivision = { column = "q.qh", codes = "区划" }
[pool]
table = "bz"
where = "yx = 1"
[pool.columns]
unit = "dw"
type = { column = "lx", codes = "编制" }
approved = "hds"
locked = "sds"
[occupation]
table = "zb"
[occupation.columns]
person = "ry"
unit = "dw"
type = { column = "lx", codes = "编制" }
from = "qs"
to = "zz"
"""
TABLES = (
    "CREATE TABLE dw (k VARCHAR(9), mc VARCHAR(20), yx INTEGER)",
    "CREATE TABLE qh (k VARCHAR(9), qh VARCHAR(9))",
    "CREATE TABLE bz (dw VARCHAR(9), lx VARCHAR(9), hds VARCHAR(9), sds INTEGER, yx INTEGER)",
    "CREATE TABLE zb (ry VARCHAR(9), dw VARCHAR(9), lx VARCHAR(9), qs DATE, zz VARCHAR(10))",
    "INSERT INTO dw VALUES ('a', '甲', 1), ('B', '乙', 1), ('b', '丙', 1), ('c', '丁', 0)",
    "INSERT INTO qh VALUES ('a', '寿光'), ('B', '潍城'), ('b', '市直'), ('c', '寿光')",
    """INSERT INTO bz VALUES
       ('a', '行政', '2', 1, 1), ('a', '全额', '1', 0, 1), (' a', '差额', ' 1 ', 0, 1),
       ('B', '行政', '1', NULL, 1), ('b', '行政', '3', 0, 1), ('b', '参公', '0', 0, 1),
       ('b', '怪', '五', 0, 1), ('c', '行政', '1', 0, 1), ('x', '行政', '5', 0, 1),
       ('a', NULL, '9', 9, 1), ('a', ' ', '9', 9, 1), (NULL, '行政', '9', 9, 1),
       ('', '行政', '9', 9, 1), ('a', '行政', '9', 9, 0)""",
    """INSERT INTO zb VALUES
       ('p1', 'a', '行政', '2020-01-01', NULL), ('p1', 'a', '行政', '2021-01-01', ''),
       ('p2', 'a', '行政', '2020-01-01', '2024-05-16'), ('p3', 'a ', '全额', '2020-01-01', NULL),
       ('p3', 'a', '差额', '2020-01-01', NULL), ('p4', 'a', '差额', '2020-01-01', NULL),
       ('p5', 'a', '差额', '2020-01-01', NULL), ('p6', 'B', '行政', '2020-01-01', '2024-05-15'),
       ('p7', 'b', '行政', '2020-01-01', NULL), ('P7', 'b', '行政', '2020-01-01', NULL),
       ('p8', 'b', '怪', '2020-01-01', NULL), ('p9', 'x', '行政', '2024-05-16', NULL)""",
)
ROWS = [
    PoolRow("B", "1", 1, None),
    PoolRow("a", "1", 2, 1),
    PoolRow("a", "31", 2, 0),
    PoolRow("b", "1", 3, 0),
    PoolRow("b", "2", 0, 0),
    PoolRow("b", "怪", None, 0),
    PoolRow("c", "1", 1, 0),
    PoolRow("x", "1", 5, 0),
]
PEOPLE = [
    OccupiedRow("a", "1", 2),
    OccupiedRow("a", "31", 3),
    OccupiedRow("b", "1", 2),
    OccupiedRow("b", "怪", 1),
]
FILTERS = [
    PoolFilter(),
    PoolFilter(units=("a",)),
    PoolFilter(units=("x", "b", "nobody")),
    PoolFilter(types=("1",)),
    PoolFilter(types=("3", "31", "32", "33")),
    PoolFilter(types=("9",)),
    *(PoolFilter(freeze=frozenset({status})) for status in FreezeStatus),
    PoolFilter(freeze=frozenset({OPEN, OVER, UNKNOWN})),
    PoolFilter(freeze=frozenset()),
    PoolFilter(min_over=1),
    PoolFilter(min_over=2),
    PoolFilter(min_over=0),
    PoolFilter(min_over=-3),
    PoolFilter(units=("a", "b"), types=("1",), freeze=frozenset({FULL, OPEN})),
]

pytestmark = pytest.mark.slow
Opening = Callable[[str], str]


@pytest.fixture(scope="module")
def office(make_module_database: DatabaseMaker) -> Callable[[Kind], str]:
    """The office's database of each kind, made when first asked for."""
    made: dict[Kind, str] = {}

    def url(kind: Kind) -> str:
        if kind not in made:
            made[kind] = make_module_database(kind)
            run_sql(made[kind], *TABLES)
        return made[kind]

    return url


async def page(source: SqlSource, wanted: PoolFilter, **more: object) -> list[ListedPool]:
    order = PoolListOrder(wanted, **{"limit": 100, "today": TODAY, **more})  # type: ignore[arg-type] # fields of an order
    return list(await source.list_pools(order, Tally()))


async def test_pages_and_counts_are_those_of_the_rows_in_memory(
    way: Way, office: Callable[[Kind], str], tmp_path: Path
) -> None:
    async with opened(way, office(way.kind), MAPPING, tmp_path) as source:
        for wanted in FILTERS:
            order = PoolListOrder(wanted, 100, TODAY, others=True)
            found = await source.list_pools(order, Tally())
            counted = await source.count_pools(wanted, TODAY, Tally())

            expected = list_pools(order, ROWS, PEOPLE)
            assert [_sorted(pool) for pool in found] == [_sorted(pool) for pool in expected]
            assert counted == count_pools(wanted, ROWS, PEOPLE) == len(found)


def _sorted(pool: ListedPool) -> tuple[object, ...]:
    return pool.row, pool.position, pool.occupied, sorted(pool.others)


async def test_pages_of_any_size_meet_without_gap_and_without_overlap(
    way: Way, office: Callable[[Kind], str], tmp_path: Path
) -> None:
    async with opened(way, office(way.kind), MAPPING, tmp_path) as source:
        for size in (1, 2, 3):
            after, met = None, []
            while part := await page(source, PoolFilter(), limit=size, after=after):
                assert len(part) <= size
                met += part
                after = part[-1].position

            assert [pool.row for pool in met] == ROWS


@pytest.mark.parametrize(
    ("stem", "units"),
    [("3707", ["B", "a", "b"]), ("370783", ["a"]), ("370702", ["B"]), ("38", [])],
)
async def test_a_division_holds_the_units_that_lie_in_it(
    way: Way, stem: str, units: list[str], office: Callable[[Kind], str], tmp_path: Path
) -> None:
    """Unit c is not live, and nobody knows x."""
    async with opened(way, office(way.kind), MAPPING, tmp_path) as source:
        found = await page(source, PoolFilter(division=stem))
        counted = await source.count_pools(PoolFilter(division=stem), TODAY, Tally())

    assert list(dict.fromkeys(pool.row.unit for pool in found)) == units
    assert counted == len(found)


@pytest.mark.parametrize(
    ("reach", "units"),
    [
        (Reach(), []),
        (Reach(("370783", "370702")), ["B", "a"]),
        (Reach((), ("b", "x", "c")), ["b", "c", "x"]),
        (Reach(("370783",), ("x",)), ["a", "x"]),
        (Reach(("%",), ("A", "_")), []),
    ],
)
async def test_only_pools_within_reach_are_listed_and_counted(
    way: Way, reach: Reach, units: list[str], office: Callable[[Kind], str], tmp_path: Path
) -> None:
    async with opened(way, office(way.kind), MAPPING, tmp_path) as source:
        found = await page(source, PoolFilter(reach=reach))
        over = await page(source, PoolFilter(reach=reach, min_over=0))
        counted = await source.count_pools(PoolFilter(reach=reach), TODAY, Tally())

    assert sorted(dict.fromkeys(pool.row.unit for pool in found)) == units
    assert {pool.row.unit for pool in over} <= set(units)
    assert counted == len(found)


async def test_a_page_costs_one_statement_and_brings_no_more_rows_than_asked_for(
    way: Way, office: Callable[[Kind], str], tmp_path: Path
) -> None:
    async with opened(way, office(way.kind), MAPPING, tmp_path) as source:
        await source.open()
        tally = Tally()
        before = source.statistics.rows
        wanted = PoolFilter(division="3707", freeze=frozenset({OPEN, FULL, OVER}), min_over=0)
        with recorded(source) as statements:
            found = await source.list_pools(PoolListOrder(wanted, 2, TODAY), tally)

        assert [pool.row.type for pool in found] == ["1", "1"]
        assert source.statistics.rows - before == 2
    assert len(statements) == 1
    assert tally.statements == {"city": 1}


async def test_unreadable_numbers_and_pools_in_two_rows_are_told(
    way: Way, office: Callable[[Kind], str], tmp_path: Path
) -> None:
    """Two stored types that mean one are no fault."""
    plain = MAPPING.replace('"差额" = "31"\n', "")
    async with opened(way, office(way.kind), plain, tmp_path) as source:
        await page(source, PoolFilter())
        assert dict(source.statistics.faults) == {"bad_value": 1}
    url = office(way.kind)
    run_sql(url, "INSERT INTO bz VALUES ('z', '行政', '1', 0, 1), ('z', '行政', '2.0', 0, 1)")
    try:
        async with opened(way, url, plain, tmp_path) as source:
            (found,) = await page(source, PoolFilter(units=("z",)))
            assert dict(source.statistics.faults) == {"two_pools": 1}
    finally:
        run_sql(url, "DELETE FROM bz WHERE dw = 'z'")

    assert found.row == PoolRow("z", "1", 3, 0)


NUMBERED = """format = 1
[unit]
table = "dw"
key = "k"
[unit.indicators]
unitName = "mc"
unitDivision = "qh"
[pool]
table = "bz"
[pool.columns]
unit = "dw"
type = { const = "1" }
approved = { column = "hds", divide = 10 }
[occupation]
table = "zb"
[occupation.columns]
person = "ry"
unit = "dw"
type = { const = "1" }
"""
NUMBERS = (
    "CREATE TABLE dw (k INTEGER, mc VARCHAR(9), qh INTEGER)",
    "CREATE TABLE bz (dw INTEGER, hds NUMERIC(9, 2))",
    "CREATE TABLE zb (ry INTEGER, dw VARCHAR(9))",
    "INSERT INTO dw VALUES (7, '甲', 370783), (10, '乙', 370702)",
    "INSERT INTO bz VALUES (10, 20), (7, 15), (9, 10)",
    "INSERT INTO zb VALUES (1, '10'), (2, ' 10'), (3, '9'), (4, '9')",
)


async def test_units_kept_as_numbers_here_and_as_texts_there_are_the_same(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    """Half a post is no number, and what it makes of a pool is unknown."""
    url = make_database(way.kind)
    run_sql(url, *NUMBERS)

    async with opened(way, url, NUMBERED, tmp_path) as source:
        every = await page(source, PoolFilter())
        behind = await page(source, PoolFilter(), after=("9", "1"))
        full = await page(source, PoolFilter(freeze=frozenset({FULL})))
        unknown = await page(source, PoolFilter(freeze=frozenset({UNKNOWN})))
        over = await page(source, PoolFilter(min_over=1))
        inside = await page(source, PoolFilter(division="370783"))
        with pytest.raises(BadInputError):
            await page(source, PoolFilter(), after=("x", "1"))

    rows = [("7", None), ("9", 1), ("10", 2)]
    assert [pool.row for pool in every] == [PoolRow(unit, "1", a, None) for unit, a in rows]
    assert [pool.row.unit for pool in behind] == ["10"]
    assert [(pool.row.unit, pool.occupied) for pool in full] == [("10", 2)]
    assert [pool.row.unit for pool in unknown] == ["7"]
    assert [(pool.row.unit, pool.occupied) for pool in over] == [("9", 2)]
    assert [pool.row.unit for pool in inside] == ["7"]


async def test_without_occupations_every_freeze_is_unknown(
    way: Way, office: Callable[[Kind], str], tmp_path: Path
) -> None:
    alone = MAPPING[: MAPPING.index("[occupation]")]
    async with opened(way, office(way.kind), alone, tmp_path) as source:
        unknown = await page(source, PoolFilter(freeze=frozenset({UNKNOWN, FULL})))
        others = await page(source, PoolFilter(freeze=frozenset({OPEN, FULL, OVER})))
        over = await page(source, PoolFilter(min_over=0))

    assert [(pool.row, pool.occupied) for pool in unknown] == [(row, None) for row in ROWS]
    assert (others, over) == ([], [])


async def test_where_no_division_is_kept_none_is_matched(
    way: Way, office: Callable[[Kind], str], tmp_path: Path
) -> None:
    blind = MAPPING.replace('unitDivision = { column = "q.qh", codes = "区划" }\n', "")
    async with opened(way, office(way.kind), blind, tmp_path) as source:
        assert await page(source, PoolFilter(division="3707")) == []


async def test_a_department_without_pools_lists_none_and_is_not_asked(people: SqlSource) -> None:
    tally = Tally()

    assert await people.list_pools(PoolListOrder(PoolFilter(), 9, TODAY), tally) == []
    assert await people.count_pools(PoolFilter(), TODAY, tally) == 0
    assert not tally.statements


TREE = """format = 1
[unit]
table = "dw"
key = "k"
where = "yx = 1"
[unit.indicators]
unitName = "mc"
parentUnitCode = "sj"
[pool]
table = "bz"
[pool.columns]
unit = "dw"
type = "lx"
approved = "hds"
[plan]
table = "jh"
[plan.columns]
no = "no"
unit = "dw"
type = "lx"
approved = "pz"
used = "sy"
valid_until = "yxq"
[occupation]
table = "zb"
[occupation.columns]
person = "ry"
unit = "dw"
type = "lx"
"""
BRANCHES = (
    "CREATE TABLE dw (k VARCHAR(9), mc VARCHAR(9), sj VARCHAR(9), yx INTEGER)",
    "CREATE TABLE bz (dw VARCHAR(9), lx VARCHAR(9), hds INTEGER)",
    "CREATE TABLE jh (no INTEGER, dw VARCHAR(9), lx VARCHAR(9), pz INTEGER, sy INTEGER, yxq DATE)",
    "CREATE TABLE zb (ry INTEGER, dw VARCHAR(9), lx VARCHAR(9))",
    # a > b > c, and a circle of c and d; e stands above itself; f is an orphan; g is not live.
    """INSERT INTO dw VALUES ('a', '', NULL, 1), ('b', '', 'a', 1), ('c', '', 'b ', 1),
       ('d', '', 'c', 1), ('c', '', 'd', 1), ('e', '', 'e', 1), ('f', '', 'nobody', 1),
       ('g', '', 'a', 0), ('A', '', NULL, 1), ('h', '', 'A', 1)""",
    """INSERT INTO bz VALUES ('a', '1', 1), ('b', '1', 2), ('c', '1', 3), ('d', '1', 4),
       ('e', '1', 5), ('f', '1', 6), ('g', '1', 7), ('h', '1', 8), ('nobody', '1', 9)""",
    "INSERT INTO zb VALUES (1, 'c', '1'), (2, 'c', '1'), (3, 'f', '1')",
    """INSERT INTO jh VALUES (1, 'b', '1', 5, 2, '2024-05-15'), (2, 'b', '1', 4, 4, NULL),
       (3, 'b', '1', 9, 0, '2024-05-14'), (4, 'd', '1', NULL, 1, NULL),
       (5, 'd', '1', 1, 0, NULL)""",
)


async def test_pools_under_a_unit_are_found_in_circles_and_with_all_numbers(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *BRANCHES)
    found = {}
    async with opened(way, url, TREE, tmp_path) as source:
        for top in ("a", "c", "e", "nobody", "A", "?"):
            pools = await page(source, PoolFilter(under=(top,)), numbers=True)
            found[top] = "".join(pool.row.unit for pool in pools)
        both = await page(source, PoolFilter(under=("b", "e")), numbers=True)
        none = await page(source, PoolFilter(under=()), numbers=True)

    assert found == {"a": "abcd", "c": "cd", "e": "e", "nobody": "fnobody", "A": "h", "?": ""}
    assert [(p.row.unit, p.row.approved, p.occupied, p.plan_unused) for p in both] == [
        ("b", 2, 0, 3),
        ("c", 3, 2, 0),
        ("d", 4, 0, None),
        ("e", 5, 0, 0),
    ]
    assert none == []
