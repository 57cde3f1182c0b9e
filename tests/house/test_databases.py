"""The databases tests use: found or started, made empty, dropped again."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from tests.support import databases
from tests.support.databases import (
    PREFIX,
    DatabaseMaker,
    DatabaseServer,
    Kind,
    answers,
    found_server,
    fresh_database,
)
from tests.support.instances import NoPrivateServerError, private_mariadb, private_postgresql
from tests.support.node import installed
from tests.support.requirements import missing, skips_by_kind

DRIVERS: dict[str, str] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mariadb": "mariadb+pymysql",
}


def _with_driver(url: str) -> str:
    parsed = make_url(url)
    named = parsed.set(drivername=DRIVERS[parsed.drivername])
    return named.render_as_string(hide_password=False)


def _written_and_read(url: str) -> str:
    engine = create_engine(_with_driver(url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE word (it VARCHAR(20))"))
        connection.execute(text("INSERT INTO word VALUES (:it)"), {"it": "编制𠮷"})
        found = str(connection.execute(text("SELECT it FROM word")).scalar_one())
    engine.dispose()
    return found


def test_every_kind_of_database_keeps_rare_characters(database_url: str) -> None:
    assert _written_and_read(database_url) == "编制𠮷"


def test_two_databases_of_one_test_share_nothing(
    database_kind: Kind, make_database: DatabaseMaker
) -> None:
    first, second = make_database(database_kind), make_database(database_kind)

    assert first != second
    assert _written_and_read(first) == _written_and_read(second)


def test_a_database_is_dropped_although_a_transaction_is_open(
    database_kind: Kind, database_server: Callable[[Kind], DatabaseServer]
) -> None:
    server = database_server(database_kind)
    with fresh_database(server) as url:
        _written_and_read(url)
        engine = create_engine(_with_driver(url))
        held = engine.connect()
        held.execute(text("SELECT it FROM word"))

    held.invalidate()
    engine.dispose()
    assert PREFIX in url
    assert not _is_there(url)


def _is_there(url: str) -> bool:
    """Whether the database itself, not only its server, can be opened."""
    if url.startswith("sqlite"):
        return Path(str(make_url(url).database)).exists()
    engine = create_engine(_with_driver(url))
    try:
        engine.connect().close()
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


def test_a_server_named_by_the_environment_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOURFOLD_TEST_POSTGRESQL_URL", "postgresql+asyncpg://x@127.0.0.1:1/x")

    with pytest.raises(psycopg.OperationalError), found_server("postgresql"):
        pass


def test_nothing_to_be_found_skips_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "answers", lambda _url: False)
    monkeypatch.delenv("FOURFOLD_TEST_MARIADB_URL", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tests.support.instances.find_program", _no_program)

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs mariadb"), found_server("mariadb"):
        pass

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs mariadb"), found_server("mariadb"):
        pass


def _no_program(*names: str) -> str:
    raise NoPrivateServerError(f"{names[0]} is not installed")


@pytest.mark.parametrize("lacking", ["node", "npm"])
def test_missing_node_skips_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    found = {"node": "/usr/bin/node", "npm": "/usr/bin/npm", lacking: None}
    monkeypatch.setattr("tests.support.node.shutil.which", found.get)

    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs node"):
        installed("graph")

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs node"):
        installed("graph")


def test_packages_that_cannot_be_installed_are_missing_and_leave_no_half_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("tests.support.node.shutil.which", lambda _name: "/bin/false")

    with pytest.raises(pytest.skip.Exception, match="needs node: npm ci failed"):
        installed("graph")

    left = {each.suffix for each in (tmp_path / "fourfold" / "node").iterdir()}
    assert left == {".lock", ".new"}


def test_a_missing_browser_is_only_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.skip.Exception):
        missing("browser", "no Chromium")


def test_skips_are_counted_by_what_was_missing() -> None:
    reasons = ["Skipped: needs browser: no", "Skipped: needs mariadb: no", "needs browser: x", "?"]

    assert skips_by_kind(reasons) == {"browser": 2, "mariadb": 1, "other": 1}


def _server(kind: Kind, url: str) -> DatabaseServer:
    return DatabaseServer(kind, url)


@pytest.mark.slow
@pytest.mark.mariadb
def test_a_private_mariadb_can_be_started() -> None:
    try:
        with private_mariadb(answers) as url, fresh_database(_server("mariadb", url)) as new:
            assert _written_and_read(new) == "编制𠮷"
    except NoPrivateServerError as error:
        pytest.skip(f"needs the server's programs: {error}")


@pytest.mark.slow
@pytest.mark.postgresql
def test_a_private_postgresql_can_be_started() -> None:
    try:
        with private_postgresql(answers) as url, fresh_database(_server("postgresql", url)) as new:
            assert _written_and_read(new) == "编制𠮷"
    except NoPrivateServerError as error:
        pytest.skip(f"needs the server's programs: {error}")
