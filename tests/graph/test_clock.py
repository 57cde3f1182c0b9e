"""A clock set back an hour: connections, breakers and caches go by time that only passes."""

import asyncio
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import ClassVar

import pytest

from domain.catalogue import handles
from tests.graph.test_outages import NUMBER, cuttable, fill
from tests.support.city import Client, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.tiny import TinyCity, make_tiny_city

pytestmark = pytest.mark.slow
RANK = "query($n: String!) { person(idNumber: $n) { rank { civilRank { code } } } }"
BREAKERS = "{ sources { name breaker } }"
HOUR = timedelta(hours=1)
CACHED = 1.0
PATIENCE = 30.0


class SetBack(datetime):
    """The clock of the process, `by` so much too early."""

    by: ClassVar = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # no SetBack
        return datetime.now(tz or UTC) - cls.by


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    true = time.time
    monkeypatch.setattr(SetBack, "by", timedelta())
    monkeypatch.setattr("commands.opening.datetime", SetBack)
    monkeypatch.setattr(time, "time", lambda: true() - SetBack.by.total_seconds())


@pytest.fixture
def tiny(database_kind: Kind, tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    city = make_tiny_city(database_kind, tmp_path, make_database)
    fill(city)
    return city


async def rank(client: Client) -> str | None:
    shown = (await client.ask(RANK, n=NUMBER))["data"]["person"]["rank"]
    code = (shown or {}).get(handles.CIVIL_RANK) or {}
    return code.get("code")


async def breaker(client: Client) -> str:
    sources = (await client.data(BREAKERS))["sources"]
    return next(str(one["breaker"]) for one in sources if one["name"] == "organization")


async def test_a_department_is_given_up_and_comes_back(tiny: TinyCity) -> None:
    async with cuttable(tiny) as (client, switch), asyncio.timeout(PATIENCE):
        while await breaker(client) != "CLOSED":  # noqa: ASYNC110 - a busy machine starts slowly
            await asyncio.sleep(0.05)
        assert await rank(client) == "31"
        SetBack.by = HOUR
        assert await rank(client) == "31"

        await switch.stop("organization")
        while await breaker(client) != "OPEN":
            assert await rank(client) is None
        SetBack.by = 2 * HOUR
        await switch.start("organization")

        while await breaker(client) != "CLOSED":  # noqa: ASYNC110 - the probe comes by itself
            await asyncio.sleep(0.05)
        assert await rank(client) == "31"


async def test_what_is_kept_is_kept_no_longer(tiny: TinyCity) -> None:
    tiny.write_config(cache_seconds=CACHED)
    await link(tiny.config)
    async with running(tiny.config) as client:
        assert "organization" in await client.statements(RANK, n=NUMBER)

        SetBack.by = HOUR
        assert "organization" not in await client.statements(RANK, n=NUMBER)
        tiny.run("organization", "UPDATE cadre SET rk = '32'")
        await asyncio.sleep(CACHED + 0.1)

        assert await rank(client) == "32"
