"""Real databases for tests: finds a server of each kind and makes databases gone after the test.

A server is looked for in this order: the environment's URL, a local server, a private instance
started from installed programs; where there is none, the test is skipped and counted. A shared
server is never stopped: to cut one off, put `tests.support.proxy` before it.
"""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import psycopg
import pymysql
import pytest
from sqlalchemy.engine import URL, make_url

from tests.support.instances import NoPrivateServerError, private_mariadb, private_postgresql
from tests.support.requirements import missing

Kind = Literal["sqlite", "postgresql", "mariadb"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql", "mariadb")
PREFIX = "fourfold_test_"

_CONNECT_TIMEOUT = 5


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """Where databases can be made; `base_url` names an account that may, for SQLite a folder."""

    kind: Kind
    base_url: str


DatabaseMaker = Callable[[Kind], str]
"""Makes an empty database and gives its SQLAlchemy URL, which names no driver."""


@dataclass(frozen=True, slots=True)
class _Search:
    """How a server of one kind is found."""

    variable: str
    local: str
    private: Callable[[Callable[[str], bool]], AbstractContextManager[str]]


_SEARCHES: dict[Kind, _Search] = {
    "postgresql": _Search(
        "FOURFOLD_TEST_POSTGRESQL_URL",
        "postgresql://postgres@127.0.0.1:5432/postgres",
        private_postgresql,
    ),
    "mariadb": _Search(
        "FOURFOLD_TEST_MARIADB_URL", "mariadb://root@127.0.0.1:3306", private_mariadb
    ),
}


@contextlib.contextmanager
def found_server(kind: Kind) -> Iterator[DatabaseServer]:
    """A server of this kind while the block lasts; skips the test where none can be had."""
    search = _SEARCHES[kind]
    given = os.environ.get(search.variable)
    if given:
        # A server that was asked for and is not there is a failure, not a reason to look elsewhere.
        with _administrator(_without_driver(given)):
            yield DatabaseServer(kind, _without_driver(given))
    elif answers(search.local):
        yield DatabaseServer(kind, search.local)
    else:
        with ExitStack() as stack:
            try:
                url = stack.enter_context(search.private(answers))
            except NoPrivateServerError as error:
                missing(kind, f"no {search.variable}, no local server, no private one ({error})")
            yield DatabaseServer(kind, url)


def answers(url: str) -> bool:
    """Whether a server lets this account in."""
    try:
        with _administrator(url):
            return True
    except (psycopg.Error, pymysql.Error, OSError):
        return False


@contextlib.contextmanager
def fresh_database(server: DatabaseServer) -> Iterator[str]:
    """A new empty database with an unlikely name; dropped at the end, whoever still holds it."""
    name = f"{PREFIX}{secrets.token_hex(8)}"
    if server.kind == "sqlite":
        path = Path(server.base_url) / f"{name}.sqlite"
        yield f"sqlite:///{path}"
        for each in path.parent.glob(f"{name}.sqlite*"):
            each.unlink()
        return
    with _administrator(server.base_url) as run:
        run(_CREATE[server.kind].format(name=name))
    try:
        url = make_url(server.base_url).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        _drop(server, name)


_CREATE: dict[Kind, str] = {
    "postgresql": "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0",
    "mariadb": "CREATE DATABASE {name} CHARACTER SET utf8mb4",
}


def _drop(server: DatabaseServer, name: str) -> None:
    """Drop a database although connections of the test may still be open."""
    with _administrator(server.base_url) as run:
        if server.kind == "postgresql":
            run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            return
        # MariaDB has no forced drop: an open transaction would make it wait for a day.
        for (thread,) in run(f"SELECT id FROM information_schema.processlist WHERE db = '{name}'"):
            with contextlib.suppress(pymysql.Error):
                run(f"KILL {thread}")
        run("SET SESSION lock_wait_timeout = 20")
        run(f"DROP DATABASE IF EXISTS {name}")


Run = Callable[[str], list[tuple[Any, ...]]]  # Any: a row of whatever was asked


@contextlib.contextmanager
def _administrator(url: str) -> Iterator[Run]:
    """A way to run statements outside of a transaction, on a connection of its own."""
    parsed = make_url(url)
    connection = _postgresql(parsed) if parsed.drivername == "postgresql" else _mariadb(parsed)
    with contextlib.closing(connection), contextlib.closing(connection.cursor()) as cursor:

        def run(statement: str) -> list[tuple[Any, ...]]:  # Any: as in Run
            # The statements are built here from constants and random names.
            cursor.execute(cast("Any", statement))  # Any: psycopg wants a literal
            return list(cursor.fetchall()) if cursor.description else []

        yield run


def _postgresql(url: URL) -> psycopg.Connection[tuple[Any, ...]]:  # Any: as in Run
    return psycopg.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        dbname=url.database or "postgres",
        connect_timeout=_CONNECT_TIMEOUT,
        autocommit=True,
    )


def _mariadb(url: URL) -> "pymysql.connections.Connection[pymysql.cursors.Cursor]":
    return pymysql.connect(
        host=url.host or "127.0.0.1",
        port=url.port or 3306,
        user=url.username or "root",
        password=str(url.password or ""),
        connect_timeout=_CONNECT_TIMEOUT,
        autocommit=True,
        charset="utf8mb4",
    )


def _without_driver(url: str) -> str:
    """The URL as tests hand it on: which driver reads it is the reader's choice."""
    parsed = make_url(url)
    kind = parsed.drivername.partition("+")[0].replace("mysql", "mariadb")
    return parsed.set(drivername=kind).render_as_string(hide_password=False)


# --- fixtures, registered in tests/conftest.py ---


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> DatabaseServer:
    """A folder for SQLite files."""
    return DatabaseServer("sqlite", str(tmp_path_factory.mktemp("sqlite")))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[DatabaseServer]:
    """The PostgreSQL server of this test session."""
    with found_server("postgresql") as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[DatabaseServer]:
    """The MariaDB server of this test session."""
    with found_server("mariadb") as server:
        yield server


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> Callable[[Kind], DatabaseServer]:
    """Gives the server of a kind; it is looked for when first asked for."""

    def server(kind: Kind) -> DatabaseServer:
        found: DatabaseServer = request.getfixturevalue(f"{kind}_server")
        return found

    return server


@pytest.fixture
def make_database(database_server: Callable[[Kind], DatabaseServer]) -> Iterator[DatabaseMaker]:
    """Makes databases that last for the test."""
    with ExitStack() as stack:
        yield lambda kind: stack.enter_context(fresh_database(database_server(kind)))


@pytest.fixture(scope="module")
def make_module_database(
    database_server: Callable[[Kind], DatabaseServer],
) -> Iterator[DatabaseMaker]:
    """Makes databases that the tests of one module share; they must not change what others read."""
    with ExitStack() as stack:
        yield lambda kind: stack.enter_context(fresh_database(database_server(kind)))


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ],
)
def database_kind(request: pytest.FixtureRequest) -> Kind:
    """Runs the test once for each kind of database."""
    kind: Kind = request.param
    return kind


@pytest.fixture
def database_url(database_kind: Kind, make_database: DatabaseMaker) -> str:
    """An empty database of each kind in turn."""
    return make_database(database_kind)
