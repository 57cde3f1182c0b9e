"""New databases on the local PostgreSQL and MariaDB, and statements to those that are there."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from benchmarks.errors import BenchmarkError

POSTGRESQL: Final = "postgresql"
MARIADB: Final = "mysql"
# The variables the tests use too: who has set one for them need not do so twice.
_SERVERS: Final = {
    POSTGRESQL: (
        "PostgreSQL",
        "FOURFOLD_TEST_POSTGRESQL_URL",
        "postgresql://postgres@127.0.0.1:5432",
    ),
    MARIADB: ("MariaDB", "FOURFOLD_TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306"),
}
_DRIVERS: Final = {POSTGRESQL: "postgresql+psycopg", MARIADB: "mysql+pymysql"}
_MAKE: Final = {
    POSTGRESQL: "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0",
    MARIADB: "CREATE DATABASE {name} CHARACTER SET utf8mb4",
}
_DROP: Final = {
    POSTGRESQL: "DROP DATABASE IF EXISTS {name} WITH (FORCE)",
    MARIADB: "DROP DATABASE IF EXISTS {name}",
}
_CONNECT_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Database:
    """One database on a server; the URL names the server."""

    kind: str
    server: str
    name: str

    @property
    def url(self) -> str:
        """Where it is, without a driver."""
        return (
            sa.make_url(self.server).set(database=self.name).render_as_string(hide_password=False)
        )

    def make(self) -> None:
        """Makes it. Raises BenchmarkError."""
        _run(self, _MAKE[self.kind])

    def drop(self) -> None:
        """Drops it, also where it was never made. Raises BenchmarkError."""
        _run(self, _DROP[self.kind])


def new_database(kind: str) -> Database:
    """A name nobody has, on the server of its kind; nothing is made yet. Raises BenchmarkError."""
    server = _server(kind).render_as_string(hide_password=False)
    return Database(kind, server, f"fourfold_bench_{secrets.token_hex(6)}")


def query(url: str, statement: str) -> Sequence[Sequence[Any]]:  # Any: cells of whatever is asked
    """All rows of one statement. Raises BenchmarkError."""
    parsed = sa.make_url(url)
    engine = sa.create_engine(
        parsed.set(drivername=_DRIVERS[parsed.get_backend_name()]),
        connect_args={"connect_timeout": _CONNECT_SECONDS},
    )
    try:
        with engine.connect() as connection:
            return connection.execute(sa.text(statement)).fetchall()
    except sa.exc.SQLAlchemyError as error:
        raise BenchmarkError(f"{place_of(parsed)} does not answer") from error
    finally:
        engine.dispose()


def place_of(url: sa.URL) -> str:
    """Kind and address of a server, as a person reads it."""
    kind = url.get_backend_name()
    return f"{_SERVERS[kind][0]} at {url.host}:{url.port or ''}".rstrip(":")


def _server(kind: str) -> sa.URL:
    _, variable, local = _SERVERS[kind]
    text = os.environ.get(variable) or local
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        raise BenchmarkError(f"{variable} is no URL of a database") from None
    return url.set(drivername=kind)


def _run(database: Database, statement: str) -> None:
    """Runs a statement beside the database: one cannot make or drop what one is in."""
    kind = database.kind
    server = sa.make_url(database.server)
    name, variable, _ = _SERVERS[kind]
    url = server.set(drivername=_DRIVERS[kind], database="postgres" if kind == POSTGRESQL else None)
    engine = sa.create_engine(
        url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": _CONNECT_SECONDS}
    )
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(statement.format(name=database.name)))
    except sa.exc.SQLAlchemyError:
        raise BenchmarkError(
            f"{name} does not answer at {server.host}:{server.port}, or lets us make no databases;"
            f" start it, or name another one in {variable}"
        ) from None
    finally:
        engine.dispose()
