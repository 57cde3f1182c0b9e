"""The right error in time, nothing told, well again by itself."""

import asyncio
import itertools
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from adapters.source import SqlSource
from domain.model.errors import (
    SourceInvalidError,
    SourceTimeoutError,
    SourceUnavailableError,
)
from tests.contract.source_kit import Way, opened, run_beside
from tests.contract.source_networks.kit import (
    MAPPING,
    QUICK,
    failure_of,
    is_like_new,
    is_well_again,
    locked,
    read_one,
    reads_again,
    tells_nothing,
    told_findings,
    until,
)
from tests.support.proxy import Mode, TcpProxy

pytestmark = pytest.mark.slow


async def test_a_server_that_refuses(source: SqlSource, proxy: TcpProxy, logs: list[Any]) -> None:
    await proxy.switch(Mode.REFUSE)

    error = await failure_of(source, within=10)

    assert isinstance(error, SourceUnavailableError)
    assert tells_nothing(error, logs)
    assert source.statistics.last_error == error.reason
    await proxy.reset()
    assert await is_well_again(source)


async def test_a_server_that_refuses_after_it_was_there(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await read_one(source)
    await proxy.switch(Mode.REFUSE)

    error = await failure_of(source, within=10)

    assert isinstance(error, SourceUnavailableError)
    assert tells_nothing(error, logs)
    await proxy.reset()
    assert await is_well_again(source)


async def test_a_server_that_takes_connections_and_says_nothing(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await proxy.switch(Mode.HANG)

    error = await failure_of(source, within=10)

    assert isinstance(error, SourceTimeoutError | SourceUnavailableError)
    assert tells_nothing(error, logs)
    await proxy.reset()
    assert await is_well_again(source)


async def test_a_server_that_stops_answering(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await read_one(source)
    await proxy.switch(Mode.HANG)

    error = await failure_of(source, within=10)

    assert isinstance(error, SourceTimeoutError)
    assert tells_nothing(error, logs)
    await proxy.reset()
    assert await is_well_again(source)


async def test_a_slow_line_still_answers(source: SqlSource, proxy: TcpProxy) -> None:
    await read_one(source)
    await proxy.switch(Mode.SLOW, delay=0.05)

    assert is_like_new(await read_one(source))


async def test_an_answer_cut_in_its_middle(
    source: SqlSource, proxy: TcpProxy, logs: list[Any]
) -> None:
    await read_one(source)
    await proxy.switch(Mode.CUT)

    error = await failure_of(source, within=10)

    assert isinstance(error, SourceUnavailableError)
    assert tells_nothing(error, logs)
    await proxy.reset()
    assert await is_well_again(source)


async def test_connections_that_died_unseen_cost_nobody_an_error(
    source: SqlSource, proxy: TcpProxy
) -> None:
    """As after a restart of the server: every kept connection is dead, and the server is there."""
    await asyncio.gather(*(read_one(source) for _ in range(8)))
    await proxy.reset()

    assert all(is_like_new(f) for f in await asyncio.gather(*(read_one(source) for _ in range(8))))


async def test_a_locked_table(source: SqlSource, url: str, logs: list[Any]) -> None:
    await read_one(source)

    with locked(url):
        error = await failure_of(source, within=10)

    assert isinstance(error, SourceTimeoutError)
    assert tells_nothing(error, logs)
    assert is_like_new(await read_one(source))


async def test_a_column_that_goes_and_comes_back(
    source: SqlSource, url: str, logs: list[Any]
) -> None:
    await read_one(source)
    await run_beside(url, "ALTER TABLE ry DROP COLUMN xm")

    error = await failure_of(source, within=10)

    assert isinstance(error, SourceInvalidError)
    assert tells_nothing(error, logs)
    (finding,) = await told_findings(source)
    assert finding.line == 7
    assert "xm" in finding.message
    await run_beside(url, "ALTER TABLE ry ADD xm VARCHAR(50)", "UPDATE ry SET xm = '张三'")
    assert await reads_again(source)
    assert source.session.findings == ()


async def test_a_right_that_is_revoked(
    way: Way, url: str, reader_url: str, tmp_path: Path, logs: list[Any]
) -> None:
    user = make_url(reader_url).username
    async with opened(way, reader_url, MAPPING, tmp_path, **QUICK) as source:
        await read_one(source)
        if way.kind == "postgresql":
            await run_beside(url, f"REVOKE SELECT ON ry FROM {user}")
        else:
            await run_beside(url, f"REVOKE SELECT ON {make_url(url).database}.ry FROM {user}@'%%'")

        error = await failure_of(source, within=10)

        assert isinstance(error, SourceInvalidError)
        assert tells_nothing(error, logs)


async def test_an_account_that_is_not_let_in(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    stranger = make_url(url).set(username="niemand", password="falsch")
    stranger_url = stranger.render_as_string(hide_password=False)
    async with opened(way, stranger_url, MAPPING, tmp_path, **QUICK) as source:
        error = await failure_of(source, within=10)

        assert isinstance(error, SourceUnavailableError)
        # Psycopg does not say why a connection failed but in words.
        assert error.reason == "signing in was refused" or "psycopg" in str(way)
        assert tells_nothing(error, logs)


async def test_a_wrong_password(way: Way, reader_url: str, tmp_path: Path) -> None:
    if way.kind == "postgresql":
        pytest.skip("a server that trusts local accounts asks for no password")
    wrong = make_url(reader_url).set(password="falsch").render_as_string(hide_password=False)
    async with opened(way, wrong, MAPPING, tmp_path, **QUICK) as source:
        assert isinstance(await failure_of(source, within=10), SourceUnavailableError)


async def test_a_database_that_is_missing(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    missing = make_url(url).set(database="fourfold_test_missing")
    missing_url = missing.render_as_string(hide_password=False)
    async with opened(way, missing_url, MAPPING, tmp_path, **QUICK) as source:
        error = await failure_of(source, within=10)

        assert isinstance(error, SourceUnavailableError)
        assert error.reason == "there is no such database" or "psycopg" in str(way)
        assert tells_nothing(error, logs)


async def test_a_clock_that_goes_back_keeps_neither_breaker_nor_connections_waiting(
    source: SqlSource, proxy: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_like_new(await read_one(source))
    wrong = itertools.count(time.time(), -3600.0)
    monkeypatch.setattr(time, "time", lambda: next(wrong))
    source.session.now = lambda: datetime.fromtimestamp(next(wrong), UTC)
    await proxy.switch(Mode.REFUSE)
    while source.breaker.opened == 0:
        await failure_of(source, within=10)

    await proxy.switch(Mode.FORWARD)

    await until(lambda: source.breaker.state == "CLOSED")
    assert is_like_new(await read_one(source))
