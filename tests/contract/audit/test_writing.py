"""Batches, several writers, refusals, anchors, and what is read back."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.audit.anchors import AnchorKind
from domain.audit.entry import decided
from domain.catalogue import handles
from domain.model.errors import AuditUnavailableError, BadInputError
from store.audit.anchoring import Anchoring, read_anchor_file
from store.audit.checking import check_log
from store.audit.opening import AuditLog, AuditOptions
from store.audit.subjects import Kind
from tests.support.auditing import (
    ACTOR,
    BEGIN,
    SECRET,
    START,
    an_entry,
    audit_options,
    found,
    now,
    opened,
    person_hash,
    rows,
    run,
    uses,
    write,
)
from tests.support.links import NUMBER


async def test_what_was_written_is_read_back(log: AuditLog) -> None:
    await log.writer.write(an_entry("p1", "p2", units=("u1",)))

    [use] = await uses(log, "p2")

    assert use.told is not None
    assert use.told["actor"]["sub"] == "sub1"
    assert use.told["purpose"] == "LOOKUP"
    assert use.told["at"] == "2026-03-02T08:00:00.123+00:00"
    assert decided(use.told) == [("home", "personal", "allowed", [handles.MOBILE_PHONE])]
    assert use.told["subjects"]["person"] == [person_hash(log, "p1"), person_hash(log, "p2")]


async def test_entries_hold_no_id_of_whom_they_touched_and_no_number(log: AuditLog) -> None:
    made = an_entry("person-in-clear", units=("unit-in-clear",))
    await log.writer.write(made._replace(touched=made.touched._replace(numbers=(NUMBER,))))

    [row] = await rows(log)
    [use] = await uses(log, "person-in-clear")
    everything = f"{dict(row)} {use.told}"

    assert not any(text in everything for text in ("in-clear", NUMBER))
    assert b"Lookup" not in row["payload_sealed"]


async def test_entries_that_wait_together_share_a_commit(log: AuditLog) -> None:
    await asyncio.gather(*(write(log, f"p{number}") for number in range(100)))

    assert log.writer.figures.entries == 100
    assert log.writer.figures.batches < 20
    assert (await check_log(log.book, log.anchors)).findings == []


def write_alone(url: str, name: str) -> None:
    """One process of several."""

    async def go() -> None:
        async with opened(audit_options(url)) as log:
            await asyncio.gather(*(write(log, f"{name}{i}") for i in range(50)))

    asyncio.run(go())


def write_and_die(url: str) -> None:
    """A process that is gone between its commit and its answer."""

    async def go() -> None:
        async with opened(audit_options(url)) as log:
            await write(log, "p1")
            os._exit(9)

    asyncio.run(go())


def exit_codes(target: Callable[..., None], *arguments: tuple[str, ...]) -> list[int | None]:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=target, args=one) for one in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


@pytest.mark.slow
async def test_two_processes_write_a_chain_each(url: str) -> None:
    assert exit_codes(write_alone, (url, "a"), (url, "b")) == [0, 0]

    async with opened(audit_options(url)) as log:
        report = await check_log(log.book, log.anchors)
        assert (report.findings, report.entries, report.chains) == ([], 100, 2)


@pytest.mark.slow
async def test_an_entry_outlives_a_process_that_died_before_its_answer(url: str) -> None:
    assert exit_codes(write_and_die, (url,)) == [9]

    async with opened(audit_options(url)) as log:
        assert len(await uses(log, "p1")) == 1
        assert await found(log) == []


async def test_who_waits_no_longer_leaves_an_entry_all_the_same(log: AuditLog) -> None:
    task = asyncio.create_task(write(log, "p1"))
    await asyncio.sleep(0)
    task.cancel()
    await log.writer.close()

    assert len(await uses(log, "p1")) == 1


async def test_a_lost_table_refuses_and_the_next_chain_begins_anew(log: AuditLog) -> None:
    await write(log, "p1")
    await run(log, text("ALTER TABLE audit_entry RENAME TO away"))
    with pytest.raises(AuditUnavailableError):
        await write(log, "p2")
    await run(log, text("ALTER TABLE away RENAME TO audit_entry"))
    await write(log, "p3")

    report = await check_log(log.book, log.anchors)

    assert (report.findings, report.entries, report.chains) == ([], 2, 2)


async def test_a_stalled_database_refuses_within_its_time(url: str) -> None:
    given = AuditOptions(url, SECRET, seconds=0.2)
    async with opened(given) as log:
        async with log.store.database.writing() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text("LOCK TABLE audit_entry"))
            with pytest.raises(AuditUnavailableError):
                await write(log, "p1")
        await log.writer.close()

        assert len(await uses(log, "p1")) == 1


async def test_entries_are_paged_newest_first(log: AuditLog) -> None:
    for day in range(5):
        await write(log, "p1", at=START + timedelta(days=day))
    hashes = [[person_hash(log, "p1")]]

    first = await log.book.uses(hashes, limit=2)
    second = await log.book.uses(hashes, limit=9, before=first[-1].place)

    days = [use.place.at.day for use in (*first, *second)]
    assert days == [6, 5, 4, 3, 2]
    assert len(await log.book.uses(hashes, since=BEGIN + timedelta(days=3))) == 2


async def test_entries_are_found_by_several_subjects_at_once(log: AuditLog) -> None:
    await log.writer.write(an_entry("p1", departments=("hr",)))
    await log.writer.write(an_entry("p1", departments=("finance",)))
    hr = log.book.keys.subject(Kind.DEPARTMENT, "hr")

    assert len(await log.book.uses([[hr], [person_hash(log, "p1")]])) == 1


async def test_an_anchor_file_that_cannot_be_written_is_tried_again(
    url: str, tmp_path: Path
) -> None:
    file = tmp_path / "away" / "anchors.jsonl"
    async with opened(AuditOptions(url, SECRET, anchor_file=file)) as log:
        await write(log, "p1")
        anchoring = Anchoring(log.anchors, log.writer.take_heads, now)
        await anchoring.sign(AnchorKind.HOUR)
        file.parent.mkdir()
        await anchoring.sign(AnchorKind.HOUR)

    assert len(list(read_anchor_file(file))) == 1


def test_an_anchor_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError):
        list(read_anchor_file(tmp_path / "none"))


async def test_the_account_is_a_subject_too(log: AuditLog) -> None:
    await write(log, "p1")
    account = log.book.keys.subject(Kind.ACCOUNT, ACTOR.sub)

    assert len(await log.book.uses([[account]])) == 1


FULL = {
    "sqlite": ["PRAGMA max_page_count = 1"],
    "postgresql": [
        """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$""",
        "CREATE TRIGGER full_disk BEFORE INSERT ON audit_entry EXECUTE FUNCTION full_disk()",
    ],
}
READ_ONLY = {
    "sqlite": ["PRAGMA query_only = ON"],
    "postgresql": [
        """DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on',
        current_database()); END $$""",
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()""",
    ],
}


async def write_many(log: AuditLog, count: int) -> None:
    for number in range(count):
        await write(log, f"p{number}")


@pytest.mark.parametrize("made", [FULL, READ_ONLY], ids=["full", "read-only"])
async def test_a_database_that_takes_nothing_refuses(url: str, made: dict[str, list[str]]) -> None:
    async with opened(audit_options(url)) as log:
        await write_many(log, 50)
        is_sqlite = log.writer.database.engine.dialect.name == "sqlite"
        # What is said to SQLite counts for one connection: the one that writes.
        database = log.writer.database if is_sqlite else log.store.database
        async with database.engine.connect() as connection:
            for statement in made[connection.dialect.name]:
                await connection.exec_driver_sql(statement)
            await connection.commit()

        with pytest.raises(AuditUnavailableError):
            await write_many(log, 500)  # pages that are there already are filled first

    assert log.writer.figures.failures >= 1


def test_an_entry_of_the_first_version_does_not_say_for_which_rows() -> None:
    first = {"v": 1, "fields": {"personal": {"masked": [handles.ID_NUMBER]}}}

    assert decided(first) == [(None, "personal", "masked", [handles.ID_NUMBER])]
