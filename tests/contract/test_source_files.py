"""Sources that are SQLite files, and fail."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

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
    failure_of,
    is_like_new,
    is_well_again,
    read_one,
    tells_nothing,
)
from tests.support.databases import DatabaseMaker

pytestmark = pytest.mark.slow


WAY = Way("sqlite")


@pytest.fixture
def file(make_database: DatabaseMaker) -> str:
    made = make_database("sqlite")
    run_sql(
        made,
        "CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(50))",
        "INSERT INTO ry VALUES ('k1', '张三')",
    )
    return made


async def test_a_file_that_is_missing(tmp_path: Path, logs: list[Any]) -> None:
    path = tmp_path / "nichts.db"
    async with opened(WAY, f"sqlite:///{path}", MAPPING, tmp_path) as source:
        error = await failure_of(source, within=10)

        assert isinstance(error, SourceUnavailableError)
        assert tells_nothing(error, logs)
        assert not path.exists()
        run_sql(
            f"sqlite:///{path}",
            "CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(50))",
            "INSERT INTO ry VALUES ('k1', '张三')",
        )
        assert await is_well_again(source)


@pytest.mark.parametrize("name", [".", "mapping.toml"])
async def test_a_file_that_is_no_database(name: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / name}"
    async with opened(WAY, url, MAPPING, tmp_path) as source:
        assert isinstance(await failure_of(source, within=10), SourceUnavailableError)


async def test_a_name_with_signs_of_an_address(tmp_path: Path) -> None:
    path = tmp_path / "编办 50%#1?.db"
    url = make_url("sqlite://").set(database=str(path)).render_as_string()
    run_sql(url, "CREATE TABLE ry (k VARCHAR(10), xm VARCHAR(50))")
    run_sql(url, "INSERT INTO ry VALUES ('k1', '张三')")
    async with opened(WAY, url, MAPPING, tmp_path) as source:
        assert is_like_new(await read_one(source))


async def test_a_file_that_is_locked(file: str, tmp_path: Path) -> None:
    engine = create_engine(file)
    async with opened(WAY, file, MAPPING, tmp_path, **QUICK) as source:
        await read_one(source)
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            error = await failure_of(source, within=10)
        engine.dispose()

        assert isinstance(error, SourceTimeoutError)
        assert is_like_new(await read_one(source))


async def test_a_source_is_never_written(file: str, tmp_path: Path) -> None:
    async with opened(WAY, file, MAPPING, tmp_path) as source:
        lane = source.session.lane
        with pytest.raises(SourceError):
            await source.session.within_deadline(lane.fetch("DELETE FROM ry", []), Tally())
        assert is_like_new(await read_one(source))


async def test_callers_that_give_up(file: str, tmp_path: Path) -> None:
    async with opened(WAY, file, MAPPING, tmp_path, max_connections=2) as source:
        for i in range(50):
            reading = asyncio.create_task(read_one(source))
            for _ in range(i % 5):
                await asyncio.sleep(0)
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading

        assert all(is_like_new(f) for f in [await read_one(source) for _ in range(5)])
