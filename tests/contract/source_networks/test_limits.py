"""Time-outs, caps and callers that give up: nothing leaks."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from adapters.breaker import BreakerOptions
from adapters.lanes.opening import open_lane
from adapters.lanes.port import LaneOptions
from domain.model.errors import (
    SourceError,
    SourceTimeoutError,
    SourceUnavailableError,
)
from domain.model.tally import Tally
from tests.contract.source_kit import Way, opened, run_sql
from tests.contract.source_networks.kit import (
    MAPPING,
    QUICK,
    at_most,
    connections,
    failure_of,
    is_like_new,
    none_left,
    read_one,
    read_slowly,
    slow_mapping,
    tells_nothing,
    until,
)
from tests.support.proxy import Mode, TcpProxy

pytestmark = pytest.mark.slow


async def test_a_statement_that_takes_too_long(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    async with opened(way, url, slow_mapping(way), tmp_path, **QUICK) as source:
        began = time.monotonic()
        with pytest.raises(SourceTimeoutError) as caught:
            await read_slowly(source)

        assert time.monotonic() - began < 10
        assert tells_nothing(caught.value, logs)
        assert is_like_new(await read_one(source))


async def test_the_deadline_holds_whatever_the_statements_may_take(
    way: Way, url: str, tmp_path: Path
) -> None:
    patient = {"statement_timeout": 20.0, "deadline": 0.5, "max_connections": 1}
    async with opened(way, url, slow_mapping(way), tmp_path, **patient) as source:
        await source.open()
        began = time.monotonic()
        with pytest.raises(SourceTimeoutError):
            await read_slowly(source)

        assert time.monotonic() - began < 10
        source.session.options = replace(source.session.options, deadline=20.0)
        assert is_like_new(await read_one(source))


async def test_too_many_callers_are_refused_at_once(
    way: Way, url: str, tmp_path: Path, logs: list[Any]
) -> None:
    crowded = {"statement_timeout": 20.0, "deadline": 40.0, "max_connections": 1, "max_waiting": 1}
    async with opened(way, url, slow_mapping(way), tmp_path, **crowded) as source:
        await source.open()
        working = asyncio.create_task(read_slowly(source))
        waiting = asyncio.create_task(read_one(source))
        await until(lambda: source.waiting == 1)

        error = await failure_of(source, within=5)

        assert isinstance(error, SourceUnavailableError)
        assert tells_nothing(error, logs)
        working.cancel()
        assert is_like_new(await waiting)


async def test_callers_wait_for_a_kept_connection_where_the_server_allows_no_more(
    way: Way, url: str, reader_url: str, tmp_path: Path
) -> None:
    if way.driver:
        return  # Drivers in threads of their own are a stock path with one connection each.
    account = make_url(reader_url).username
    many = {"max_connections": 6, "statement_timeout": 10.0, "deadline": 30.0}
    async with opened(way, reader_url, MAPPING, tmp_path, **many) as source:
        await source.open()
        await read_one(source)
        limit = {
            "postgresql": f"ALTER ROLE {account} CONNECTION LIMIT 1",
            "mariadb": f"ALTER USER {account}@'%%' WITH MAX_USER_CONNECTIONS 1",
        }
        run_sql(url, limit[way.kind])

        facets = await asyncio.gather(*(read_one(source) for _ in range(40)))

        assert all(is_like_new(facet) for facet in facets)
        assert source.breaker.state == "CLOSED"
        assert source.waiting == 0


async def test_connections_never_exceed_the_cap(way: Way, url: str, tmp_path: Path) -> None:
    async with opened(way, url, MAPPING, tmp_path, max_connections=3, max_waiting=1000) as source:
        reading = asyncio.gather(*(read_one(source) for _ in range(300)))
        most = 0
        while not reading.done():
            most = max(most, await asyncio.to_thread(connections, url))

        assert all(is_like_new(facet) for facet in await reading)
        assert most <= 3
    assert await none_left(url)


async def test_a_read_given_up_at_the_deadline_is_ended_on_the_server_too(
    way: Way, url: str
) -> None:
    lane = open_lane(LaneOptions(way.url(url), max_connections=1, statement_timeout=20.0))
    other = open_lane(LaneOptions(way.url(url)))
    is_mysql = way.kind == "mariadb"
    sleep = "SELECT SLEEP(9)" if is_mysql else "SELECT pg_sleep(9)"
    sessions, text = (
        ("information_schema.processlist WHERE db = DATABASE()", "info")
        if is_mysql
        else ("pg_stat_activity WHERE state = 'active'", "query")
    )
    began = time.monotonic()
    try:
        await lane.fetch("SELECT 1", [])  # so that the next one meets a kept connection
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await lane.fetch(sleep, [], time.monotonic() + 0.3)

        counted = f"SELECT count(*) FROM {sessions} AND left({text}, 12) = '{sleep[:12]}'"
        while (await other.fetch(counted, []))[0][0]:
            assert time.monotonic() < began + 5
            await asyncio.sleep(0.05)
        assert list((await lane.fetch("SELECT 1", []))[0]) == [1]
    finally:
        await asyncio.gather(lane.close(), other.close())


async def test_callers_that_give_up_leak_neither_place_nor_connection(
    way: Way, url: str, tmp_path: Path
) -> None:
    calm = {"statement_timeout": 10.0, "max_connections": 2, "deadline": 20.0}
    async with opened(way, url, slow_mapping(way), tmp_path, **calm) as source:
        await source.open()
        for i in range(50):
            reading = asyncio.create_task(read_slowly(source))
            await asyncio.sleep(0.001 * (i % 7))
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

        facets = await asyncio.gather(*(read_one(source) for _ in range(10)))
        assert all(is_like_new(facet) for facet in facets)
        assert await at_most(2, url)
    assert await none_left(url)


async def test_a_connection_is_not_kept_for_ever(way: Way, url: str) -> None:
    who = "SELECT connection_id()" if way.kind == "mariadb" else "SELECT pg_backend_pid()"
    for age, different in ((3600.0, 1), (0.0, 3)):
        lane = open_lane(LaneOptions(way.url(url), recycle_after=age))
        seen = {(await lane.fetch(who, []))[0][0] for _ in range(3)}
        await lane.close()

        assert len(seen) == different


async def test_nothing_is_left_after_closing(way: Way, url: str, tmp_path: Path) -> None:
    async with opened(way, url, MAPPING, tmp_path) as source:
        await asyncio.gather(*(read_one(source) for _ in range(8)))
        await source.close()

        assert await none_left(url)
        with pytest.raises(SourceUnavailableError):
            await read_one(source)


async def test_a_source_that_does_not_answer_is_left_alone_for_a_moment(
    way: Way, url: str, proxy: TcpProxy, tmp_path: Path
) -> None:
    patient = {**QUICK, "breaker": BreakerOptions(retry_after=60.0)}
    async with opened(way, proxy.url(url), MAPPING, tmp_path, **patient) as source:
        await proxy.switch(Mode.HANG)
        first = await failure_of(source, within=10)
        tried = proxy.accepted

        again = await failure_of(source, within=0.9)

        assert type(again) is type(first)
        assert proxy.accepted == tried


async def test_a_networked_source_is_never_written(way: Way, url: str, tmp_path: Path) -> None:
    async with opened(way, url, MAPPING, tmp_path) as source:
        lane = source.session.lane
        with pytest.raises(SourceError):
            await source.session.within_deadline(lane.fetch("DELETE FROM ry", []), Tally())
        assert is_like_new(await read_one(source))
