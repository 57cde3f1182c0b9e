"""Where `--real` puts the departments: by option, else environment, else local servers."""

import os
import sys
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
import typer

from domain.model.departments import Department

_POSTGRESQL: Final = "postgresql://postgres@127.0.0.1:5432"
_MARIADB: Final = "mysql://root@127.0.0.1:3306"
_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_SERVERS: Final = {
    Department.ORGANIZATION: _MARIADB,
    Department.ESTABLISHMENT: _POSTGRESQL,
    Department.FINANCE: _MARIADB,
    Department.HR: _POSTGRESQL,
}


def real_urls(given: Sequence[str]) -> list[str]:
    """A `department=URL` for every department; missing databases on local servers are made."""
    named = {pair.partition("=")[0] for pair in given}
    missing = [department for department in Department if department not in named]
    return [*given, *(f"{department}={_url_of(department)}" for department in missing)]


def _url_of(department: Department) -> str:
    from_environment = os.environ.get(f"FOURFOLD_DEMO_{department.name}_URL")
    if from_environment:
        return from_environment
    server, name = _SERVERS[department], f"fourfold_demo_{department}"
    try:
        _make_database(sa.make_url(server), name)
    except sa.exc.SQLAlchemyError:
        kind = server.partition(":")[0]
        print(
            f"./dev demo: no {kind} server answers locally; give --url {department}=URL",
            file=sys.stderr,
        )
        raise typer.Exit(1) from None
    return f"{server}/{name}"


def _make_database(server: sa.URL, name: str) -> None:
    backend = server.get_backend_name()
    url = server.set(
        drivername=_DRIVERS[backend], database="postgres" if backend == "postgresql" else None
    )
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if backend == "mysql":
            connection.execute(
                sa.text(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
            )
        elif not connection.scalar(
            sa.text("SELECT 1 FROM pg_database WHERE datname = :n"), {"n": name}
        ):
            connection.execute(
                sa.text(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
            )
    engine.dispose()
