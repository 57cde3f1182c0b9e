"""A server that is stopped has signed the end of every worker's chain."""

import asyncio
import signal

import httpx
import pytest
from sqlalchemy import delete, func, select

from domain.audit.verifying import Tampering
from store.audit.checking import check_log
from store.tables import AUDIT_ENTRY, AUDIT_SUBJECT
from tests.graph.audit.audited import Audited
from tests.support.serving import free_port, serving_process
from tests.support.sign_in import token_with

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]
LOOKUP = "{ persons(first: 3) { nodes { idNumber } } }"


async def test_what_is_cut_off_after_a_stop_is_found_in_every_workers_chain(
    house: Audited,
) -> None:
    port = free_port()
    before = await house.log.book.chains()
    with serving_process(house.city.config, port, "--workers", "2") as process:
        await ask_many(house, f"http://127.0.0.1:{port}/graphql")
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 60)
    chains = [chain for chain in await house.log.book.chains() if chain not in before]
    assert (await house.check()).findings == []

    for chain in chains:
        await cut_last(house, chain)

    report = await check_log(house.log.book, house.log.anchors)
    assert {(f.kind, f.chain) for f in report.findings} == {
        (Tampering.TRUNCATE, chain) for chain in chains
    }


async def ask_many(house: Audited, url: str) -> None:
    token = await token_with(house.desk, "li.na")
    sent = {"Authorization": f"Bearer {token}", "X-Fourfold-Purpose": "LOOKUP"}
    for _ in range(8):  # Each by its own connection: both workers get some, as a rule.
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(url, json={"query": LOOKUP}, headers=sent)
            assert answer.status_code == 200


async def cut_last(house: Audited, chain: str) -> None:
    last = select(func.max(AUDIT_ENTRY.c.sequence)).where(AUDIT_ENTRY.c.chain == chain)
    [row] = await house.desk.store.database.read(last, {})
    for table in (AUDIT_SUBJECT, AUDIT_ENTRY):
        cut = table.c.chain == chain, table.c.sequence == row["max_1"]
        await house.run(delete(table).where(*cut))
