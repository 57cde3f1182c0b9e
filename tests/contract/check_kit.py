"""How the tests of `fourfold check` put a mapping over a database and read what is found."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import make_url

from adapters.checking.problems import Problem, Severity
from adapters.checking.source import Place, check_source
from adapters.options import SourceOptions
from domain.model.departments import Department
from domain.model.keys import SourceName

MAPPING = """format = 1
[person]
table = "ry"
key = "grbh"
[person.indicators]
personName = "xm"
idNumber = "sfzh"
gender = { column = "xb", codes = { "男" = "1", "女" = "2" } }
birthDate = { column = "csrq", date = "%Y%m%d" }
serviceGapMonths = "jd"
isSelectedGraduate = "xds"
[person.rows.EDU]
table = "xl"
on = { grbh = "grbh" }
[person.rows.EDU.indicators]
school = "xx"
"""
GOOD = (
    """CREATE TABLE ry (grbh VARCHAR(20) NOT NULL PRIMARY KEY, xm VARCHAR(40), sfzh VARCHAR(18),
        xb VARCHAR(4), csrq VARCHAR(8), jd INTEGER, xds CHAR(1))""",
    "CREATE INDEX ry_xm ON ry (xm)",
    "CREATE INDEX ry_sfzh ON ry (sfzh)",
    "CREATE TABLE xl (grbh VARCHAR(20), xx VARCHAR(40))",
    "CREATE INDEX xl_grbh ON xl (grbh, xx)",
)


async def check(
    url: str, folder: Path, mapping: str = MAPPING, *, connect_timeout: float = 3.0
) -> list[Problem]:
    """All findings over a database with this mapping."""
    file = folder / "hr.toml"
    file.write_text(mapping, encoding="utf-8")
    source = SourceOptions(
        SourceName("hr"), Department.HR, make_url(url), file, connect_timeout=connect_timeout
    )
    return await check_source(source, Place("city.toml", 7))


def told(problems: Sequence[Problem], severity: Severity | None = None) -> list[str]:
    """Line and message of each finding."""
    return [
        f"{problem.finding.line}: {problem.finding.message}"
        for problem in problems
        if severity in {None, problem.severity}
    ]


def fix_of(problems: Sequence[Problem], words: str) -> str:
    """What is to be done about the one finding that has these words."""
    (found,) = [p.finding.remedy for p in problems if words in p.finding.message]
    return found
