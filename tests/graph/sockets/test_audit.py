"""What a refusal leaves in the audit log: over WebSocket and as events what it leaves by POST."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from commands.accounts.opening import Desk, open_desk
from commands.auditing import audit_options
from domain.audit.entry import Told
from domain.model.roles import Rights, Role
from settings import read_settings
from store.audit.opening import AuditLog, open_audit_log
from tests.graph.audit.audited import entries_of
from tests.graph.test_budgets import CLERK
from tests.support.auditing import now
from tests.support.sign_in import HR_REVIEWER, add_account, token_with
from tests.support.sockets import CHANGES, Served, serving, socket
from tests.support.tiny import TinyCity

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
SCHEMA = "query Look { __schema { queryType { name } } }"
OWN = {"at", "trace", "ms", "salt"}
"""What is each entry's own."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A running city and its log; each way of asking gives what was answered."""

    served: Served
    desk: Desk
    log: AuditLog

    async def post(self, query: str, sent: dict[str, str]) -> str:
        return await self._http(query, {**sent, "Accept": "application/json"})

    async def events(self, query: str, sent: dict[str, str]) -> str:
        return await self._http(query, {**sent, "Accept": "text/event-stream"})

    async def socket(self, query: str, sent: dict[str, str]) -> str:
        async with socket(self.served.base) as client:
            await client.say("connection_init", payload=sent)
            assert await client.hear() == {"type": "connection_ack"}
            await client.subscribe(query=query)
            return str(await client.refusal())

    async def _http(self, query: str, headers: dict[str, str]) -> str:
        async with httpx.AsyncClient(base_url=self.served.base, timeout=20) as http:
            return (await http.post("/graphql", json={"query": query}, headers=headers)).text

    async def sent(self, login: str, purpose: str = "LOOKUP") -> dict[str, str]:
        token = await token_with(self.desk, login)
        return {"Authorization": f"Bearer {token}", "X-Fourfold-Purpose": purpose}

    async def left_by(self, asked: Callable[[], Awaitable[object]]) -> list[Told]:
        """The entries that something leaves."""
        before = len(await entries_of(self.log))
        await asked()
        return (await entries_of(self.log))[before:]


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def _house(guarded: TinyCity) -> AsyncIterator[Watched]:
    machine = Rights(frozenset({Role.SERVICE}))
    for login, rights in (("clerk", CLERK), ("machine", machine), ("reviewer", HR_REVIEWER)):
        await add_account(guarded.config, login, rights)
    options = audit_options(read_settings(guarded.config), guarded.config.parent)
    async with (
        serving(guarded.config) as served,
        open_desk(guarded.config) as desk,
        open_audit_log(desk.store, options, now) as log,
    ):
        yield Watched(served, desk, log)


@pytest.mark.parametrize("way", ["socket", "events"])
@pytest.mark.parametrize(
    ("query", "login"), [(SCHEMA, "clerk"), (CHANGES, "machine")], ids=["role", "contract"]
)
async def test_a_refusal_by_role_leaves_the_entry_of_a_post(
    house: Watched, query: str, login: str, way: str
) -> None:
    asked = getattr(house, way)
    sent = await house.sent(login)

    [by_post] = await house.left_by(lambda: house.post(query, sent))
    [entry] = await house.left_by(lambda: asked(query, sent))

    assert (entry["result"], entry["actor"]["name"]) == ("refused", login)
    assert entry["trace"] != by_post["trace"]
    assert {k: entry[k] for k in entry if k not in OWN} == {
        k: by_post[k] for k in by_post if k not in OWN
    }


async def test_a_refused_purpose_of_events_leaves_the_entry_of_a_post(house: Watched) -> None:
    sent = await house.sent("reviewer", "MAINTENANCE")

    [by_post] = await house.left_by(lambda: house.post(CHANGES, sent))
    [entry] = await house.left_by(lambda: house.events(CHANGES, sent))

    assert (entry["result"], entry["purpose"]) == ("refused", "MAINTENANCE")
    assert (entry["document"], entry["actor"]) == (by_post["document"], by_post["actor"])


async def test_a_refused_purpose_of_a_socket_is_kept_before_anything_is_asked(
    house: Watched,
) -> None:
    sent = await house.sent("reviewer", "MAINTENANCE")

    async def knock() -> None:
        async with socket(house.served.base) as client:
            await client.say("connection_init", payload=sent)
            assert (await client.ending())[0] == 4403

    [entry] = await house.left_by(knock)

    assert (entry["result"], entry["purpose"]) == ("refused", "MAINTENANCE")
    assert (entry["actor"]["name"], entry["actor"]["address"]) == ("reviewer", "127.0.0.1")
    assert (entry["operation"], entry["document"]) == (None, "")


async def test_a_refused_purpose_of_a_socket_is_not_told_without_a_log(house: Watched) -> None:
    sent = await house.sent("reviewer", "MAINTENANCE")
    async with house.desk.store.database.writing() as connection:
        await connection.execute(text("ALTER TABLE audit_entry RENAME TO away"))
    try:
        async with socket(house.served.base) as client:
            await client.say("connection_init", payload=sent)
            code, _ = await client.ending()
    finally:
        async with house.desk.store.database.writing() as connection:
            await connection.execute(text("ALTER TABLE away RENAME TO audit_entry"))

    assert code == 1013


@pytest.mark.parametrize("way", ["socket", "events"])
async def test_a_subscription_that_is_only_wrong_leaves_none(house: Watched, way: str) -> None:
    sent = await house.sent("reviewer")

    assert await house.left_by(lambda: getattr(house, way)("subscription { nonsense }", sent)) == []
