"""`fourfold draft` over live schemas: what it proposes, and that hand edits stay."""

import asyncio
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from adapters.checking.problems import Severity
from adapters.checking.source import Place, check_source
from adapters.mapping.reader import read_mapping
from adapters.options import SourceOptions
from commands.main import main
from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.keys import SourceName
from tests.contract.source_kit import Way, marked, run_sql
from tests.support.databases import DatabaseMaker

WAYS = (Way("sqlite"), Way("postgresql"), Way("mariadb"))
TABLES = (
    """CREATE TABLE ryjbxx (grbh VARCHAR(20) NOT NULL PRIMARY KEY, xm VARCHAR(40),
        sfzhm VARCHAR(18), xb VARCHAR(4), csrq DATE, zbdwbm VARCHAR(20), foo VARCHAR(9))""",
    """CREATE TABLE rygz (grbh VARCHAR(20) NOT NULL PRIMARY KEY, xj INTEGER,
        FOREIGN KEY (grbh) REFERENCES ryjbxx (grbh))""",
    """CREATE TABLE ryxl (xh INTEGER PRIMARY KEY, grbh VARCHAR(20), xl VARCHAR(9),
        byyx VARCHAR(60), FOREIGN KEY (grbh) REFERENCES ryjbxx (grbh))""",
    """CREATE TABLE gzff (xh INTEGER PRIMARY KEY, grbh VARCHAR(20), ny VARCHAR(6),
        yfhj NUMERIC(12, 2), sfhj NUMERIC(12, 2))""",
    "CREATE TABLE dwxx (dwbm VARCHAR(20) NOT NULL PRIMARY KEY, dwmc VARCHAR(60), jggg CHAR(2))",
)


@pytest.fixture(params=[marked(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def url(way: Way, make_database: DatabaseMaker) -> str:
    return make_database(way.kind)


def draft(url: str, *words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["draft", url, *words])
    return result.exit_code, result.stdout, result.stderr


def drafted(url: str, file: Path) -> dict[str, Any]:  # Any: a TOML file
    status, _, said = draft(url, "--out", str(file))
    assert status == 0, said
    return tomllib.loads(file.read_text(encoding="utf-8"))


def errors_of(url: str, file: Path) -> list[str]:
    options = SourceOptions(SourceName("hr"), Department.HR, make_url(url), file)
    found = asyncio.run(check_source(options, Place("city.toml", 1)))
    return [str(each) for each in found if each.severity is Severity.ERROR]


def test_what_one_name_fits_alone_stands_in_the_first_draft(url: str, tmp_path: Path) -> None:
    run_sql(url, *TABLES)

    told = drafted(url, tmp_path / "hr.toml")

    person, unit = told["person"], told["unit"]
    assert (person["table"], person["key"]) == ("ryjbxx", "grbh")
    assert person["indicators"][h.PERSON_NAME] == "xm"
    assert person["indicators"][h.ID_NUMBER] == "sfzhm"
    assert person["indicators"][h.BIRTH_DATE] == "csrq"
    assert person["join"] == {"rygz": {"table": "rygz", "on": {"grbh": "grbh"}}}
    assert person["indicators"][h.WAGE_STEP] == "rygz.xj"
    assert person["rows"]["EDU"]["indicators"] == {h.EDUCATION: "xl", h.SCHOOL: "byyx"}
    assert person["rows"]["PAY"]["period"] == "ny"
    assert person["rows"]["PAY"]["indicators"] == {h.GROSS_PAY: "yfhj", h.NET_PAY: "sfhj"}
    assert (unit["table"], unit["key"]) == ("dwxx", "dwbm")
    assert unit["indicators"][h.UNIT_NAME] == "dwmc"
    assert errors_of(url, tmp_path / "hr.toml") == []


def test_what_several_names_fit_stays_a_comment_with_the_candidates(
    url: str, tmp_path: Path
) -> None:
    run_sql(url, "CREATE TABLE ry (id INTEGER PRIMARY KEY, xm VARCHAR(9), entry_date DATE)")

    drafted(url, tmp_path / "hr.toml")

    lines = (tmp_path / "hr.toml").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith("#? ") and "link_key" not in line]
    named = line.removeprefix("#? ").partition(" = ")[0]
    assert named in {h.ENTRY_DATE, h.ESTABLISHMENT_ENTRY_DATE}
    assert "; or " in line


def test_only_what_the_department_holds_is_proposed(url: str, tmp_path: Path) -> None:
    run_sql(url, *TABLES)

    status, text, _ = draft(url, "--department", "organization")

    assert status == 0
    assert h.GROSS_PAY not in text.replace("#", "")
    assert tomllib.loads(text)["person"]["indicators"][h.PERSON_NAME] == "xm"


@pytest.mark.parametrize("kind", [marked(way) for way in WAYS[1:]])
def test_comments_are_kept_whatever_they_hold(
    kind: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(kind.kind)
    comments = {
        "a": "姓名 “引号” 'x' \"y\" \\ # [z] 👩‍💼",
        "b": '身份证号\n第二行\r\n\t= """',
        "c": "性别（1男2女）",
    }
    if kind.kind == "postgresql":
        run_sql(url, "CREATE TABLE t (a VARCHAR(9) PRIMARY KEY, b VARCHAR(18), c CHAR(1))")
        for name, text in comments.items():
            run_sql(url, f"COMMENT ON COLUMN t.{name} IS '{text.replace(chr(39), chr(39) * 2)}'")
    else:
        said = {n: json.dumps(text, ensure_ascii=False) for n, text in comments.items()}
        run_sql(
            url,
            f"CREATE TABLE t (a VARCHAR(9) PRIMARY KEY COMMENT {said['a']},"
            f" b VARCHAR(18) COMMENT {said['b']}, c CHAR(1) COMMENT {said['c']})",
        )

    told = drafted(url, tmp_path / "hr.toml")

    assert told["person"]["indicators"] == {h.PERSON_NAME: "a", h.ID_NUMBER: "b", h.GENDER: "c"}
    text = (tmp_path / "hr.toml").read_text(encoding="utf-8")
    if kind.kind == "postgresql":  # MariaDB itself keeps comments in three bytes a character.
        assert "👩‍💼" in text
    assert '身份证号 第二行 = """' in text


def test_names_that_need_quoting_three_hundred_columns_and_views(
    way: Way, url: str, tmp_path: Path
) -> None:
    quote = "`" if way.kind == "mariadb" else '"'
    wide = ", ".join(f"c{n} INTEGER" for n in range(297))
    odd = 'it\'s "x"' if way.kind == "mariadb" else "it's x"
    run_sql(
        url,
        f"CREATE TABLE {quote}Order{quote} ({quote}select{quote} INTEGER PRIMARY KEY,"
        f" {quote}姓名{quote} VARCHAR(40), {quote}{odd}{quote} VARCHAR(9), {wide})",
        f"CREATE VIEW {quote}Group{quote} AS SELECT {quote}select{quote},"
        f" {quote}姓名{quote} AS dwmc FROM {quote}Order{quote}",
    )

    told = drafted(url, tmp_path / "hr.toml")

    assert (told["person"]["table"], told["person"]["key"]) == ("Order", "select")
    assert told["person"]["indicators"] == {h.PERSON_NAME: "姓名"}
    assert told["unit"]["table"] == "Group"
    text = (tmp_path / "hr.toml").read_text(encoding="utf-8")
    assert text.count('#: "Order".') == 300
    assert errors_of(url, tmp_path / "hr.toml") == []
    assert draft(url, "--out", str(tmp_path / "hr.toml"))[0] == 0
    assert (tmp_path / "hr.toml").read_text(encoding="utf-8") == text


@pytest.mark.postgresql
def test_other_schemas_are_named(make_database: DatabaseMaker, tmp_path: Path) -> None:
    url = make_database("postgresql")
    run_sql(
        url,
        'CREATE SCHEMA "人事"',
        'CREATE TABLE "人事".ry (grbh VARCHAR(9) PRIMARY KEY, xm VARCHAR(9))',
        'CREATE TABLE "人事".xl (grbh VARCHAR(9) REFERENCES "人事".ry, xl CHAR(2), byyx CHAR(9))',
    )

    told = drafted(url, tmp_path / "hr.toml")

    assert told["person"]["table"] == "人事.ry"
    assert told["person"]["rows"]["EDU"]["table"] == "人事.xl"
    assert errors_of(url, tmp_path / "hr.toml") == []


def test_a_schema_that_looks_like_nothing_still_gives_a_readable_file(
    way: Way, url: str, tmp_path: Path
) -> None:
    run_sql(url, "CREATE TABLE a (b INTEGER PRIMARY KEY, c INTEGER)", "CREATE TABLE z (q INTEGER)")

    told = drafted(url, tmp_path / "hr.toml")

    assert told["person"]["table"] == "a"
    assert "This one is a guess" in (tmp_path / "hr.toml").read_text(encoding="utf-8")
    assert errors_of(url, tmp_path / "hr.toml") == []


def test_an_empty_database_is_said_to_be_empty(url: str) -> None:
    if make_url(url).get_backend_name() == "sqlite":
        run_sql(url, "CREATE TABLE t (a INTEGER)", "DROP TABLE t")

    status, text, said = draft(url)

    assert (status, text) == (1, "")
    assert "the database has no table and no view that this account may see" in said


def test_a_second_draft_keeps_hand_edits_adds_new_columns_and_marks_vanished_ones(
    url: str, tmp_path: Path
) -> None:
    run_sql(url, *TABLES)
    file = tmp_path / "hr.toml"
    drafted(url, file)
    edited = (
        file.read_text(encoding="utf-8")
        .replace('xb"', 'xb" # 人工改过', 1)
        .replace("format = 1", '# 张工维护\nformat = 1\ntitle = "手改"')
    )
    file.write_text(edited, encoding="utf-8")
    run_sql(
        url,
        "ALTER TABLE ryjbxx DROP COLUMN csrq",
        "ALTER TABLE ryjbxx DROP COLUMN foo",
        "ALTER TABLE ryjbxx ADD mz VARCHAR(2)",
        "CREATE TABLE extra (q INTEGER)",
    )

    status, _, said = draft(url, "--out", str(file))

    assert status == 0
    assert "2 new columns, 2 vanished" in said
    before, after = edited.splitlines(), file.read_text(encoding="utf-8").splitlines()
    marked = [line for line in after if line.endswith("[vanished]")]
    assert [line.split()[0] for line in marked] == [h.BIRTH_DATE, "#:", "#:"]
    assert [line.replace(" [vanished]", "") for line in after[: len(before)]] == before
    added = after[len(before) :]
    assert added[0] == "# New since the last draft:"
    assert any(line.startswith('#: "ryjbxx"."mz" VARCHAR(2)') for line in added)
    assert any(line.startswith('#: "extra"."q" INTEGER') for line in added)
    assert all(line.startswith("#") for line in added)


def test_a_third_draft_of_the_same_schema_changes_nothing_and_takes_marks_away(
    url: str, tmp_path: Path
) -> None:
    run_sql(url, *TABLES)
    file = tmp_path / "hr.toml"
    drafted(url, file)
    first = file.read_text(encoding="utf-8")
    run_sql(url, "ALTER TABLE ryjbxx DROP COLUMN csrq")
    draft(url, "--out", str(file))
    vanished = file.read_text(encoding="utf-8")
    draft(url, "--out", str(file))
    again = file.read_text(encoding="utf-8")
    run_sql(url, "ALTER TABLE ryjbxx ADD csrq DATE")

    draft(url, "--out", str(file))

    assert vanished.count("[vanished]") == 2
    assert again == vanished
    assert file.read_text(encoding="utf-8") == first


def test_a_file_written_by_hand_gets_the_list_of_columns(url: str, tmp_path: Path) -> None:
    run_sql(url, *TABLES)
    file = tmp_path / "hr.toml"
    file.write_text('format = 1\n[person]\ntable = "ryjbxx"\nkey = "grbh"', encoding="utf-8")

    draft(url, "--out", str(file))

    text = file.read_text(encoding="utf-8")
    assert text.startswith('format = 1\n[person]\ntable = "ryjbxx"\nkey = "grbh"\n# Every column')
    assert '#: "ryjbxx"."xm" VARCHAR(40)' in text
    assert read_mapping(file, "sqlite").entities


QUOTA = (
    "CREATE TABLE dwzb (dwbm VARCHAR(20), bzlx VARCHAR(4), hdbzs INTEGER, sds INTEGER, bz TEXT)",
    """CREATE TABLE yrjh (jhbh VARCHAR(20), dwbm VARCHAR(20), bzlx VARCHAR(4), pzs INTEGER,
        ysys INTEGER, yxqz DATE)""",
    "CREATE TABLE ldzs (dwbm VARCHAR(20), zwcc VARCHAR(4), ldzw VARCHAR(4), hdzs INTEGER)",
    """CREATE TABLE zbjl (grbh VARCHAR(20), dwbm VARCHAR(20), bzlx VARCHAR(4), rbrq DATE,
        cbrq DATE)""",
    "CREATE TABLE jgbg (ydwbm VARCHAR(20), xdwbm VARCHAR(20), bglx VARCHAR(4), bgrq DATE)",
)
SECTIONS = {
    "pool": ("dwzb", {"unit": "dwbm", "type": "bzlx", "approved": "hdbzs", "locked": "sds"}),
    "plan": (
        "yrjh",
        {
            "no": "jhbh",
            "unit": "dwbm",
            "type": "bzlx",
            "approved": "pzs",
            "used": "ysys",
            "valid_until": "yxqz",
        },
    ),
    "leader_line": (
        "ldzs",
        {"unit": "dwbm", "rank": "zwcc", "position": "ldzw", "approved": "hdzs"},
    ),
    "occupation": (
        "zbjl",
        {"person": "grbh", "unit": "dwbm", "type": "bzlx", "from": "rbrq", "to": "cbrq"},
    ),
    "succession": (
        "jgbg",
        {"predecessor": "ydwbm", "successor": "xdwbm", "kind": "bglx", "on": "bgrq"},
    ),
}


def uncommented(text: str) -> str:
    """As somebody leaves the file who takes every proposal of sections."""
    head, _, rest = text.partition("# Is this the ")
    return head + rest.replace("#? ", "")[rest.find("\n") :]


def test_sections_of_quota_are_proposed_as_comments_that_stand_when_taken(
    url: str, tmp_path: Path
) -> None:
    run_sql(url, *TABLES, *QUOTA)
    file = tmp_path / "hr.toml"

    first = drafted(url, file)
    file.write_text(uncommented(file.read_text(encoding="utf-8")), encoding="utf-8")
    taken = tomllib.loads(file.read_text(encoding="utf-8"))

    assert first.keys().isdisjoint(SECTIONS)
    assert {n: (taken[n]["table"], taken[n]["columns"]) for n in SECTIONS} == SECTIONS
    assert errors_of(url, file) == []


def test_a_department_that_keeps_no_quota_gets_no_proposal_of_it(url: str, tmp_path: Path) -> None:
    run_sql(url, *TABLES, *QUOTA)
    file = tmp_path / "hr.toml"

    status, _, _ = draft(url, "--out", str(file), "--department", "hr")

    assert status == 0
    assert "Is this the" not in file.read_text(encoding="utf-8")


def test_persons_without_a_number_get_a_link_key_proposed(url: str, tmp_path: Path) -> None:
    run_sql(url, "CREATE TABLE staff (emp_no VARCHAR(9) NOT NULL PRIMARY KEY, xm VARCHAR(40))")
    file = tmp_path / "hr.toml"

    drafted(url, file)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("#? link_key", "link_key"), encoding="utf-8")

    assert '#? link_key = { column = "emp_no", name = "employeeNo" }' in text
    assert errors_of(url, file) == []
