"""Erased contents and purged periods leave chains that can be checked."""

from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from domain.audit.anchors import AnchorKind
from domain.audit.verifying import Tampering
from store.audit.anchoring import Anchoring
from store.audit.checking import check_log
from store.audit.opening import AuditLog
from store.tables import AUDIT_ANCHOR, AUDIT_ENTRY, AUDIT_SUBJECT
from tests.support.auditing import (
    BEGIN,
    an_erasure,
    audit_options,
    entry,
    erase,
    filled,
    found,
    now,
    opened,
    person_hash,
    purge,
    rows,
    run,
    uses,
    write,
)


async def test_erased_contents_leave_the_chain_whole(log: AuditLog) -> None:
    await filled(log)
    await write(log, "p3", "p4")

    assert await erase(log, "p3") == 2

    report = await check_log(log.book, log.anchors)
    assert (report.findings, report.erased) == ([], 2)
    assert await uses(log, "p3") == []
    assert len(await uses(log, "p4")) == 1


async def test_a_content_that_is_gone_without_an_entry_about_it_is_found(log: AuditLog) -> None:
    await filled(log)
    await erase(log, "p3")
    gone = update(AUDIT_ENTRY).where(entry.sequence == 6).values(payload_sealed=None)
    await run(log, gone, delete(AUDIT_SUBJECT).where(AUDIT_SUBJECT.c.sequence == 6))

    assert await found(log) == [(Tampering.ERASE, 6)]


async def test_an_erasure_answers_for_its_own_entries_only(log: AuditLog) -> None:
    await filled(log)
    [chain] = await log.book.chains()
    await log.writer.write(an_erasure({chain: [3], "f" * 32: [4]}))
    for sequence in (3, 4):
        gone = update(AUDIT_ENTRY).where(entry.sequence == sequence).values(payload_sealed=None)
        await run(log, gone, delete(AUDIT_SUBJECT).where(AUDIT_SUBJECT.c.sequence == sequence))

    assert await found(log) == [(Tampering.ERASE, 4)]


async def test_an_erasure_whose_own_content_is_gone_answers_for_nothing(log: AuditLog) -> None:
    await filled(log)
    await erase(log, "p3")
    await run(log, update(AUDIT_ENTRY).where(entry.sequence == 10).values(payload_sealed=None))

    assert await found(log) == [(Tampering.ERASE, 4), (Tampering.ERASE, 10)]


async def test_an_erasure_that_was_cut_off_is_found_by_what_it_erased(url: str) -> None:
    async with opened(audit_options(url)) as log:
        await filled(log)
    async with opened(audit_options(url)) as log:
        await erase(log, "p3")
    async with opened(audit_options(url)) as log:
        mine = [chain for chain in await log.book.chains() if len(await chained(log, chain)) == 1]
        for table in (AUDIT_ENTRY, AUDIT_ANCHOR):
            await run(log, delete(table).where(table.c.chain.in_(mine)))

        assert await found(log) == [(Tampering.ERASE, 4)]


async def chained(log: AuditLog, chain: str) -> list[int]:
    return [row.link.sequence async for page in log.book.rows(chain) for row in page]


async def test_a_forged_line_of_the_index_erases_nobody_else(log: AuditLog) -> None:
    await filled(log)
    [row] = [row for row in await rows(log) if row["sequence"] == 6]
    forged = {name: row[name] for name in ("chain", "sequence", "at")}
    hidden = {**forged, "subject_hmac": person_hash(log, "p3")}
    await run(log, insert(AUDIT_SUBJECT).values(hidden))

    assert await erase(log, "p3") == 1
    assert (await uses(log, "p5"))[0].told is not None
    assert await found(log) == [(Tampering.INDEX, 6)]


async def test_erasing_nobody_is_an_entry_all_the_same(log: AuditLog) -> None:
    await filled(log, 2)

    assert await erase(log, "p7") == 0
    assert len(await rows(log)) == 3


async def test_a_purge_leaves_a_chain_that_can_be_checked(log: AuditLog) -> None:
    await filled(log)

    assert await purge(log, BEGIN + timedelta(days=4)) == 4

    report = await check_log(log.book, log.anchors)
    assert (report.findings, report.entries, report.purged) == ([], 5, 4)
    assert await uses(log, "p1") == []
    await write(log, "p9")
    await run(log, delete(AUDIT_ENTRY).where(entry.sequence == 5))
    assert await found(log) == [(Tampering.DELETE, 5)]


async def test_a_purge_of_everything_leaves_its_head(log: AuditLog) -> None:
    await filled(log)
    await Anchoring(log.anchors, log.writer.take_heads, now).sign(AnchorKind.HOUR)

    assert await purge(log, now() + timedelta(days=900)) == 9

    report = await check_log(log.book, log.anchors)
    assert (report.findings, report.entries, report.purged) == ([], 0, 9)


async def test_a_purge_leaves_the_anchors_that_something_hangs_on(log: AuditLog) -> None:
    anchoring = Anchoring(log.anchors, log.writer.take_heads, now)
    for kind in (AnchorKind.HOUR, AnchorKind.COUNT, AnchorKind.SEEN):
        await filled(log, 3)
        await anchoring.sign(kind)

    await purge(log, BEGIN + timedelta(days=2))

    kept = [(a.kind, a.sequence) for a in await log.anchors.list_all() if a]
    assert sorted(kept) == [(AnchorKind.PURGED, 2), (AnchorKind.SEEN, 9)]
    await run(log, delete(AUDIT_ENTRY).where(entry.sequence > 7))
    assert (Tampering.TRUNCATE, 8) in await found(log)


async def test_a_purge_that_was_cut_short_is_finished_by_the_next(log: AuditLog) -> None:
    await filled(log)
    [row] = [row for row in await rows(log) if row["sequence"] == 4]
    indexed = select(AUDIT_SUBJECT).where(AUDIT_SUBJECT.c.sequence == 4)
    found_by = [dict(one) for one in await log.store.database.read(indexed, {})]
    await purge(log, BEGIN + timedelta(days=4))
    await run(log, insert(AUDIT_ENTRY).values(dict(row)), insert(AUDIT_SUBJECT).values(found_by))

    assert await found(log) == []
    assert await purge(log, BEGIN + timedelta(days=4)) == 1


async def test_what_a_purge_left_is_not_believed(log: AuditLog) -> None:
    await filled(log)
    [row] = [row for row in await rows(log) if row["sequence"] == 3]
    await purge(log, BEGIN + timedelta(days=4))
    await run(log, insert(AUDIT_ENTRY).values({**row, "digest": "f" * 64, "payload_sealed": None}))

    assert await found(log) == [(Tampering.INSERT, 3)]
