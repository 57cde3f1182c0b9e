"""graphql-transport-ws: what it answers, and how each breach of it ends; no text comes back."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.support.sockets import CHANGES, Served, Socket, eventually, serving, socket
from tests.support.tiny import TinyCity

pytestmark = pytest.mark.slow

HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
SOURCES = ["organization", "establishment", "finance", "hr"]
Act = Callable[[Socket], Awaitable[None]]


async def test_the_first_answers_are_the_sources_as_they_are(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.subscribe()
        told = [(await client.next())["sourceChanged"] for _ in SOURCES]

    assert [each["name"] for each in told] == SOURCES
    assert {each["state"] for each in told} == {"UP"}
    assert {each["breaker"] for each in told} == {"CLOSED"}


@contextmanager
def held(city: TinyCity, source: str) -> Iterator[None]:
    """Nobody can read a department's file while the block lasts."""
    path = city.urls[source].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        yield


async def test_a_source_that_fails_is_told_to_everybody_who_listens(
    served: Served, city: TinyCity
) -> None:
    async with (
        socket(served.base) as one,
        socket(served.base) as other,
        httpx.AsyncClient(base_url=served.base, timeout=30) as http,
    ):
        for client in (one, other):
            await client.init()
            await client.subscribe()
            for _ in SOURCES:
                await client.next()
        with held(city, "hr"):
            lookup = {"query": '{ person(idNumber: "370702198503151232") { name } }'}
            await http.post("/graphql", json=lookup)
            failed = [(await client.next())["sourceChanged"] for client in (one, other)]
        while (change := (await one.next())["sourceChanged"])["state"] == "DOWN":
            pass  # The breaker probes.

    assert [each["name"] for each in failed] == ["hr", "hr"]
    assert failed[0]["state"] != "UP"
    assert failed[0]["lastError"]
    assert (change["name"], change["breaker"]) == ("hr", "CLOSED")


async def test_a_ping_is_answered_and_a_pong_is_not(served: Served) -> None:
    async with socket(served.base) as client:
        await client.say("pong")
        await client.say("ping", payload={"secret": "x"})

        assert await client.hear() == {"type": "pong"}


async def test_an_id_is_free_again_after_it_was_completed(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        for _ in range(3):
            await client.subscribe("again")
            assert (await client.next())["sourceChanged"]["name"] == "organization"
            await client.say("complete", id="again")
            await client.say("ping")
            while (await client.hear())["type"] != "pong":
                pass

        await eventually(lambda: not served.figures.subscriptions)


async def test_completing_what_nobody_started_is_no_breach(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.say("complete", id="nothing")
        await client.say("ping")

        assert await client.hear() == {"type": "pong"}


def text(said: str | bytes) -> Act:
    async def act(client: Socket) -> None:
        await client.raw.send(said)

    return act


def message(**fields: object) -> Act:
    return text(json.dumps(fields))


@pytest.mark.parametrize(
    ("act", "code", "reason"),
    [
        pytest.param(message(type="connection_init"), 4429, "initialisation", id="init twice"),
        pytest.param(message(type="tell_me_secrets"), 4400, "Invalid", id="unknown type"),
        pytest.param(message(nothing=1), 4400, "Invalid", id="no type"),
        pytest.param(message(type=["ping"]), 4400, "Invalid", id="type is a list"),
        pytest.param(text("secrets {"), 4400, "Invalid", id="no JSON"),
        pytest.param(text('["secrets"]'), 4400, "Invalid", id="no object"),
        pytest.param(text("null"), 4400, "Invalid", id="null"),
        pytest.param(text(""), 4400, "Invalid", id="empty"),
        pytest.param(text(b'{"type":"ping"}'), 4400, "Invalid", id="binary"),
        pytest.param(text("[" * 49_000 + "]" * 49_000), 4400, "Invalid", id="nested 49,000 deep"),
        pytest.param(text("[" * 100_000), 4400, "Invalid", id="nested 100,000 deep"),
        pytest.param(text('"' + "s" * 99_999 + '"'), 1009, "", id="over 100 kB"),
        pytest.param(text("1" * 6_000), 4400, "Invalid", id="a number of 6,000 digits"),
        pytest.param(text('"\\ud800"'), 4400, "Invalid", id="half a character"),
        pytest.param(
            message(type="subscribe", payload={"query": CHANGES}), 4400, "Invalid", id="no id"
        ),
        pytest.param(
            message(type="subscribe", id=["secrets"], payload={"query": CHANGES}),
            4400,
            "Invalid",
            id="id is a list",
        ),
        pytest.param(
            message(type="subscribe", id="s" * 129, payload={"query": CHANGES}),
            4400,
            "Invalid",
            id="a long id",
        ),
        pytest.param(message(type="subscribe", id="1"), 4400, "Invalid", id="no payload"),
        pytest.param(
            message(type="subscribe", id="1", payload="secrets"), 4400, "Invalid", id="payload"
        ),
        pytest.param(message(type="complete", id=7), 4400, "Invalid", id="complete without id"),
    ],
)
async def test_each_breach_has_its_code_and_nothing_of_its_text(
    served: Served, act: Act, code: int, reason: str
) -> None:
    async with socket(served.base) as client:
        await client.init()
        await act(client)
        found = await client.ending()

    assert found[0] == code
    assert reason in found[1]
    assert "secrets" not in found[1]
    await eventually(served.is_idle)
    assert served.figures.ended[code] == 1


async def test_a_second_subscription_under_a_taken_id_ends_the_connection(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.subscribe("taken")
        await client.subscribe("taken")

        assert await client.ending() == (4409, "Subscriber already exists")


async def test_a_subscription_before_the_init_ends_the_connection(served: Served) -> None:
    async with socket(served.base) as client:
        await client.subscribe()

        assert (await client.ending())[0] == 4401


@pytest.mark.parametrize("payload", [None, "secrets", 7, ["secrets"]])
async def test_the_init_has_an_object_or_nothing(served: Served, payload: object) -> None:
    async with socket(served.base) as client:
        await client.say("connection_init", payload=payload)

        assert await client.ending() == (4400, "Invalid message")


async def test_a_client_that_never_says_init_is_sent_away(
    city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOURFOLD_GRAPH__SOCKETS__INIT_TIMEOUT", "0.3")
    async with serving(city.config) as served, socket(served.base) as client:
        await client.say("ping")
        assert await client.hear() == {"type": "pong"}

        assert await client.ending() == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize("protocols", [["graphql-ws"], [], ["graphql-ws", "soap"]])
async def test_only_one_protocol_is_spoken(
    served: Served, protocols: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with socket(served.base, protocols) as client:
        assert client.raw.subprotocol is None
        assert await client.ending() == (4406, "Use graphql-transport-ws")

    await eventually(served.is_idle)
    assert served.figures.refused["protocol"] == 1
    assert not problems(caplog)


def problems(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What somebody would have to look at: nothing, because of a stranger."""
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", ""]
)
async def test_foreign_pages_are_refused_at_the_handshake(
    served: Served, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(served.base, origin=origin):
            pass

    assert refused.value.response.status_code == 403
    assert b"FORBIDDEN" in (refused.value.response.body or b"")
    assert served.figures.refused["origin"] == 1
    assert not problems(caplog)


async def test_our_own_page_may_connect(served: Served) -> None:
    for origin in (served.base, "http://127.0.0.1:8000"):  # the issuer of this city
        async with socket(served.base, origin=origin) as client:
            await client.init()


async def test_who_leaves_during_the_handshake_is_no_problem(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for protocols in ([], ["graphql-transport-ws"]):
        _, writer = await asyncio.open_connection("127.0.0.1", int(served.base[17:]))
        spoken = f"Sec-WebSocket-Protocol: {protocols[0]}\r\n" if protocols else ""
        writer.write((HANDSHAKE + spoken + "\r\n").encode())
        writer.transport.abort()

    async with socket(served.base) as client:
        await client.init()
    await eventually(served.is_idle)
    assert not problems(caplog)


async def test_other_addresses_have_no_sockets(served: Served) -> None:
    url = f"{served.base}/livez".replace("/livez/graphql", "/livez")
    with pytest.raises(InvalidStatus) as refused:
        async with socket(url):
            pass

    assert refused.value.response.status_code in {403, 404}


async def test_a_handshake_by_post_is_no_handshake(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(served.base[17:]))
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    async with asyncio.timeout(10):
        found = await reader.read()
    writer.close()

    assert found.startswith(b"HTTP/1.1 4")
