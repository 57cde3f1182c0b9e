"""What the check of a kept log finds."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, text, update

from domain.audit.anchors import AnchorKind
from domain.audit.verifying import Tampering
from store.audit.anchoring import Anchoring, read_anchor_file
from store.audit.checking import check_log
from store.audit.opening import AuditLog, AuditOptions
from store.audit.subjects import Kind
from store.tables import AUDIT_ANCHOR, AUDIT_ENTRY, AUDIT_SUBJECT
from tests.support.auditing import (
    SECRET,
    START,
    audit_options,
    entry,
    filled,
    found,
    now,
    opened,
    person_hash,
    rows,
    run,
    write,
)


async def test_a_log_without_tampering_has_no_findings(log: AuditLog) -> None:
    await filled(log)

    report = await check_log(log.book, log.anchors)

    assert (report.findings, report.entries, report.chains) == ([], 9, 1)


async def test_an_edited_entry_is_found(log: AuditLog) -> None:
    await filled(log)
    later = START + timedelta(days=40)
    await run(log, update(AUDIT_ENTRY).where(entry.sequence == 4).values(at=later))

    assert await found(log) == [(Tampering.EDIT, 4)]


async def test_an_edited_content_is_found(log: AuditLog) -> None:
    await filled(log)
    sealed = (await rows(log))[6]["payload_sealed"]
    await run(log, update(AUDIT_ENTRY).where(entry.sequence == 4).values(payload_sealed=sealed))

    assert await found(log) == [(Tampering.EDIT, 4)]


async def test_a_deleted_entry_is_found(log: AuditLog) -> None:
    await filled(log)
    await run(log, delete(AUDIT_ENTRY).where(entry.sequence == 4))

    assert await found(log) == [(Tampering.DELETE, 4)]


async def test_swapped_entries_are_found(log: AuditLog) -> None:
    await filled(log)
    for old, new in ((4, 99), (5, 4), (99, 5)):
        await run(log, update(AUDIT_ENTRY).where(entry.sequence == old).values(sequence=new))

    assert await found(log) == [
        (Tampering.SWAP, 4),
        (Tampering.SWAP, 5),
    ]


async def test_an_inserted_entry_is_found(log: AuditLog) -> None:
    await filled(log)
    fifth = dict((await rows(log))[4])
    for number in range(9, 4, -1):
        moved = update(AUDIT_ENTRY).where(entry.sequence == number)
        await run(log, moved.values(sequence=number + 1))
    await run(log, insert(AUDIT_ENTRY).values({**fifth, "hash": "f" * 64}))

    kinds = await found(log)

    assert kinds[0] == (Tampering.INSERT, 5)


async def test_a_chain_that_was_cut_off_is_found_by_the_file_elsewhere(
    url: str, tmp_path: Path
) -> None:
    file = tmp_path / "anchors.jsonl"
    async with opened(AuditOptions(url, SECRET, anchor_file=file)) as log:
        await filled(log)
    async with opened(audit_options(url)) as log:
        # Whoever holds the database takes its own anchors away too.
        for table in (AUDIT_ENTRY, AUDIT_SUBJECT):
            await run(log, delete(table).where(table.c.sequence > 6))
        await run(log, delete(AUDIT_ANCHOR))
        alone = await check_log(log.book, log.anchors)
        with_file = await check_log(log.book, log.anchors, read_anchor_file(file))

    assert alone.findings == []
    assert await found(log, with_file) == [(Tampering.TRUNCATE, 7)]


async def test_a_chain_that_is_gone_is_found_by_its_anchor(url: str) -> None:
    async with opened(audit_options(url)) as log:
        await filled(log)
    async with opened(audit_options(url)) as log:
        await run(log, delete(AUDIT_ENTRY), delete(AUDIT_SUBJECT))

        assert await found(log) == [(Tampering.TRUNCATE, 1)]


async def test_an_anchor_that_we_did_not_sign_is_found(log: AuditLog) -> None:
    await filled(log)
    await Anchoring(log.anchors, log.writer.take_heads, now).sign(AnchorKind.HOUR)
    await run(log, update(AUDIT_ANCHOR).values(sequence=3))

    assert await found(log) == [(Tampering.ANCHOR, 3)]


async def test_a_row_that_is_no_anchor_is_found(log: AuditLog) -> None:
    await filled(log)
    await Anchoring(log.anchors, log.writer.take_heads, now).sign(AnchorKind.HOUR)
    await run(log, update(AUDIT_ANCHOR).values(kind="nonsense"))

    assert await found(log) == [(Tampering.ANCHOR, 0)]


async def test_many_entries_are_anchored_before_their_hour(url: str) -> None:
    async with opened(AuditOptions(url, SECRET, anchor_entries=5)) as log:
        await filled(log, 4)
        await asyncio.sleep(0)
        assert await log.anchors.list_all() == []
        await filled(log, 1)
        async with asyncio.timeout(20):
            while not await log.anchors.list_all():
                pass
        await run(log, delete(AUDIT_ENTRY).where(entry.sequence == 5))
        await run(log, delete(AUDIT_SUBJECT).where(AUDIT_SUBJECT.c.sequence == 5))

        assert await found(log) == [(Tampering.TRUNCATE, 5)]


@pytest.mark.parametrize("column", ["hash", "previous", "digest", "key_id", "chain"])
@pytest.mark.parametrize("given", ["", "é", "x' OR 1"])
async def test_whatever_is_put_in_the_place_of_a_text_is_found(
    log: AuditLog, column: str, given: str
) -> None:
    await filled(log)
    await run(log, update(AUDIT_ENTRY).where(entry.sequence == 4).values({column: given}))
    await Anchoring(log.anchors, log.writer.take_heads, now).sign(AnchorKind.HOUR)
    await run(log, update(AUDIT_ANCHOR).values(mac=given))

    assert {Tampering.ANCHOR} < {kind for kind, _ in await found(log)}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET at = 'soon' WHERE sequence = 4",
        "UPDATE audit_entry SET sequence = 'four' WHERE sequence = 4",
        "UPDATE audit_entry SET hash = x'ff' WHERE sequence = 4",
        "UPDATE audit_entry SET payload_sealed = 'text' WHERE sequence = 4",
        "UPDATE audit_subject SET at = 'soon' WHERE sequence = 4",
        "UPDATE audit_anchor SET at = 'soon'",
        "UPDATE audit_anchor SET mac = x'ff'",
        "UPDATE audit_anchor SET sequence = 'four'",
    ],
)
async def test_values_of_another_kind_are_found_and_stop_no_check(
    tmp_path: Path, statement: str
) -> None:
    """SQLite takes any value into any column."""
    url = f"sqlite:///{tmp_path / 'platform.sqlite'}"
    async with opened(audit_options(url)) as log:
        await filled(log)
    async with opened(audit_options(url)) as log:
        await filled(log, 3)
        await run(log, text(statement))

        report = await check_log(log.book, log.anchors)

    assert report.findings
    assert report.chains == 2


async def test_an_entry_hidden_from_whom_it_touched_is_found(log: AuditLog) -> None:
    await filled(log)
    hidden = AUDIT_SUBJECT.c.subject_hmac == person_hash(log, "p3")
    await run(log, delete(AUDIT_SUBJECT).where(hidden))

    assert await found(log) == [(Tampering.INDEX, 4)]


@pytest.mark.parametrize("place", [4, 99])
async def test_a_forged_line_of_the_index_is_found(log: AuditLog, place: int) -> None:
    await filled(log)
    [chain] = await log.book.chains()
    [at] = [row["at"] for row in await rows(log) if row["sequence"] == 4]
    forged = {"chain": chain, "sequence": place, "at": at, "subject_hmac": "e" * 32}
    await run(log, insert(AUDIT_SUBJECT).values(forged))

    assert await found(log) == [(Tampering.INDEX, place)]


async def test_a_line_of_the_index_for_a_chain_that_never_was_is_found(log: AuditLog) -> None:
    await filled(log)
    forged = {"chain": "f" * 32, "sequence": 1, "at": START, "subject_hmac": "e" * 32}
    await run(log, insert(AUDIT_SUBJECT).values(forged))

    assert await found(log) == [(Tampering.INDEX, 1)]


async def test_an_entry_moved_to_another_time_in_the_index_is_found(log: AuditLog) -> None:
    await filled(log)
    own = AUDIT_SUBJECT.c.subject_hmac == person_hash(log, "p3")
    await run(log, update(AUDIT_SUBJECT).where(own).values(at=START - timedelta(days=900)))

    assert await found(log) == [(Tampering.INDEX, 4)]


async def test_another_secret_reads_nothing_and_trusts_nothing(url: str) -> None:
    async with opened(audit_options(url)) as log:
        await filled(log, 2)
    async with opened(AuditOptions(url, b"z" * 32)) as other:
        report = await check_log(other.book, other.anchors)

    assert report.findings


async def test_earlier_secrets_go_on_reading(url: str) -> None:
    async with opened(audit_options(url)) as log:
        await filled(log, 2)
    async with opened(AuditOptions(url, b"z" * 32, (SECRET,))) as log:
        await write(log, "p0")
        report = await check_log(log.book, log.anchors)
        known = await log.book.uses([log.book.keys.every_subject(Kind.PERSON, "p0")])

    assert (report.findings, report.chains) == ([], 2)
    assert [use.told is not None for use in known] == [True, True]
