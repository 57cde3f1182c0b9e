"""Erased contents and purged periods leave chains that can be checked."""

from datetime import timedelta

from sqlalchemy import delete, insert

from domain.audit.anchors import AnchorKind
from domain.audit.verifying import Tampering
from store.audit.anchoring import Anchoring
from store.audit.checking import check_log
from store.audit.opening import AuditLog
from store.tables import AUDIT_ENTRY
from tests.support.auditing import (
    BEGIN,
    entry,
    filled,
    found,
    now,
    person_hash,
    rows,
    run,
    uses,
    write,
)


async def test_erased_contents_leave_the_chain_whole(log: AuditLog) -> None:
    await filled(log)
    await write(log, "p3", "p4")

    assert await log.keeping.erase([person_hash(log, "p3")]) == 2

    report = await check_log(log.book, log.anchors)
    assert (report.findings, report.erased) == ([], 2)
    assert await uses(log, "p3") == []
    assert len(await uses(log, "p4")) == 1


async def test_a_purge_leaves_a_chain_that_can_be_checked(log: AuditLog) -> None:
    await filled(log)

    assert await log.keeping.purge(BEGIN + timedelta(days=4), now()) == 4

    report = await check_log(log.book, log.anchors)
    assert (report.findings, report.entries, report.purged) == ([], 5, 4)
    assert await uses(log, "p1") == []
    await write(log, "p9")
    await run(log, delete(AUDIT_ENTRY).where(entry.sequence == 5))
    assert await found(log) == [(Tampering.DELETE, 5)]


async def test_a_purge_of_everything_leaves_its_head(log: AuditLog) -> None:
    await filled(log)
    await Anchoring(log.anchors, log.writer.take_heads, now).sign(AnchorKind.HOUR)

    assert await log.keeping.purge(now() + timedelta(days=900), now()) == 9

    report = await check_log(log.book, log.anchors)
    assert (report.findings, report.entries, report.purged) == ([], 0, 9)


async def test_a_purge_that_was_cut_short_is_finished_by_the_next(log: AuditLog) -> None:
    await filled(log)
    [row] = [row for row in await rows(log) if row["sequence"] == 4]
    await log.keeping.purge(BEGIN + timedelta(days=4), now())
    await run(log, insert(AUDIT_ENTRY).values(dict(row)))

    assert await found(log) == []
    assert await log.keeping.purge(BEGIN + timedelta(days=4), now()) == 1
