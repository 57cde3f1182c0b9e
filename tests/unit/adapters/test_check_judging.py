"""What a check makes of facts about a server that no test server can be made to give."""

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mysql, oracle

from adapters.checking.live import (
    ORACLE_WRITES,
    LiveIndex,
    LiveSchema,
    LiveTable,
    grants_write,
    oracle_names,
)
from adapters.checking.problems import Problem, Problems, Severity
from adapters.checking.server import judge_limits, judge_rights, judge_version
from adapters.checking.structure import index_text
from adapters.checking.uses import Use
from adapters.mapping.model import TableName
from adapters.sql.shapes import TableShape

RY = TableName("ry")


def a_schema(backend: str = "postgresql", version: tuple[int, ...] = (15,)) -> LiveSchema:
    shape = TableShape({"grbh": sa.String(20), "bz": mysql.TEXT()}, ())
    table = LiveTable(frozenset(), (), is_view=False)
    return LiveSchema(backend, version, {RY: shape}, {RY: table}, (), None)


def test_oracle_is_asked_for_rights_in_the_words_of_its_catalog() -> None:
    dialect = oracle.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy has none
    dialect.default_schema_name = "reader"
    asked = str(ORACLE_WRITES.compile(dialect=dialect))

    sqlglot.parse_one(asked, read="oracle")
    assert oracle_names(dialect, RY) == {"owner": "READER", "name": "RY"}
    assert oracle_names(dialect, TableName("Ry", "hr")) == {"owner": "HR", "name": "Ry"}


@pytest.mark.parametrize(
    ("backend", "version", "wanted"),
    [
        ("postgresql", (9, 6, 24), "the server is PostgreSQL 9.6.24; statements need 10 or newer"),
        ("mariadb", (10, 1, 48), "the server is MariaDB 10.1.48; statements need 10.3 or newer"),
        ("mysql", (5, 7, 44), "the server is MySQL 5.7.44; statements need 8.0 or newer"),
        ("oracle", (11, 2, 0, 4), "the server is oracle 11.2.0; statements need 12.2 or newer"),
    ],
)
def test_a_server_too_old_is_an_error(backend: str, version: tuple[int, ...], wanted: str) -> None:
    problems = Problems("hr.toml")

    judge_version(a_schema(backend, version), problems)

    (found,) = problems.found
    assert (found.severity, found.finding.message) == (Severity.ERROR, wanted)


@pytest.mark.parametrize(
    ("backend", "version"), [("postgresql", (10, 0)), ("mariadb", (10, 3)), ("mysql", (8, 0, 1))]
)
def test_the_oldest_server_that_will_do_is_no_finding(
    backend: str, version: tuple[int, ...]
) -> None:
    problems = Problems("hr.toml")

    judge_version(a_schema(backend, version), problems)

    assert problems.found == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["on"], ["5000"]], []),
        ([["off"], ["5000"]], ["the server did not make our session read-only"]),
        ([["on"], ["0"]], ["the server did not take our statement time-out of 5 s"]),
        ([], ["the server does not tell the limits of a session"]),
    ],
)
def test_limits_the_server_did_not_take_are_told(
    rows: list[list[str]], expected: list[str]
) -> None:
    problems = Problems("hr.toml")

    judge_limits("postgresql", rows, 5.0, problems)

    assert [each.finding.message for each in problems.found] == expected


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", True),
        ("GRANT USAGE ON *.* TO `u`@`%`", False),
        ("GRANT SELECT ON `rs`.* TO `u`@`%`", False),
        ("GRANT SELECT, UPDATE ON `rs`.`ry` TO `u`@`%`", True),
        ("GRANT SELECT, UPDATE ON `rs`.`other` TO `u`@`%`", False),
        ("GRANT INSERT ON `r_`.* TO `u`@`%`", True),
        ("GRANT INSERT ON `r\\_`.* TO `u`@`%`", False),
        ("GRANT DELETE ON `other`.* TO `u`@`%`", False),
        ("GRANT PROXY ON ''@'%' TO 'root'@'localhost'", False),
    ],
)
def test_a_grant_is_read_for_the_right_to_write(grant: str, *, expected: bool) -> None:
    assert grants_write(grant, "rs", "ry") is expected


def test_the_right_to_write_a_file_is_no_warning() -> None:
    problems = Problems("hr.toml")
    live = a_schema("sqlite")

    judge_rights(
        LiveSchema(live.backend, (3, 40), live.shapes, live.tables, ("ry",), None), problems
    )

    assert [each.severity for each in problems.found] == [Severity.INFO]


def test_an_index_serves_what_it_begins_with_in_any_order() -> None:
    index = LiveIndex(("a", "b", "c"), is_unique=True)

    assert index.serves(frozenset({"b", "a"}))
    assert not index.serves(frozenset({"c"}))


def test_an_index_over_more_columns_does_not_make_a_key_unique() -> None:
    table = LiveTable(frozenset(), (LiveIndex(("a", "b"), is_unique=True),), is_view=False)

    assert table.is_unique(frozenset({"a", "b"}))
    assert not table.is_unique(frozenset({"a"}))


def test_an_endless_text_is_indexed_by_its_first_characters_on_mysql() -> None:
    use = Use("search", 1, RY, ("bz",))

    assert index_text(use, a_schema(), mysql.dialect()) == "CREATE INDEX ix_ry_bz ON ry (bz(64))"


def test_the_name_of_a_proposed_index_is_never_too_long() -> None:
    long = TableName("t" * 60)
    shape = TableShape({"列": sa.String(20)}, ())
    live = LiveSchema("oracle", (19,), {long: shape}, {}, (), None)
    dialect = oracle.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy has none

    name = index_text(Use("search", 1, long, ("列",)), live, dialect).split()[2]

    assert name.startswith("ix_fourfold_")
    assert len(name) <= 30


def test_findings_come_by_line_and_the_gravest_of_a_line_first() -> None:
    problems = Problems("hr.toml")
    problems.info(2, "c", "x")
    problems.error(2, "b", "x")
    problems.warning(1, "a", "x")
    problems.warning(1, "a", "x")

    assert [str(each) for each in problems.ordered()] == [
        "hr.toml:1: warning: a -> x",
        "hr.toml:2: error: b -> x",
        "hr.toml:2: info: c -> x",
    ]
    assert isinstance(problems.ordered()[0], Problem)
