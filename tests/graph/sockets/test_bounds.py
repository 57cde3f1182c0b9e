"""How much one client may take: connections, subscriptions, documents, budgets, memory."""

import asyncio
import contextlib
import gc
import json
import socket as sockets
import tracemalloc
from asyncio import BaseTransport
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from commands.accounts.opening import open_desk
from commands.sockets import PatientSocket
from resolvers.health import SourceHealth
from tests.support.sign_in import add_account, token_with
from tests.support.sockets import (
    CHANGES,
    PROTOCOL,
    Json,
    Served,
    Socket,
    eventually,
    serving,
    socket,
)
from tests.support.tiny import TinyCity

pytestmark = pytest.mark.slow
EVENTS = {"Accept": "text/event-stream"}


def doubling(levels: int) -> str:
    parts = [f"fragment f{n} on Source {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels)]
    last = f"fragment f{levels} on Source {{ name }}"
    return f"subscription {{ sourceChanged {{ ...f0 }} }} {' '.join([*parts, last])}"


async def test_thirty_connections_an_address_and_no_more(served: Served) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(30):
            await stack.enter_async_context(socket(served.base))
        with pytest.raises(InvalidStatus) as refused:
            async with socket(served.base):
                pass
        async with httpx.AsyncClient(base_url=served.base) as http:
            stream = await http.post("/graphql", json={"query": CHANGES}, headers=EVENTS)
            query = await http.post("/graphql", json={"query": "{ __typename }"})

    assert refused.value.response.status_code == 429
    assert b"RATE_LIMITED" in (refused.value.response.body or b"")
    assert stream.status_code == 429
    assert query.status_code == 200
    assert served.figures.refused["client"] == 2
    await eventually(served.is_idle)
    async with socket(served.base) as client:  # Every place is free again.
        await client.init()


async def test_a_process_has_only_so_many_places(
    city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOURFOLD_GRAPH__SOCKETS__MAX_CONNECTIONS", "2")
    async with serving(city.config) as served, socket(served.base), socket(served.base):
        with pytest.raises(InvalidStatus) as refused:
            async with socket(served.base):
                pass

        assert refused.value.response.status_code == 429
        assert served.figures.refused["process"] == 1


async def test_twenty_subscriptions_a_connection_and_no_more(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        for number in range(21):
            await client.subscribe(str(number))
        said = [await client.hear() for _ in range(81)]
        await client.say("complete", id="0")
        await client.subscribe("20")
        again = await client.hear()

    [error] = [each for each in said if each["type"] == "error"]
    assert error["id"] == "20"
    assert error["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert again["type"] == "next"
    await eventually(served.is_idle)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param("subscription { secrets }", "BAD_USER_INPUT", id="unknown field"),
        pytest.param("subscription { sourceChanged", "BAD_USER_INPUT", id="syntax"),
        pytest.param(
            "subscription { sourceChanged { name secrets } }", "BAD_USER_INPUT", id="inner"
        ),
        pytest.param("{ sources { name } }", "BAD_USER_INPUT", id="a query"),
        pytest.param("mutation { secrets }", "BAD_USER_INPUT", id="a mutation"),
        pytest.param("fragment f on Source { name }", "BAD_USER_INPUT", id="no operation"),
        pytest.param(
            f"query A {{ __typename }} subscription B {CHANGES[13:]}", "BAD_USER_INPUT", id="two"
        ),
        pytest.param(
            "subscription { a: sourceChanged { name } b: sourceChanged { name } }",
            "BAD_USER_INPUT",
            id="two fields",
        ),
        pytest.param(
            "subscription { sourceChanged " + "{ x " * 30 + "}" * 31, "TOO_COMPLEX", id="depth"
        ),
        pytest.param(
            "subscription { sourceChanged { " + " ".join(f"a{n}: name" for n in range(60)) + " } }",
            "TOO_COMPLEX",
            id="aliases",
        ),
        pytest.param(
            "subscription { sourceChanged { " + "name " * 2500 + "} }", "TOO_COMPLEX", id="tokens"
        ),
        pytest.param("subscription { __typename }", "BAD_USER_INPUT", id="introspection"),
        pytest.param(
            "subscription { sourceChanged @skip(if: true) { name } }",
            "BAD_USER_INPUT",
            id="skipped",
        ),
        pytest.param(
            "subscription($n: Int!) { sourceChanged { name } }", "BAD_USER_INPUT", id="variable"
        ),
        pytest.param("", "BAD_USER_INPUT", id="empty"),
        pytest.param(["secrets"], "BAD_USER_INPUT", id="a list"),
    ],
)
async def test_a_document_passes_the_same_screen_as_a_query(
    served: Served, query: object, code: str
) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.say("subscribe", id="1", payload={"query": query})
        said = await client.hear()
        await client.say("ping")
        pong = await client.hear()

    assert (said["type"], said["id"]) == ("error", "1")
    assert 1 <= len(said["payload"]) <= 5
    assert said["payload"][0]["extensions"]["code"] == code
    assert said["payload"][0]["extensions"]["traceId"]
    assert pong == {"type": "pong"}
    await eventually(served.is_idle)


async def test_a_query_is_told_to_come_by_post(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.subscribe(query="{ sources { name } }")

        assert "POST" in (await client.refusal())["message"]


@pytest.mark.parametrize("names", [{"operationName": 7}, {"variables": "x"}, {"extensions": []}])
async def test_the_parts_of_a_payload_have_their_kinds(
    served: Served, names: dict[str, object]
) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.subscribe(**names)  # type: ignore[arg-type] # wrong on purpose

        assert (await client.refusal())["extensions"]["code"] == "BAD_USER_INPUT"


async def test_fragments_that_double_cost_no_time(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.subscribe(query=doubling(25))
        async with asyncio.timeout(5):
            said = await client.hear()

    assert said["type"] in {"error", "next"}


async def test_a_used_up_budget_is_told_to_the_operation(
    guarded: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOURFOLD_GRAPH__BUDGETS__COST_PER_MINUTE", "12")
    await add_account(guarded.config, "poor")
    async with open_desk(guarded.config) as desk:
        token = await token_with(desk, "poor")
    async with serving(guarded.config) as served, socket(served.base) as client:
        await client.init(token)
        for number in range(4):
            await client.subscribe(f"{number}")
        refused: list[Json] = []
        while not refused:
            refused = [said for said in [await client.hear()] if said["type"] == "error"]

    assert refused[0]["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_only_trusted_documents_run_where_they_are_locked(
    city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    (city.folder / "listed.json").write_text(json.dumps({"changes": CHANGES}), encoding="utf-8")
    monkeypatch.setenv("FOURFOLD_GRAPH__DOCUMENTS", "locked")
    monkeypatch.setenv("FOURFOLD_GRAPH__MANIFEST", "listed.json")
    async with serving(city.config) as served, socket(served.base) as client:
        await client.init()
        await client.subscribe("1", "subscription { sourceChanged { name } }")
        refused = await client.refusal()
        await client.say("subscribe", id="2", payload={"documentId": "changes"})

        assert refused["extensions"]["code"] == "FORBIDDEN"
        assert (await client.next())["sourceChanged"]["name"] == "organization"


async def test_what_breaks_inside_is_told_by_its_code_alone(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[SourceHealth]:
        raise RuntimeError("secrets")

    monkeypatch.setattr(served.watch, "_health", broken)
    async with socket(served.base) as client:
        await client.init()
        await client.subscribe()
        said = await client.hear()
        last = await client.hear()

    [error] = said["payload"]["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secrets" not in json.dumps(said)
    assert last == {"type": "complete", "id": "1"}


async def test_an_unknown_trusted_document_has_its_code(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        await client.say("subscribe", id="1", payload={"documentId": f"sha256:{'0' * 64}"})

        assert (await client.refusal())["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_subscription_by_plain_post_is_told_where_to_go(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.base) as http:
        answer = await http.post("/graphql", json={"query": CHANGES})

    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "text/event-stream" in error["message"]


async def subscribe_and_stop(client: Socket, times: int) -> None:
    """Every other one is heard before it is stopped."""
    for number in range(times):
        await client.subscribe("x")
        if number % 2:
            await client.hear()
        await client.say("complete", id="x")
    await client.say("ping")
    while (await client.hear())["type"] != "pong":
        pass


async def test_a_thousand_subscriptions_come_and_go_and_leave_nothing(served: Served) -> None:
    async with socket(served.base) as client:
        await client.init()
        await subscribe_and_stop(client, 200)
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.take_snapshot()
        await subscribe_and_stop(client, 1000)
        gc.collect()
        grown = sum(
            each.size_diff for each in tracemalloc.take_snapshot().compare_to(before, "filename")
        )
        tracemalloc.stop()

        assert not served.figures.subscriptions
        assert not served.watch.listeners
    assert grown < 300_000
    await eventually(served.is_idle)


@asynccontextmanager
async def deaf(served: Served) -> AsyncIterator[sockets.socket]:
    """A client that shakes hands and subscribes, and from then on reads nothing."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.settimeout(0)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", int(served.base[17:])))
    await loop.sock_sendall(
        raw,
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Sec-WebSocket-Protocol: " + PROTOCOL.encode() + b"\r\n\r\n",
    )
    await loop.sock_recv(raw, 4000)
    try:
        yield raw
    finally:
        raw.close()


async def talk(raw: sockets.socket, said: bytes) -> None:
    """Says the same for ever."""
    while True:
        await asyncio.get_running_loop().sock_sendall(raw, said)
        await asyncio.sleep(0)


def frame(text: bytes) -> bytes:
    """A short text frame with a mask of zeros."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


async def test_a_message_in_endless_empty_pieces_is_cut_off(served: Served) -> None:
    first, empty = bytes([0x01, 0x80]) + bytes(4), bytes([0x00, 0x80]) + bytes(4)
    async with deaf(served) as raw:
        talking = asyncio.create_task(talk(raw, first + empty * 20_000))
        await asyncio.wait({talking}, timeout=20)

        assert isinstance(talking.exception(), ConnectionError)
        await eventually(served.is_idle)
    assert served.figures.ended[1009] == 1


async def test_a_message_in_large_pieces_is_bounded_as_a_whole(served: Served) -> None:
    async def pieces() -> AsyncIterator[str]:
        for _ in range(3):
            yield "x" * 40_000

    async with socket(served.base) as client:
        with contextlib.suppress(ConnectionClosed):
            await client.raw.send(pieces())

        assert (await client.ending())[0] == 1009


async def test_a_client_that_answers_no_ping_is_sent_away(
    city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.sockets.PING_SECONDS", 0.3)
    monkeypatch.setattr(PatientSocket, "write_seconds", 0.3)
    async with serving(city.config) as served, deaf(served):
        await eventually(lambda: bool(served.figures.open["websocket"]))
        await eventually(served.is_idle)

        assert served.figures.ended.total() == 1


async def test_pings_of_a_client_that_does_not_read_pile_up_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[PatientSocket] = []
    begin = PatientSocket.connection_made

    def noted(self: PatientSocket, transport: BaseTransport) -> None:
        made.append(self)
        begin(self, transport)

    monkeypatch.setattr(PatientSocket, "connection_made", noted)
    async with deaf(served) as raw:
        pings = (bytes([0x89, 0x80 | 125]) + bytes(4 + 125)) * 1000
        for _ in range(150):  # 20 MB; what the kernel holds for a client is far less.
            await asyncio.get_running_loop().sock_sendall(raw, pings)
            await asyncio.sleep(0)
        [connection] = made

        assert not connection.writable.is_set()
        assert connection.transport.get_write_buffer_size() < 1_000_000


async def test_a_client_that_does_not_read_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientSocket, "write_seconds", 0.5)
    async with deaf(served) as raw:
        ping = frame(b'{"type":"ping"}')
        talking = asyncio.create_task(talk(raw, ping * 100))
        await asyncio.wait({talking}, timeout=20)

        assert isinstance(talking.exception(), ConnectionError)
        await eventually(served.is_idle)
