"""The server as processes: two workers, an orderly stop, and clients that others wrote."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from commands.accounts.opening import open_desk
from commands.serve import GRACE
from tests.support.node import installed
from tests.support.serving import free_port, served, serving_process
from tests.support.sign_in import add_account, token_with
from tests.support.sockets import CHANGES, Json, socket
from tests.support.tiny import TinyCity

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def two_workers(guarded: TinyCity) -> Iterator[str]:
    """The guarded city behind two processes."""
    with served(guarded.config, free_port(), "--workers", "2") as base:
        yield base


async def test_each_of_two_workers_ends_the_connections_of_a_session(
    guarded: TinyCity, two_workers: str
) -> None:
    await add_account(guarded.config, "two.workers")
    async with open_desk(guarded.config) as desk:
        token = await token_with(desk, "two.workers")
        account = await desk.store.accounts.find("two.workers")
        assert account is not None
        async with (
            socket(two_workers) as a,
            socket(two_workers) as b,
            socket(two_workers) as c,
            socket(two_workers) as d,
        ):
            clients = [a, b, c, d]
            for client in clients:
                await client.init(token)
                await client.subscribe()
                await client.next()
            began = time.monotonic()
            await desk.store.sessions.end_all_of(account.sub, datetime.now(UTC))
            endings = [client.raw.wait_closed() for client in clients]
            async with asyncio.timeout(45):
                await asyncio.gather(*endings)

    assert [client.raw.close_code for client in clients] == [4403] * 4
    assert time.monotonic() - began < 40  # 30 s, on a busy machine


async def test_the_server_stops_in_its_grace_and_says_why(city: TinyCity) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with serving_process(city.config, port) as process:
        async with (
            socket(base) as idle,
            socket(base) as client,
            httpx.AsyncClient(base_url=base, timeout=30) as http,
            http.stream("POST", "/graphql", json={"query": CHANGES}, headers=EVENTS) as stream,
        ):
            await client.init()
            await client.subscribe()
            lines = stream.aiter_lines()
            assert await anext(lines) == "event: next"
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            endings = [await idle.ending(), await client.ending()]
            rest = [line async for line in lines]
            status = await asyncio.to_thread(process.wait, 30)
        took = time.monotonic() - began

    assert [code for code, _ in endings] == [1012, 1012]
    assert "event: complete" not in rest  # it is not: clients come again
    assert status in {0, -signal.SIGTERM}
    assert took < GRACE


@pytest.fixture(scope="module")
def clients_said(guarded: TinyCity, two_workers: str) -> Json:
    """What npm graphql-ws and graphql-sse tell."""

    async def token() -> str:
        await add_account(guarded.config, "npm")
        async with open_desk(guarded.config) as desk:
            return await token_with(desk, "npm")

    given = {"url": f"{two_workers}/graphql", "token": asyncio.run(token()), "query": CHANGES}
    said: Json = installed("sockets").run("clients.cjs", json.dumps(given), seconds=120)
    return said


@pytest.mark.node
def test_the_client_of_graphql_ws_listens_and_stops(clients_said: Json) -> None:
    assert clients_said["ws"] == ["organization", "establishment", "finance", "hr"]


@pytest.mark.node
def test_the_client_of_graphql_sse_listens_and_stops(clients_said: Json) -> None:
    assert clients_said["sse"] == ["organization", "establishment", "finance", "hr"]


@pytest.mark.node
def test_both_clients_understand_our_refusals(clients_said: Json) -> None:
    assert clients_said["wsQuery"] == ["BAD_USER_INPUT"]
    assert clients_said["sseQuery"] == ["BAD_USER_INPUT"]
    assert clients_said["wsWithoutToken"] == 4403
    assert clients_said["sseWithoutToken"] == 401


@pytest.mark.node
def test_a_client_of_the_older_protocol_does_not_get_in(clients_said: Json) -> None:
    assert clients_said["legacy"] == 1006  # It gives up by itself: its protocol was not chosen.
