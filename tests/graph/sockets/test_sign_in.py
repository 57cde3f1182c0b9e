"""Who may listen, and for how long: the token's end, sign-out, a closed account, other rights."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from commands.accounts.opening import Desk, open_desk
from commands.logs import configure_logs
from domain.model.errors import PlatformError
from domain.model.roles import Rights, Role
from store.sessions import Sessions
from tests.support.sign_in import HR_REVIEWER, add_account, token_with
from tests.support.sockets import CHANGES, Served, Socket, eventually, serving, socket
from tests.support.tiny import TinyCity

pytestmark = pytest.mark.slow
EVENTS = {"Accept": "text/event-stream"}


@pytest_asyncio.fixture
async def desk(guarded: TinyCity) -> AsyncIterator[Desk]:
    async with open_desk(guarded.config) as found:
        yield found


@pytest_asyncio.fixture
async def login(guarded: TinyCity, desk: Desk) -> str:
    """An account of this test's own."""
    name = f"user{time.monotonic_ns()}"
    await add_account(guarded.config, name, HR_REVIEWER)
    return name


@pytest_asyncio.fixture
async def behind(guarded: TinyCity, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """The guarded city, running; callers are looked at again and again."""
    monkeypatch.setenv("FOURFOLD_GRAPH__SOCKETS__RECHECK", "0.2")
    async with serving(guarded.config) as found:
        yield found


@asynccontextmanager
async def listener(served: Served, token: str) -> AsyncIterator[Socket]:
    """A signed-in client with a running subscription."""
    async with socket(served.base) as client:
        await client.init(token)
        await client.subscribe()
        await client.next()
        yield client


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic bGk6bmE="},
        {"Authorization": 7},
        {"Authorization": "Bearer a\r\nX: y"},
        {"Authorization": "Bearer 令牌"},
        {"Authorization": "Bearer a", "authorization": "Bearer b"},
        {"token": "Bearer a"},
        {"headers": {"Authorization": "Bearer a"}},
    ],
)
async def test_without_one_valid_token_nobody_is_let_in(
    behind: Served, payload: dict[str, object]
) -> None:
    async with socket(behind.base) as client:
        await client.say("connection_init", payload=payload)

        assert await client.ending() == (4403, "Sign in again")

    assert behind.figures.refused["sign_in"] == 1
    await eventually(behind.is_idle)


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
async def test_a_token_in_the_first_message_lets_in(
    behind: Served, desk: Desk, login: str, name: str
) -> None:
    async with socket(behind.base) as client:
        await client.say(
            "connection_init", payload={name: f"Bearer {await token_with(desk, login)}"}
        )

        assert await client.hear() == {"type": "connection_ack"}


async def test_a_token_in_the_handshake_or_the_address_counts_nothing(
    behind: Served, desk: Desk, login: str
) -> None:
    token = await token_with(desk, login)
    async with httpx.AsyncClient() as http:
        url = f"{behind.base}/graphql?access_token={token}"
        answer = await http.post(url, json={"query": CHANGES}, headers=EVENTS)
    async with socket(f"{behind.base}/graphql?token={token}".removesuffix("/graphql")) as client:
        await client.say("connection_init")

        assert (await client.ending())[0] == 4403
    assert answer.status_code == 401


async def test_an_open_connection_ends_with_its_token(
    behind: Served, desk: Desk, login: str
) -> None:
    token = await token_with(desk, login, exp=int(time.time()) + 2)
    async with listener(behind, token) as client:
        assert await client.ending() == (4403, "Sign in again")

    await eventually(behind.is_idle)


async def test_an_open_connection_ends_with_its_session(
    behind: Served, desk: Desk, login: str
) -> None:
    async with listener(behind, await token_with(desk, login)) as client:
        account = await desk.store.accounts.find(login)
        assert account is not None
        await desk.store.sessions.end_all_of(account.sub, datetime.now(UTC))

        assert await client.ending() == (4403, "Sign in again")


async def test_an_open_connection_ends_with_its_account(
    behind: Served, desk: Desk, login: str
) -> None:
    async with listener(behind, await token_with(desk, login)) as client:
        account = await desk.store.accounts.find(login)
        assert account is not None
        await desk.access.accounts.close(account, "test")

        assert await client.ending() == (4403, "Sign in again")


async def test_an_open_connection_ends_when_its_rights_change(
    behind: Served, desk: Desk, login: str
) -> None:
    async with listener(behind, await token_with(desk, login)) as client:
        account = await desk.store.accounts.find(login)
        assert account is not None
        rights = Rights(frozenset({Role.SYS_ADMIN}))
        await desk.store.accounts.set_rights(account.sub, rights, "test")

        assert await client.ending() == (4403, "Sign in again")


async def test_an_open_connection_ends_while_the_platform_cannot_be_asked(
    behind: Served, desk: Desk, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise PlatformError("away")

    async with listener(behind, await token_with(desk, login)) as client:
        monkeypatch.setattr(Sessions, "find_caller", away)

        assert await client.ending() == (1013, "Try again later")


async def test_a_stream_of_events_needs_a_token(behind: Served) -> None:
    async with httpx.AsyncClient(base_url=behind.base) as http:
        answer = await http.post("/graphql", json={"query": CHANGES}, headers=EVENTS)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert behind.is_idle()


@pytest.mark.parametrize("way", ["token", "session"])
async def test_a_stream_of_events_ends_with_its_token_or_session(
    behind: Served, desk: Desk, login: str, way: str
) -> None:
    seconds = 2 if way == "token" else 300
    token = await token_with(desk, login, exp=int(time.time()) + seconds)
    headers = {**EVENTS, "Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=behind.base, timeout=20) as http,
        http.stream("POST", "/graphql", json={"query": CHANGES}, headers=headers) as stream,
    ):
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: next"
        if way == "session":
            account = await desk.store.accounts.find(login)
            assert account is not None
            await desk.store.sessions.end_all_of(account.sub, datetime.now(UTC))
        rest = [line async for line in lines]

    assert '"code":"UNAUTHENTICATED"' in rest[-5]
    assert rest[-3:-1] == ["event: complete", "data:"]
    await eventually(behind.is_idle)


async def test_neither_tokens_nor_texts_are_logged_even_at_debug(
    guarded: TinyCity,
    desk: Desk,
    login: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOURFOLD_LOG__LEVEL", "debug")
    token = await token_with(desk, login)
    async with serving(guarded.config) as served:
        async with listener(served, token) as client:
            await client.raw.send("370702198503151232 secrets")
            await client.ending()
        async with socket(f"{served.base}/graphql?n=secrets&x=".removesuffix("/graphql")) as client:
            await client.say("connection_init", payload={"Authorization": "Bearer secrets"})
            await client.ending()
    configure_logs("info", "json")
    told = capfd.readouterr().err

    assert '"event": "stream"' in told
    assert "secrets" not in told
    assert token not in told
    assert "370702198503151232" not in told
