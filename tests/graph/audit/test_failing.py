"""Nothing personal is told while no entry can be kept; everything else goes on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from store.audit import writing
from store.audit.rows import Chained, add_rows
from store.engine import Database
from tests.graph.audit.audited import Audited
from tests.graph.audit.test_entries import LOOKUP, STOCK, number_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNITS = "{ units(first: 3) { nodes { name } } }"


@asynccontextmanager
async def without_log(house: Audited) -> AsyncIterator[None]:
    """The table of entries is away while the block lasts."""
    await house.run(text("ALTER TABLE audit_entry RENAME TO away"))
    try:
        yield
    finally:
        await house.run(text("ALTER TABLE away RENAME TO audit_entry"))


@pytest.mark.parametrize("query", [LOOKUP, STOCK], ids=["planned", "stock"])
async def test_personal_answers_are_refused_without_a_log(house: Audited, query: str) -> None:
    async with without_log(house):
        answer = await house.ask(query, number_of(house))

    [error] = answer.json()["errors"]
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert error["extensions"]["code"] == "AUDIT_UNAVAILABLE"
    assert "data" not in answer.json()
    assert "audit_entry" not in answer.text


async def test_a_refused_purpose_is_not_told_without_a_log(house: Audited) -> None:
    before = await house.entries()
    async with without_log(house):
        answer = await house.ask(UNITS, purpose="MAINTENANCE")

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (503, "AUDIT_UNAVAILABLE")
    assert await house.entries() == before
    assert (await house.ask(UNITS, purpose="MAINTENANCE")).status_code == 403


async def test_questions_about_nothing_personal_go_on_without_a_log(house: Audited) -> None:
    async with without_log(house):
        answer = await house.ask(UNITS)

    assert answer.status_code == 200
    assert len(answer.json()["data"]["units"]["nodes"]) == 3


async def test_answers_come_again_with_the_log(house: Audited) -> None:
    async with without_log(house):
        await house.ask(LOOKUP, number_of(house))

    assert (await house.ask(LOOKUP, number_of(house))).json()["data"]["person"]
    assert (await house.check()).findings == []


@pytest.fixture(name="gate")
def _gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Commits of entries wait until it is set."""
    gate = asyncio.Event()

    async def gated(database: Database, rows: Sequence[Chained]) -> None:
        await gate.wait()
        await add_rows(database, rows)

    monkeypatch.setattr(writing, "add_rows", gated)
    return gate


async def test_an_answer_waits_until_its_entry_is_kept(house: Audited, gate: asyncio.Event) -> None:
    asked = asyncio.create_task(house.ask(LOOKUP, number_of(house)))
    done, _ = await asyncio.wait([asked], timeout=2)
    assert not done
    assert (await house.ask(UNITS)).status_code == 200

    gate.set()

    assert (await asked).json()["data"]["person"]


async def test_who_hangs_up_while_waiting_leaves_an_entry(
    house: Audited, gate: asyncio.Event
) -> None:
    before = len(await house.entries())
    asked = asyncio.create_task(house.ask(LOOKUP, number_of(house)))
    await asyncio.wait([asked], timeout=2)
    asked.cancel()
    await asyncio.wait([asked])

    gate.set()
    # The next one is kept behind it.
    await house.ask(LOOKUP, number_of(house))

    assert len(await house.entries()) - before == 2
    assert (await house.check()).findings == []
