"""A table of one person on every server and driver, a proxy before it, and a source behind that."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapters.source import SqlSource
from tests.contract.source_kit import Way, marked, opened, run_sql
from tests.contract.source_networks.kit import MAPPING, NETWORK, QUICK
from tests.support.databases import DatabaseMaker, DatabaseServer, Kind
from tests.support.proxy import TcpProxy


@pytest.fixture(params=[marked(way) for way in NETWORK])
def way(request: pytest.FixtureRequest) -> Way:
    """Every driver that speaks over a network."""
    found: Way = request.param
    return found


@pytest.fixture
def url(way: Way, make_database: DatabaseMaker) -> str:
    """A database of one person."""
    made = make_database(way.kind)
    run_sql(
        made,
        "CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(50))",
        "INSERT INTO ry VALUES ('k1', '张三')",
    )
    return made


@pytest.fixture
async def proxy(url: str) -> AsyncIterator[TcpProxy]:
    """Stands before the server of that database."""
    place = make_url(url)
    standard = 5432 if place.get_backend_name() == "postgresql" else 3306
    async with TcpProxy(place.host or "127.0.0.1", place.port or standard) as standing:
        yield standing


@pytest.fixture
async def source(way: Way, url: str, proxy: TcpProxy, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """A source behind the proxy, with little patience."""
    async with opened(way, proxy.url(url), MAPPING, tmp_path, **QUICK) as through:
        yield through


@pytest.fixture
def reader_url(
    way: Way, url: str, database_server: Callable[[Kind], DatabaseServer]
) -> Iterator[str]:
    """The same database for an account that may read the table, and loses that right in a test."""
    name, base = f"fourfold_{secrets.token_hex(6)}", database_server(way.kind).base_url
    at = "@'%%'" if way.kind == "mariadb" else ""
    password = "IDENTIFIED BY 'wort'" if way.kind == "mariadb" else "LOGIN PASSWORD 'wort'"
    create = "USER" if way.kind == "mariadb" else "ROLE"
    table = f"{make_url(url).database}.ry" if way.kind == "mariadb" else "ry"
    run_sql(base, f"CREATE {create} {name}{at} {password}")
    run_sql(url, f"GRANT SELECT ON {table} TO {name}{at}")
    account = make_url(url).set(username=name, password="wort")
    yield account.render_as_string(hide_password=False)
    with contextlib.suppress(Exception):
        run_sql(url, f"REVOKE SELECT ON {table} FROM {name}{at}")
    run_sql(base, f"DROP {create} {name}{at}")
