"""What `fourfold check` finds in live schemas, each finding with severity, line and fix."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapters.checking.problems import Severity
from domain.catalogue import handles as h
from tests.contract.check_kit import GOOD, MAPPING, check, fix_of, told
from tests.contract.source_kit import Way, marked, run_sql
from tests.support.databases import DatabaseMaker, DatabaseServer

WAYS = (Way("sqlite"), Way("postgresql"), Way("mariadb"))
SERVERS = (Way("postgresql"), Way("mariadb"))


@pytest.fixture(params=[marked(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest.fixture
def url(way: Way, make_database: DatabaseMaker) -> str:
    return make_database(way.kind)


def readable(url: str, *rights: str) -> str:
    """The URL of a new account with these rights on the whole database."""
    name, kind = f"fourfold_{secrets.token_hex(6)}", make_url(url).get_backend_name()
    if kind == "postgresql":
        run_sql(url, f"CREATE ROLE {name} LOGIN PASSWORD 'wort'")
        run_sql(url, f"GRANT {', '.join(rights)} ON ALL TABLES IN SCHEMA public TO {name}")
    else:
        run_sql(url, f"CREATE USER {name}@'%%' IDENTIFIED BY 'wort'")
        run_sql(url, f"GRANT {', '.join(rights)} ON {make_url(url).database}.* TO {name}@'%%'")
    return make_url(url).set(username=name, password="wort").render_as_string(hide_password=False)


@contextlib.contextmanager
def account(url: str, *rights: str) -> Iterator[str]:
    """An account while the block lasts."""
    made = readable(url, *rights)
    name = make_url(made).username
    try:
        yield made
    finally:
        if make_url(url).get_backend_name() == "postgresql":
            run_sql(url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")
        else:
            run_sql(url, f"DROP USER {name}@'%%'")


async def test_a_schema_that_fits_has_no_errors_and_no_warnings(
    way: Way, url: str, tmp_path: Path
) -> None:
    run_sql(url, *GOOD, "INSERT INTO ry VALUES ('1', '甲', 'n', '男', '19800101', 3, 'Y')")
    if way.kind == "sqlite":
        found = await check(url, tmp_path)
    else:
        with account(url, "SELECT") as reading:
            found = await check(reading, tmp_path)

    assert told(found, Severity.ERROR) + told(found, Severity.WARNING) == []


async def test_every_finding_comes_at_once_with_its_line(
    way: Way, url: str, tmp_path: Path
) -> None:
    run_sql(
        url,
        "CREATE TABLE ry (grbh VARCHAR(20), xm VARCHAR(40), xb VARCHAR(4), csrq DATE,"
        " jd DATE, xds CHAR(1))",
        "INSERT INTO ry (grbh, xb, xds) VALUES"
        " ('1', '男', 'Y'), ('1', '怪', 'Q'), ('2', '怪', 'N')",
    )

    found = await check(url, tmp_path)

    errors = told(found, Severity.ERROR)
    warnings = told(found, Severity.WARNING)
    assert "2: the key of person (ry: grbh): 1 value stands in several rows" in errors
    assert "7: table ry has no column 'sfzh'" in errors
    assert "12: table 'xl' is not there" in errors
    assert "2: the key of person (ry): grbh may be NULL: such rows are skipped" in warnings
    assert "8: gender (ry): 2 rows hold values without a mapping: '怪' (2)" in warnings
    assert "11: isSelectedGraduate (ry): 1 row holds values without a mapping: 'Q' (1)" in warnings
    assert "2: the key of person: no index of ry begins with grbh" in warnings
    index = fix_of(found, "no index of ry begins with grbh")
    assert index == "CREATE INDEX ix_ry_grbh ON ry (grbh);"
    if way.kind != "sqlite":  # Its types promise nothing.
        assert "9: table ry, column 'csrq' is a date, and a date pattern is mapped for it" in errors
        assert "10: table ry, column 'jd' is a date, and is read as int" in errors
    assert all(problem.finding.remedy for problem in found)


async def test_a_join_that_finds_several_rows_is_a_warning(url: str, tmp_path: Path) -> None:
    run_sql(url, *GOOD, "CREATE TABLE gz (grbh VARCHAR(20), dh VARCHAR(20))")
    run_sql(url, "INSERT INTO gz VALUES ('1', 'a'), ('1', 'b'), ('2', 'c')")
    join = '[person.join.gz]\ntable = "gz"\non = { grbh = "grbh" }\n[person.indicators]\n'

    found = await check(url, tmp_path, MAPPING.replace("[person.indicators]\n", join, 1))

    message = "5: the join 'gz' (gz: grbh): 1 value finds several rows"
    assert message in told(found, Severity.WARNING)


async def test_a_view_without_a_key_is_measured(url: str, tmp_path: Path) -> None:
    run_sql(url, *GOOD, "CREATE VIEW ryv AS SELECT * FROM ry UNION ALL SELECT * FROM ry")
    run_sql(url, "INSERT INTO ry (grbh) VALUES ('1'), ('2')")

    found = await check(url, tmp_path, MAPPING.replace('"ry"', '"ryv"', 1))

    assert "2: the key of person (ryv: grbh): 2 values stand in several rows" in told(
        found, Severity.ERROR
    )
    assert any("is a view: nothing declares its key" in each for each in told(found, Severity.INFO))
    assert not any("CREATE INDEX" in problem.finding.remedy for problem in found)


async def test_a_key_that_is_unique_without_an_index_is_told(url: str, tmp_path: Path) -> None:
    run_sql(url, GOOD[0].replace("PRIMARY KEY", ""), *GOOD[1:])
    run_sql(url, "INSERT INTO ry (grbh) VALUES ('1'), ('2')")

    found = told(await check(url, tmp_path), Severity.INFO)

    assert "2: the key of person (ry: grbh) is unique now; no index declares it" in found


async def test_no_stored_text_that_may_be_somebody_is_shown(url: str, tmp_path: Path) -> None:
    run_sql(url, *GOOD, "INSERT INTO ry (grbh, sfzh) VALUES ('1', '37070219800101001X')")
    mapping = MAPPING.replace('{ column = "xb", codes', '{ column = "sfzh", codes')

    found = await check(url, tmp_path, mapping)

    assert any("a long number (1)" in each for each in told(found))
    assert "3707" not in "".join(map(str, found))


async def test_a_column_with_too_many_values_is_no_code_column(url: str, tmp_path: Path) -> None:
    run_sql(url, *GOOD)
    rows = ", ".join(f"('{n}', 'w{n}')" for n in range(600))
    run_sql(url, f"INSERT INTO ry (grbh, xm) VALUES {rows}")

    found = told(await check(url, tmp_path, MAPPING.replace('"xb"', '"xm"')), Severity.WARNING)

    assert "8: gender (ry): more than 500 different values: it is no code column" in found


@pytest.mark.parametrize("kind", [marked(way) for way in SERVERS])
async def test_an_account_that_could_write_is_a_warning(
    kind: Way, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    url = make_database(kind.kind)
    run_sql(url, *GOOD)
    with account(url, "SELECT", "UPDATE") as writing:
        found = told(await check(writing, tmp_path), Severity.WARNING)

    assert found == ["1: the account could write to 2 tables (ry, xl)"]


@pytest.mark.postgresql
async def test_a_database_in_another_encoding_is_told(
    tmp_path: Path, postgresql_server: DatabaseServer
) -> None:
    name = f"fourfold_test_{secrets.token_hex(8)}"
    run_sql(
        postgresql_server.base_url,
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C'"
        " LC_CTYPE 'C'",
    )
    url = make_url(postgresql_server.base_url).set(database=name)
    try:
        run_sql(url.render_as_string(hide_password=False), *GOOD)
        found = told(await check(url.render_as_string(hide_password=False), tmp_path))
    finally:
        run_sql(postgresql_server.base_url, f"DROP DATABASE {name} WITH (FORCE)")

    assert any("the database is encoded as SQL_ASCII" in each for each in found)


@pytest.mark.parametrize("kind", [marked(way) for way in SERVERS])
async def test_a_missing_database_and_a_stranger_are_clear_findings(
    kind: Way, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    url = make_url(make_database(kind.kind))
    missing = url.set(database="fourfold_test_missing").render_as_string(hide_password=False)
    stranger = url.set(username="niemand", password="falsch").render_as_string(hide_password=False)

    assert told(await check(missing, tmp_path)) == ["7: hr: there is no such database"]
    assert told(await check(stranger, tmp_path)) == ["7: hr: signing in was refused"]


@pytest.mark.parametrize("kind", [marked(Way("postgresql")), marked(Way("mariadb"))])
async def test_a_wrong_password_is_a_clear_finding(
    kind: Way, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    url = make_database(kind.kind)
    run_sql(url, *GOOD)
    with account(url, "SELECT") as reading:
        wrong = make_url(reading).set(password="falsch").render_as_string(hide_password=False)
        found = [str(problem) for problem in await check(wrong, tmp_path)]
    if kind.kind == "postgresql" and not any("signing in" in text for text in found):
        pytest.skip("this PostgreSQL trusts whoever is on its machine")

    remedy = "correct the account or its password in the URL"
    assert found == [f"city.toml:7: error: hr: signing in was refused -> {remedy}"]


async def test_a_link_key_that_is_double_or_empty_is_told(url: str, tmp_path: Path) -> None:
    run_sql(url, "CREATE TABLE zg (id INTEGER NOT NULL PRIMARY KEY, no VARCHAR(9), xm VARCHAR(9))")
    values = "(1, 'e1', 'a'), (2, 'e1', 'b'), (3, NULL, 'c'), (4, ' ', 'd'), (5, 'e2', 'e')"
    run_sql(url, f"INSERT INTO zg VALUES {values}")
    mapping = """format = 1
[person]
table = "zg"
key = "id"
link_key = { column = "no", name = "employeeNo" }
[person.indicators]
personName = "xm"
"""

    warnings = told(await check(url, tmp_path, mapping), Severity.WARNING)

    assert "5: the link key (zg: no): 1 value finds several rows" in warnings
    assert "5: the link key (zg: no): 2 rows have none" in warnings


async def test_nobody_at_the_address_is_a_clear_finding(tmp_path: Path) -> None:
    (found,) = await check("postgresql://u@127.0.0.1:1/d", tmp_path, connect_timeout=1.0)

    assert found.severity is Severity.ERROR
    assert found.finding.message == "hr: no connection"
    assert "is the server up" in found.finding.remedy


async def test_a_missing_file_and_a_driver_that_is_not_there(tmp_path: Path) -> None:
    assert told(await check(f"sqlite:///{tmp_path}/none.sqlite", tmp_path)) == [
        "7: hr: the file is missing or is no database"
    ]
    assert told(await check("oracle+nichts://h/d", tmp_path)) == [
        "7: hr: there is no driver 'oracle+nichts'"
    ]


async def test_all_mistakes_of_a_file_are_told_without_a_database(tmp_path: Path) -> None:
    mapping = MAPPING.replace("format = 1", "format = 2").replace(h.PERSON_NAME, "personNam")

    found = await check("postgresql://u@127.0.0.1:1/d", tmp_path, mapping)

    assert told(found, Severity.ERROR) == [
        "1: format: 2 is newer than 1, the format of this version",
        "6: there is no indicator 'personNam'",
    ]


@pytest.mark.mariadb
async def test_a_table_that_may_not_be_read_is_an_error(
    tmp_path: Path, make_database: DatabaseMaker
) -> None:
    url = make_database("mariadb")
    run_sql(url, *GOOD)
    with account(url, "INSERT") as blind:
        found = await check(blind, tmp_path)

    assert told(found, Severity.ERROR)


async def test_three_hundred_columns_and_names_that_need_quoting(
    url: str, way: Way, tmp_path: Path
) -> None:
    quote = "`" if way.kind == "mariadb" else '"'
    columns = ", ".join(f"c{n} INTEGER" for n in range(297))
    run_sql(
        url,
        f"CREATE TABLE {quote}Order{quote} ({quote}select{quote} VARCHAR(20) NOT NULL,"
        f" {quote}姓 名{quote} VARCHAR(40), xb VARCHAR(9), {columns})",
    )
    mapping = """format = 1
[person]
table = "Order"
key = "select"
[person.indicators]
personName = "姓 名"
gender = "xb"
"""

    found = await check(url, tmp_path, mapping)

    assert told(found, Severity.ERROR) == []
    fixes = [p.finding.remedy for p in found if p.finding.remedy.startswith("CREATE INDEX")]
    assert len(fixes) == 2
    run_sql(url, *fixes)
    assert not [p for p in await check(url, tmp_path, mapping) if "begins" in str(p)]
