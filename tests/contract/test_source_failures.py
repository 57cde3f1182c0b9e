"""Sources that fail by real means: the right error in time, nothing told, nothing leaked, well again by itself."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from structlog.testing import capture_logs

from adapters.lanes.opening import open_lane
from adapters.lanes.port import LaneOptions
from adapters.port import ReadOrder, StreamOrder
from adapters.source import SqlSource
from adapters.figures import SourceState
from domain.catalogue import handles as h
from domain.model.errors import (
    SourceError,
    SourceInvalidError,
    SourceTimeoutError,
    SourceUnavailableError,
)
from domain.model.keys import EntityKind
from domain.model.records import Facet
from domain.model.tally import Tally
from tests.contract.source_kit import LOADERS, WAYS, Way, opened, run_sql
from tests.support.databases import DatabaseMaker, DatabaseServer, Kind
from tests.support.proxy import Mode, TcpProxy

PERSON = EntityKind.PERSON
MAPPING = """
format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
"""
SLOW = {"postgresql": "CAST(pg_sleep(30) AS VARCHAR(9))", "mariadb": "SLEEP(30)"}
SECRETS = ("ry", "k1", "SELECT", "select", "127.0.0.1", "localhost", "sql", "Errno", "xm")
QUICK: dict[str, Any] = {
    "statement_timeout": 0.5,
    "connect_timeout": 0.5,
    "deadline": 4.0,
}  # Any: options
NETWORK = [way for way in WAYS if way.kind != "sqlite"]

pytestmark = pytest.mark.slow


def _marked(way: Way) -> object:
    return pytest.param(way, marks=getattr(pytest.mark, way.kind), id=str(way))


@pytest.fixture(params=[_marked(way) for way in NETWORK])
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
def logs() -> Iterator[list[Any]]:  # Any: events are dictionaries
    """What was logged."""
    with capture_logs() as captured:
        yield captured  # type: ignore[misc] # a list of mappings


async def _read(source: SqlSource) -> Facet | None:
    order = ReadOrder(PERSON, ("k1",), frozenset({h.PERSON_NAME}))
    return (await source.read(order, Tally()))[0]


async def _failure(source: SqlSource, within: float) -> SourceError:
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        await _read(source)
    assert time.monotonic() - began < within
    return caught.value


def _tells_nothing(error: SourceError, logs: list[Any]) -> bool:  # Any: as in `logs`
    told = [str(error), error.reason, *(str(event) for event in logs)]
    return not [word for word in SECRETS for text in told if word in text.replace("query", "")]


def _is_like_new(facet: Facet | None) -> bool:
    return facet is not None and facet.values == {h.PERSON_NAME: "张三"}


async def test_a_server_that_refuses(source: SqlSource, proxy: TcpProxy, logs: list[Any]) -> None:
    await proxy.switch(Mode.REFUSE)

    error = await _failure(source, within=1.5)

    assert isinstance(error, SourceUnavailableError)
    assert _tells_nothing(error, logs)
    assert source.session.statistics.state is SourceState.DOWN
    await proxy.reset()
    assert _is_like_new(await _read(source))
    assert source.session.statistics.state is SourceState.UP


async def test_a_server_that_refuses_after_it_was_there(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await _read(source)
    await proxy.switch(Mode.REFUSE)

    error = await _failure(source, within=1.5)

    assert isinstance(error, SourceUnavailableError)
    assert _tells_nothing(error, logs)
    await proxy.reset()
    assert _is_like_new(await _read(source))


async def test_a_server_that_takes_connections_and_says_nothing(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await proxy.switch(Mode.HANG)

    error = await _failure(source, within=4)

    assert isinstance(error, SourceTimeoutError | SourceUnavailableError)
    assert _tells_nothing(error, logs)
    await proxy.reset()
    assert _is_like_new(await _read(source))


async def test_a_server_that_stops_answering(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await _read(source)
    await proxy.switch(Mode.HANG)

    error = await _failure(source, within=4)

    assert isinstance(error, SourceTimeoutError)
    assert _tells_nothing(error, logs)
    await proxy.reset()
    assert _is_like_new(await _read(source))


async def test_a_slow_line_still_answers(source: SqlSource, proxy: TcpProxy) -> None:
    await _read(source)
    await proxy.switch(Mode.SLOW, delay=0.05)

    assert _is_like_new(await _read(source))


async def test_an_answer_cut_in_its_middle(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await _read(source)
    await proxy.switch(Mode.CUT)

    error = await _failure(source, within=4)

    assert isinstance(error, SourceUnavailableError)
    assert _tells_nothing(error, logs)
    await proxy.reset()
    assert _is_like_new(await _read(source))


async def test_connections_that_died_unseen_cost_nobody_an_error(
    source: SqlSource, proxy: TcpProxy
) -> None:
    """As after a restart of the server: every kept connection is dead, and the server is there."""
    await asyncio.gather(*(_read(source) for _ in range(8)))
    await proxy.reset()

    assert all(_is_like_new(f) for f in await asyncio.gather(*(_read(source) for _ in range(8))))


async def test_a_stream_that_is_cut(source: SqlSource, proxy: TcpProxy, url: str) -> None:
    rows = ", ".join(f"('n{i}', REPEAT('x', 4000))" for i in range(2000))
    run_sql(url, "DROP TABLE ry", "CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(4000))")
    run_sql(url, f"INSERT INTO ry VALUES ('k1', '张三'), {rows}")
    stream = source.stream(StreamOrder(PERSON, frozenset({h.PERSON_NAME}), batch=10), Tally())
    await anext(stream)
    await proxy.switch(Mode.CUT)

    with pytest.raises(SourceUnavailableError):
        async for _ in stream:
            pass
    await proxy.reset()
    assert _is_like_new(await _read(source))


async def test_a_stream_that_hangs(way: Way, url: str, proxy: TcpProxy, tmp_path: Path) -> None:
    quick = {**QUICK, "batch_timeout": 0.5}
    async with opened(way, proxy.url(url), MAPPING, tmp_path, **quick) as source:
        await _read(source)
        await proxy.switch(Mode.HANG)

        with pytest.raises(SourceTimeoutError):
            async for _ in source.stream(StreamOrder(PERSON, frozenset({h.PERSON_NAME})), Tally()):
                pass
        await proxy.reset()
        assert _is_like_new(await _read(source))


async def test_a_stream_that_is_left_gives_its_place_back(
    way: Way, url: str, tmp_path: Path
) -> None:
    run_sql(url, "INSERT INTO ry VALUES ('k2', 'x'), ('k3', 'y')")
    async with opened(way, url, MAPPING, tmp_path, max_connections=1) as source:
        for _ in range(3):
            stream = source.stream(
                StreamOrder(PERSON, frozenset({h.PERSON_NAME}), batch=1), Tally()
            )
            await anext(stream)
            await stream.aclose()  # type: ignore[attr-defined] # a generator

        assert _is_like_new(await _read(source))
    assert await _none_left(url)


@contextlib.contextmanager
def _locked(url: str) -> Iterator[None]:
    """Another session holds the table."""
    named = make_url(url).set(drivername=LOADERS[make_url(url).get_backend_name()])
    lock = "LOCK TABLE ry IN ACCESS EXCLUSIVE MODE"
    if named.get_backend_name() == "mariadb":
        lock = "LOCK TABLES ry WRITE"
    engine = create_engine(named)
    with engine.connect() as connection:
        connection.exec_driver_sql(lock)
        yield
        connection.invalidate()
    engine.dispose()


async def test_a_locked_table(source: SqlSource, url: str, logs: list[Any]) -> None:
    await _read(source)

    with _locked(url):
        error = await _failure(source, within=3)

    assert isinstance(error, SourceTimeoutError)
    assert _tells_nothing(error, logs)
    assert _is_like_new(await _read(source))


async def test_a_column_that_goes_and_comes_back(
    source: SqlSource, url: str, logs: list[Any]
) -> None:
    await _read(source)
    run_sql(url, "ALTER TABLE ry DROP COLUMN xm")

    error = await _failure(source, within=3)

    assert isinstance(error, SourceInvalidError)
    assert _tells_nothing(error, logs)
    assert isinstance(await _failure(source, within=3), SourceInvalidError)
    (finding,) = source.session.findings
    assert finding.line == 7
    assert "xm" in finding.message
    run_sql(url, "ALTER TABLE ry ADD xm VARCHAR(50)", "UPDATE ry SET xm = '张三'")
    assert _is_like_new(await _read(source))
    assert source.session.findings == ()


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


async def test_a_right_that_is_revoked(
    way: Way, url: str, reader_url: str, tmp_path: Path, logs: list[Any]
) -> None:
    user = make_url(reader_url).username
    async with opened(way, reader_url, MAPPING, tmp_path, **QUICK) as source:
        await _read(source)
        if way.kind == "postgresql":
            run_sql(url, f"REVOKE SELECT ON ry FROM {user}")
        else:
            run_sql(url, f"REVOKE SELECT ON {make_url(url).database}.ry FROM {user}@'%%'")

        error = await _failure(source, within=3)

        assert isinstance(error, SourceInvalidError)
        assert _tells_nothing(error, logs)


async def test_an_account_that_is_not_let_in(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    stranger = make_url(url).set(username="niemand", password="falsch")
    stranger_url = stranger.render_as_string(hide_password=False)
    async with opened(way, stranger_url, MAPPING, tmp_path, **QUICK) as source:
        error = await _failure(source, within=3)

        assert isinstance(error, SourceUnavailableError)
        # Psycopg does not say why a connection failed but in words.
        assert error.reason == "signing in was refused" or "psycopg" in str(way)
        assert _tells_nothing(error, logs)


async def test_a_wrong_password(way: Way, reader_url: str, tmp_path: Path) -> None:
    if way.kind == "postgresql":
        pytest.skip("a server that trusts local accounts asks for no password")
    wrong = make_url(reader_url).set(password="falsch").render_as_string(hide_password=False)
    async with opened(way, wrong, MAPPING, tmp_path, **QUICK) as source:
        assert isinstance(await _failure(source, within=3), SourceUnavailableError)


async def test_a_database_that_is_missing(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    missing = make_url(url).set(database="fourfold_test_missing")
    missing_url = missing.render_as_string(hide_password=False)
    async with opened(way, missing_url, MAPPING, tmp_path, **QUICK) as source:
        error = await _failure(source, within=3)

        assert isinstance(error, SourceUnavailableError)
        assert error.reason == "there is no such database" or "psycopg" in str(way)
        assert _tells_nothing(error, logs)


def _slow_mapping(way: Way) -> str:
    return MAPPING + f'contactAddress = {{ sql = "{SLOW[way.kind]}" }}\n'


async def _read_slowly(source: SqlSource) -> None:
    await source.read(ReadOrder(PERSON, ("k1",), frozenset({h.CONTACT_ADDRESS})), Tally())


async def test_a_statement_that_takes_too_long(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    async with opened(way, url, _slow_mapping(way), tmp_path, **QUICK) as source:
        began = time.monotonic()
        with pytest.raises(SourceTimeoutError) as caught:
            await _read_slowly(source)

        assert time.monotonic() - began < 2
        assert _tells_nothing(caught.value, logs)
        assert _is_like_new(await _read(source))


async def test_the_deadline_holds_whatever_the_statements_may_take(
    way: Way, url: str, tmp_path: Path
) -> None:
    patient = {"statement_timeout": 20.0, "deadline": 0.5, "max_connections": 1}
    async with opened(way, url, _slow_mapping(way), tmp_path, **patient) as source:
        await source.open()
        began = time.monotonic()
        with pytest.raises(SourceTimeoutError):
            await _read_slowly(source)

        assert time.monotonic() - began < 1.5
        await asyncio.sleep(0.6)
        assert _is_like_new(await _read(source))


async def test_too_many_callers_are_refused_at_once(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    crowded = {**QUICK, "max_connections": 1, "max_waiting": 1}
    async with opened(way, url, _slow_mapping(way), tmp_path, **crowded) as source:
        await source.open()
        working = asyncio.create_task(_read_slowly(source))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(_read(source))
        await asyncio.sleep(0)

        error = await _failure(source, within=0.2)

        assert isinstance(error, SourceUnavailableError)
        assert _tells_nothing(error, logs)
        with pytest.raises(SourceTimeoutError):
            await working
        assert _is_like_new(await waiting)


def _connections(url: str) -> int:
    place = make_url(url)
    if place.get_backend_name() == "postgresql":
        counting = (
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            f"AND datname = '{place.database}'"
        )
    else:
        counting = (
            "SELECT count(*) FROM information_schema.processlist "
            f"WHERE id <> connection_id() AND db = '{place.database}'"
        )
    return int(run_sql(url, counting)[0][0])


async def _none_left(url: str) -> bool:
    """A server needs a moment to see that a client has gone."""
    for _ in range(40):
        if await asyncio.to_thread(_connections, url) == 0:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_connections_never_exceed_the_cap(way: Way, url: str, tmp_path: Path) -> None:
    async with opened(way, url, MAPPING, tmp_path, max_connections=3, max_waiting=1000) as source:
        reading = asyncio.gather(*(_read(source) for _ in range(300)))
        most = 0
        while not reading.done():
            most = max(most, await asyncio.to_thread(_connections, url))

        assert all(_is_like_new(facet) for facet in await reading)
        assert most <= 3
    assert await _none_left(url)


async def test_callers_that_give_up_leak_neither_place_nor_connection(
    way: Way, url: str, tmp_path: Path
) -> None:
    calm = {"statement_timeout": 10.0, "max_connections": 2, "deadline": 20.0}
    async with opened(way, url, _slow_mapping(way), tmp_path, **calm) as source:
        await source.open()
        for i in range(50):
            reading = asyncio.create_task(_read_slowly(source))
            await asyncio.sleep(0.001 * (i % 7))
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

        facets = await asyncio.gather(*(_read(source) for _ in range(10)))
        assert all(_is_like_new(facet) for facet in facets)
        assert await asyncio.to_thread(_connections, url) <= 2
    assert await _none_left(url)


async def test_a_connection_is_not_kept_for_ever(way: Way, url: str) -> None:
    who = "SELECT connection_id()" if way.kind == "mariadb" else "SELECT pg_backend_pid()"
    for age, different in ((3600.0, 1), (0.0, 3)):
        lane = open_lane(LaneOptions(way.url(url), recycle_after=age))
        seen = {(await lane.fetch(who, []))[0][0] for _ in range(3)}
        await lane.close()

        assert len(seen) == different


async def test_nothing_is_left_after_closing(way: Way, url: str, tmp_path: Path) -> None:
    async with opened(way, url, MAPPING, tmp_path) as source:
        await asyncio.gather(*(_read(source) for _ in range(8)))
        await source.close()

        assert await _none_left(url)
        with pytest.raises(SourceUnavailableError):
            await _read(source)


async def test_a_source_that_does_not_answer_is_left_alone_for_a_moment(
    way: Way, url: str, proxy: TcpProxy, tmp_path: Path
) -> None:
    patient = {**QUICK, "retry_after": 60.0}
    async with opened(way, proxy.url(url), MAPPING, tmp_path, **patient) as source:
        await proxy.switch(Mode.HANG)
        first = await _failure(source, within=4)
        tried = proxy.accepted

        again = await _failure(source, within=0.1)

        assert type(again) is type(first)
        assert proxy.accepted == tried


class TestSqlite:
    """The same where the source is a file."""

    WAY = Way("sqlite")

    @pytest.fixture
    def file(self, make_database: DatabaseMaker) -> str:
        made = make_database("sqlite")
        run_sql(
            made,
            "CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(50))",
            "INSERT INTO ry VALUES ('k1', '张三')",
        )
        return made

    async def test_a_file_that_is_missing(self, tmp_path: Path, logs: list[Any]) -> None:
        path = tmp_path / "nichts.db"
        async with opened(self.WAY, f"sqlite:///{path}", MAPPING, tmp_path) as source:
            error = await _failure(source, within=1)

            assert isinstance(error, SourceUnavailableError)
            assert _tells_nothing(error, logs)
            assert not path.exists()
            run_sql(
                f"sqlite:///{path}",
                "CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(50))",
                "INSERT INTO ry VALUES ('k1', '张三')",
            )
            assert _is_like_new(await _read(source))

    @pytest.mark.parametrize("name", [".", "mapping.toml"])
    async def test_a_file_that_is_no_database(self, name: str, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / name}"
        async with opened(self.WAY, url, MAPPING, tmp_path) as source:
            assert isinstance(await _failure(source, within=1), SourceUnavailableError)

    async def test_a_name_with_signs_of_an_address(self, tmp_path: Path) -> None:
        path = tmp_path / "编办 50%#1?.db"
        url = make_url("sqlite://").set(database=str(path)).render_as_string()
        run_sql(url, "CREATE TABLE ry (k VARCHAR(10), xm VARCHAR(50))")
        run_sql(url, "INSERT INTO ry VALUES ('k1', '张三')")
        async with opened(self.WAY, url, MAPPING, tmp_path) as source:
            assert _is_like_new(await _read(source))

    async def test_a_file_that_is_locked(self, file: str, tmp_path: Path) -> None:
        engine = create_engine(file)
        async with opened(self.WAY, file, MAPPING, tmp_path, **QUICK) as source:
            await _read(source)
            with engine.connect() as connection:
                connection.exec_driver_sql("BEGIN EXCLUSIVE")
                error = await _failure(source, within=3)
            engine.dispose()

            assert isinstance(error, SourceTimeoutError)
            assert _is_like_new(await _read(source))

    async def test_a_source_is_never_written(self, file: str, tmp_path: Path) -> None:
        async with opened(self.WAY, file, MAPPING, tmp_path) as source:
            with pytest.raises(SourceError):
                await source.session.within_deadline(
                    source.session.lane.fetch("DELETE FROM ry", [])
                )
            assert _is_like_new(await _read(source))

    async def test_callers_that_give_up(self, file: str, tmp_path: Path) -> None:
        async with opened(self.WAY, file, MAPPING, tmp_path, max_connections=2) as source:
            for i in range(50):
                reading = asyncio.create_task(_read(source))
                for _ in range(i % 5):
                    await asyncio.sleep(0)
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading

            assert all(_is_like_new(f) for f in [await _read(source) for _ in range(5)])


async def test_a_networked_source_is_never_written(way: Way, url: str, tmp_path: Path) -> None:
    async with opened(way, url, MAPPING, tmp_path) as source:
        with pytest.raises(SourceError):
            await source.session.within_deadline(source.session.lane.fetch("DELETE FROM ry", []))
        assert _is_like_new(await _read(source))
