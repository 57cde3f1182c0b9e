"""Who is seconded to a unit: judged by the department's own records of absence."""

from datetime import date
from pathlib import Path

import pytest

from adapters.port import OWN_KEY, JudgeOrder, Reach
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from tests.contract.source_kit import Way, opened, run_sql
from tests.support.databases import DatabaseMaker

TODAY = date(2024, 5, 15)
MAPPING = """format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
occupiedUnitCode = "dw"
[person.rows.LEA]
table = "lg"
on = { ry = "k" }
order = ["qs"]
limit = 50
[person.rows.LEA.indicators]
hostUnitCode = "jr"
absenceFrom = { column = "qs"FROM }
absenceTo = { column = "zz"TO }
[unit]
table = "dw"
key = "k"
[unit.indicators]
unitName = "mc"
"""
ABSENCES = (
    ("1", "A", "2024-01-01", "2024-12-31"),
    ("2", "A", "2024-05-15", "2024-05-15"),
    ("3", "A", "2024-05-16", "2024-12-31"),
    ("4", "A", "2024-01-01", "2024-05-14"),
    ("5", "A", "2024-01-01", None),
    ("6", "A", None, None),
    ("7", "a", "2024-01-01", None),
    ("8", "B", "2024-01-01", None),
    ("8", "A", "2020-01-01", "2020-12-31"),
    ("9", None, "2024-01-01", None),
)
HOSTED = {"1", "2", "5", "6"}


def _day(text: str | None, style: str) -> str:
    if text is None:
        return "''" if style == "text" else "NULL"
    return f"'{text.replace('-', '.')}'" if style == "text" else f"'{text}'"


def tables(style: str) -> list[str]:
    kind = "VARCHAR(10)" if style == "text" else "DATE"
    return [
        "CREATE TABLE ry (k VARCHAR(9) PRIMARY KEY, xm VARCHAR(9), dw VARCHAR(9))",
        "CREATE TABLE dw (k VARCHAR(9) PRIMARY KEY, mc VARCHAR(9))",
        f"CREATE TABLE lg (ry VARCHAR(9), jr VARCHAR(9), qs {kind}, zz {kind})",
        *(f"INSERT INTO ry VALUES ('{number}', '名', 'X')" for number in range(1, 10)),
        *(
            f"INSERT INTO lg VALUES ('{ry}', {'NULL' if jr is None else repr(jr)},"
            f" {_day(first, style)}, {_day(last, style)})"
            for ry, jr, first, last in ABSENCES
        ),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("style", ["date", "text"])
async def test_an_absence_in_force_names_its_host(
    style: str, way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    """The last day counts; without an end it lasts; nothing but the key comes with it."""
    url = make_database(way.kind)
    run_sql(url, *tables(style))
    pattern = ', date = "%Y.%m.%d"' if style == "text" else ""
    mapping = MAPPING.replace("FROM", pattern).replace("TO", pattern)
    keys = tuple(map(str, range(1, 10)))
    async with opened(way, url, mapping, tmp_path) as source:
        for codes, hosted in ((("A",), HOSTED), (("A", "B"), HOSTED | {"8"}), ((), set())):
            reach, tally = Reach((), codes), Tally()
            order = JudgeOrder(EntityKind.PERSON, OWN_KEY, keys, reach, hosted_on=TODAY)
            found = await source.judge(order, tally)
            assert {key for key, is_hosted in found.items() if is_hosted} == hosted
            assert set(found) == set(keys)
            assert tally.statements == {"city": 1}


@pytest.mark.slow
async def test_where_no_end_is_kept_nobody_is_hosted(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *tables("date"))
    mapping = MAPPING.replace('absenceTo = { column = "zz"TO }\n', "").replace("FROM", "")
    async with opened(way, url, mapping, tmp_path) as source:
        order = JudgeOrder(EntityKind.PERSON, OWN_KEY, ("1",), Reach((), ("A",)), hosted_on=TODAY)
        assert await source.judge(order, Tally()) == {"1": False}
