"""Streams that are cut, hang or are left."""

from pathlib import Path

import pytest

from adapters.port import StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.errors import (
    SourceTimeoutError,
    SourceUnavailableError,
)
from domain.model.tally import Tally
from tests.contract.source_kit import Way, opened, run_sql
from tests.contract.source_networks.kit import (
    MAPPING,
    PERSON,
    QUICK,
    is_like_new,
    is_well_again,
    none_left,
    read_one,
)
from tests.support.proxy import Mode, TcpProxy

pytestmark = pytest.mark.slow


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
    assert await is_well_again(source)


async def test_a_stream_that_hangs(way: Way, url: str, proxy: TcpProxy, tmp_path: Path) -> None:
    quick = {**QUICK, "batch_timeout": 0.5}
    async with opened(way, proxy.url(url), MAPPING, tmp_path, **quick) as source:
        await read_one(source)
        await proxy.switch(Mode.HANG)

        with pytest.raises(SourceTimeoutError):
            async for _ in source.stream(StreamOrder(PERSON, frozenset({h.PERSON_NAME})), Tally()):
                pass
        await proxy.reset()
        assert await is_well_again(source)


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

        assert is_like_new(await read_one(source))
    assert await none_left(url)
