"""What `fourfold check` says of types, character sets and indexes."""

from pathlib import Path

import pytest

from adapters.checking.problems import Severity
from tests.contract.check_kit import GOOD, MAPPING, check, fix_of, told
from tests.contract.source_kit import Way, marked, run_sql
from tests.support.databases import DatabaseMaker

WAYS = (Way("sqlite"), Way("postgresql"), Way("mariadb"))
FILTERED = """format = 1
[person]
table = "ry"
key = "grbh"
[person.indicators]
establishmentEntryDate = "jb"
establishmentType = "lx"
[unit]
table = "dw 表"
key = "dm"
[unit.indicators]
unitName = "mc"
unitDivision = "qh"
"""


@pytest.fixture(params=[marked(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def url(way: Way, make_database: DatabaseMaker) -> str:
    return make_database(way.kind)


async def test_filters_of_lists_that_no_index_serves_are_good_to_know(
    way: Way, url: str, tmp_path: Path
) -> None:
    """Not those by a code: it leaves too many rows for any index."""
    quote = "`" if way.kind == "mariadb" else '"'
    units = f"{quote}dw 表{quote}"
    run_sql(
        url,
        "CREATE TABLE ry (grbh VARCHAR(9) NOT NULL PRIMARY KEY, jb DATE, lx VARCHAR(4))",
        f"CREATE TABLE {units} (dm VARCHAR(9) NOT NULL PRIMARY KEY, mc VARCHAR(40), qh VARCHAR(9))",
        f"CREATE INDEX dw_mc ON {units} (mc)",
    )

    found = await check(url, tmp_path, FILTERED)
    filters = [text for text in told(found, Severity.INFO) if "no index" in text]
    run_sql(url, *[p.finding.remedy for p in found if "no index" in p.finding.message])

    assert filters == [
        "6: lists filtered by establishmentEntryDate: no index of ry begins with jb",
        "13: lists filtered by unitDivision: no index of dw 表 begins with qh",
    ]
    assert not [p for p in await check(url, tmp_path, FILTERED) if "no index" in str(p)]


@pytest.mark.postgresql
async def test_lists_and_documents_are_no_values(
    tmp_path: Path, make_database: DatabaseMaker
) -> None:
    url = make_database("postgresql")
    rest = "xb VARCHAR(4)[], csrq JSONB, jd INTEGER[], xds JSON"
    run_sql(
        url,
        f"CREATE TABLE ry (grbh TEXT PRIMARY KEY, xm TEXT[], sfz JSONB, {rest})",
        GOOD[3],
        GOOD[4],
    )

    found = await check(url, tmp_path, MAPPING.replace("sfzh", "sfz"))

    assert "7: table ry, column 'sfz' holds documents: they are shown as they stand" in told(found)
    assert told(found, Severity.ERROR) == [
        "6: table ry, column 'xm' is a list, and is read as string",
        "8: table ry, column 'xb' is a list, and is read as code",
        "9: table ry, column 'csrq' is a document, and is read as date",
        "10: table ry, column 'jd' is a list, and is read as int",
        "11: table ry, column 'xds' is a document, and is read as boolean",
    ]


async def test_the_proposed_index_is_taken_by_the_database(url: str, tmp_path: Path) -> None:
    run_sql(url, *GOOD[:1], *GOOD[2:])
    (fix,) = [p.finding.remedy for p in await check(url, tmp_path) if "begins" in str(p)]

    run_sql(url, fix)

    assert not [p for p in await check(url, tmp_path) if "begins" in str(p)]


async def test_a_number_kept_as_text_is_a_warning(url: str, tmp_path: Path) -> None:
    run_sql(url, GOOD[0].replace("jd INTEGER", "jd VARCHAR(9)"), *GOOD[1:])

    found = told(await check(url, tmp_path), Severity.WARNING)

    assert any(each.startswith("10: table ry, column 'jd' is a text") for each in found)


@pytest.mark.mariadb
async def test_character_sets_that_lose_names_are_told(
    tmp_path: Path, make_database: DatabaseMaker
) -> None:
    url = make_database("mariadb")
    run_sql(url, GOOD[0] + " CHARACTER SET gbk", *GOOD[1:3])
    named = GOOD[3].replace("TABLE xl", "TABLE `x l`")
    run_sql(url, named + " CHARACTER SET latin1")

    found = await check(url, tmp_path, MAPPING.replace('"xl"', '"x l"'))

    warnings = told(found, Severity.WARNING)
    assert any("table ry has gbk columns: characters outside of it" in each for each in warnings)
    assert any("table x l has latin1 columns: Chinese texts" in each for each in warnings)
    assert fix_of(found, "gbk") == "ALTER TABLE ry CONVERT TO CHARACTER SET utf8mb4;"
    run_sql(url, fix_of(found, "latin1"))


async def test_a_table_whose_name_is_of_another_case_is_said_not_to_be_there(
    make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("sqlite")
    run_sql(url, "CREATE TABLE Staff (no VARCHAR(9) NOT NULL PRIMARY KEY, nm VARCHAR(40))")
    mapping = 'format = 1\n[person]\ntable = "STAFF"\nkey = "no"\n[person.indicators]\n'

    problems = await check(url, tmp_path, mapping + 'personName = "nm"\n')

    assert "2: table 'STAFF' is not there" in told(problems, Severity.ERROR)
    assert not any("no database" in each for each in told(problems))
