"""`fourfold audit`: the whole command line over a real log."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from typer.testing import CliRunner, Result

from commands.auditing import audit_options
from commands.main import main
from commands.opening import store_options
from domain.catalogue import handles
from domain.model.departments import Department
from domain.model.global_ids import PERSON, encode_id
from domain.model.keys import EntityKind
from domain.model.roles import Rights, Role
from resolvers.subjects import sealed_id
from settings import read_settings
from store.audit.opening import AuditLog, open_audit_log
from store.database import open_store
from store.people import PersonAsk
from store.tables import AUDIT_ENTRY
from tests.support.auditing import an_entry, an_erasure, now, write
from tests.support.databases import DatabaseMaker
from tests.support.links import NUMBER, a_key, a_link, find_person, link_person
from tests.support.sign_in import HR_REVIEWER, add_account, switch_access_on
from tests.support.tiny import make_tiny_city

AUDITOR = Rights(frozenset({Role.AUDIT_ADMIN}))
Work = Callable[[AuditLog], Awaitable[object]]


class Counter:
    """The command line over one city."""

    def __init__(self, config: Path) -> None:
        self.config = config

    def run(self, *arguments: str, given: str = "") -> Result:
        command = ["audit", *arguments, "--config", str(self.config)]
        return CliRunner().invoke(main, command, input=given)

    def with_log(self, work: Work) -> None:
        async def go() -> None:
            async with self.log() as log:
                await work(log)

        asyncio.run(go())

    @asynccontextmanager
    async def log(self) -> AsyncIterator[AuditLog]:
        settings, folder = read_settings(self.config), self.config.parent
        async with (
            open_store(store_options(settings.platform, folder)) as store,
            open_audit_log(store, audit_options(settings, folder), now) as log,
        ):
            yield log

    def who(self, *arguments: str, given: str = "") -> list[dict[str, object]]:
        told = self.run("who", "--json", *arguments, given=given)
        assert told.exit_code == 0, told.output
        found: list[dict[str, object]] = json.loads(told.stdout)
        return found


@pytest.fixture(name="counter")
def _counter(tmp_path: Path, make_database: DatabaseMaker) -> Counter:
    city = make_tiny_city("sqlite", tmp_path, make_database)
    switch_access_on(city.config)
    return Counter(city.config)


def public(local: str) -> str:
    return encode_id(PERSON, local)


def test_a_whole_log_is_told_whole(counter: Counter) -> None:
    counter.with_log(lambda log: write(log, "p1"))

    told = counter.run("verify")
    as_json = json.loads(counter.run("verify", "--json").stdout)

    assert told.exit_code == 0
    assert told.stdout == "1 entries in 1 chains, 2 anchors; 0 erased, 0 purged: whole\n"
    assert (as_json["entries"], as_json["findings"]) == (1, [])


def test_a_changed_log_is_told_with_the_first_bad_entry(counter: Counter) -> None:
    async def tamper(log: AuditLog) -> None:
        for number in range(5):
            await write(log, f"p{number}")
        async with log.store.database.writing() as connection:
            await connection.execute(delete(AUDIT_ENTRY).where(AUDIT_ENTRY.c.sequence == 3))

    counter.with_log(tamper)

    told = counter.run("verify")
    [finding] = json.loads(counter.run("verify", "--json").stdout)["findings"]

    assert told.exit_code == 1
    assert told.stdout.startswith("delete: chain ")
    assert ", entry 3: 1 entries are missing" in told.stdout
    assert (finding["kind"], finding["sequence"]) == ("delete", 3)


def test_anchors_from_elsewhere_find_what_the_database_hides(
    counter: Counter, tmp_path: Path
) -> None:
    counter.with_log(lambda log: write(log, "p1"))
    kept = tmp_path / "elsewhere.jsonl"
    (tmp_path / "audit-anchors.jsonl").rename(kept)

    async def wipe(log: AuditLog) -> None:
        async with log.store.database.writing() as connection:
            for table in ("audit_entry", "audit_subject", "audit_anchor"):
                await connection.execute(text(f"DELETE FROM {table}"))

    counter.with_log(wipe)

    assert counter.run("verify").exit_code == 0
    told = counter.run("verify", "--anchors", str(kept))
    assert told.exit_code == 1
    assert told.stdout.startswith("truncate: chain ")
    assert counter.run("verify", "--anchors", str(tmp_path / "none")).exit_code == 2


def test_what_a_killed_process_wrote_is_anchored_by_the_next_verify(counter: Counter) -> None:
    async def as_killed(log: AuditLog) -> None:
        for number in range(3):
            await write(log, f"p{number}")
        log.writer.take_heads()  # Nobody is left who would sign them.

    counter.with_log(as_killed)

    assert "3 entries in 1 chains, 0 anchors" in counter.run("verify").stdout
    assert "3 entries in 1 chains, 2 anchors" in counter.run("verify").stdout
    counter.with_log(lambda log: cut_behind(log, 2))
    assert counter.run("verify").stdout.startswith("truncate: chain ")


def test_a_check_that_cannot_anchor_what_it_saw_says_so(counter: Counter, tmp_path: Path) -> None:
    async def as_killed(log: AuditLog) -> None:
        await write(log, "p1")
        log.writer.take_heads()

    counter.with_log(as_killed)
    (tmp_path / "audit-anchors.jsonl").unlink(missing_ok=True)
    (tmp_path / "audit-anchors.jsonl").mkdir()

    told = counter.run("verify", "--anchors", str(an_empty_file(tmp_path)))

    assert told.exit_code == 0
    assert "1 entries in 1 chains" in told.stdout
    assert "could not be anchored" in told.stderr


def an_empty_file(folder: Path) -> Path:
    path = folder / "none-yet.jsonl"
    path.touch()
    return path


async def cut_behind(log: AuditLog, last: int) -> None:
    async with log.store.database.writing() as connection:
        for table in ("audit_entry", "audit_subject"):
            statement = text(f"DELETE FROM {table} WHERE sequence > :last")
            await connection.execute(statement, {"last": last})


def test_who_read_a_person_is_listed_and_asking_is_an_entry(counter: Counter) -> None:
    counter.with_log(lambda log: write(log, "p1", "p2"))
    asyncio.run(add_account(counter.config, "auditor", AUDITOR))

    [use] = counter.who("--person", public("p1"), "--by", "auditor")
    again = counter.who("--person", public("p1"))

    assert (use["account"], use["department"], use["purpose"]) == ("李娜", "hr", "LOOKUP")
    assert (use["operation"], use["result"]) == ("Lookup", "allowed")
    assert use["fields"] == [
        {
            "rows": "home",
            "level": "personal",
            "decision": "allowed",
            "indicators": [handles.MOBILE_PHONE],
        }
    ]
    assert [(one["action"], one["account"]) for one in again] == [
        ("export", "auditor"),
        ("query", "李娜"),
    ]
    assert (again[0]["roles"], bool(again[0]["sub"])) == (["AUDIT_ADMIN"], True)
    assert counter.who("--person", public("p3")) == []


@pytest.mark.parametrize(
    ("login", "rights", "told"),
    [
        ("nobody", None, "there is no account nobody"),
        ("li.na", HR_REVIEWER, "li.na is no auditor"),
    ],
)
@pytest.mark.parametrize("command", ["who", "erase"])
def test_who_asks_is_an_auditor_or_nothing_is_done(
    counter: Counter, command: str, login: str, rights: Rights | None, told: str
) -> None:
    counter.with_log(lambda log: write(log, "p1"))
    if rights is not None:
        asyncio.run(add_account(counter.config, login, rights))

    refused = counter.run(command, "--person", public("p1"), "--by", login)

    assert refused.exit_code == 2
    assert told in refused.stderr
    assert [one["action"] for one in counter.who("--person", public("p1"))] == ["query"]


def test_who_is_printed_for_people_too(counter: Counter) -> None:
    counter.with_log(lambda log: write(log, "p1"))

    told = counter.run("who", "--person", public("p1"))

    assert told.exit_code == 0
    assert "Lookup" in told.stdout.replace("\n", "")


def test_a_person_is_found_under_every_id_it_had(counter: Counter) -> None:
    key = a_key(Department.HR)

    async def fill(log: AuditLog) -> None:
        await link_person(log.store, a_link(Department.HR))
        found = await find_person(log.store, PersonAsk(id_number=NUMBER))
        assert found is not None
        ids["now"] = found.person_id
        await write(log, found.person_id)
        # It was read before anybody had linked it, and looked for by its number.
        await write(log, sealed_id(EntityKind.PERSON, key, log.store.seals))
        made = an_entry()
        await log.writer.write(made._replace(touched=made.touched._replace(numbers=(NUMBER,))))

    ids: dict[str, str] = {}
    counter.with_log(fill)

    assert len(counter.who("--person", public(ids["now"]))) == 2
    by_number = counter.who("--id-number", given=f"{NUMBER}\n")
    assert [one["action"] for one in by_number] == ["export", "query", "query", "query"]


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (("--person", "nonsense"), ""),
        ((), ""),
        (("--person", public("p1"), "--id-number"), ""),
        (("--id-number",), "12345\n"),
        (("--person", public("p1"), "--since", "yesterday"), ""),
    ],
    ids=["no-id", "nobody", "both", "no-number", "no-date"],
)
def test_what_nobody_can_mean_is_wrong_use(
    counter: Counter, arguments: tuple[str, ...], given: str
) -> None:
    told = counter.run("who", *arguments, given=given)

    assert told.exit_code == 2
    assert "12345" not in told.output


def test_old_entries_are_purged_and_recent_ones_never(counter: Counter) -> None:
    async def fill(log: AuditLog) -> None:
        for days in (1200, 1100, 400, 1):
            await write(log, "p1", at=datetime.now(UTC) - timedelta(days=days))

    counter.with_log(fill)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    last_year = (datetime.now(UTC) - timedelta(days=365)).date().isoformat()

    assert counter.run("purge", "--before", yesterday).exit_code == 2
    assert counter.run("purge").stdout == "2 entries purged\n"
    assert counter.run("purge", "--before", last_year).stdout == "1 entries purged\n"
    checked = json.loads(counter.run("verify", "--json").stdout)
    assert (checked["findings"], checked["purged"]) == ([], 3)


def test_nothing_is_purged_from_a_changed_log(counter: Counter) -> None:
    async def tamper(log: AuditLog) -> None:
        for days in (1200, 1100, 1099):
            await write(log, "p1", at=datetime.now(UTC) - timedelta(days=days))
        async with log.store.database.writing() as connection:
            await connection.execute(delete(AUDIT_ENTRY).where(AUDIT_ENTRY.c.sequence == 2))

    counter.with_log(tamper)

    assert counter.run("purge").exit_code == 1
    assert len(counter.who("--person", public("p1"))) == 2


def test_an_erased_person_leaves_a_whole_log(counter: Counter) -> None:
    counter.with_log(lambda log: write(log, "p1"))

    assert counter.run("erase", "--person", public("p1")).stdout == "1 entries erased\n"

    assert counter.who("--person", public("p1")) == []
    checked = json.loads(counter.run("verify", "--json").stdout)
    assert (checked["findings"], checked["erased"]) == ([], 1)


def test_contents_erased_by_an_earlier_version_can_be_answered_for(counter: Counter) -> None:
    async def fill(log: AuditLog) -> None:
        await write(log, "p1")
        await lose(log, 1)

    counter.with_log(fill)

    told = counter.run("verify")
    assert told.exit_code == 1
    assert "no entry says that it was erased" in told.stdout
    assert counter.run("purge").exit_code == 1
    assert counter.run("erase", "--earlier", "--person", public("p1")).exit_code == 2
    assert counter.run("erase", "--earlier").stdout == "1 entries answered for\n"
    assert counter.run("verify").exit_code == 0


def test_a_purge_keeps_the_word_for_what_was_erased_and_stays(counter: Counter) -> None:
    old = datetime.now(UTC) - timedelta(days=1200)

    async def fill(log: AuditLog) -> None:
        # A clock that was set back: the entry stays behind a younger one.
        await write(log, "p1")
        await write(log, "p2", at=old)
        [chain] = await log.book.chains()
        await lose(log, 2)
        counter_chain.append(chain)

    counter_chain: list[str] = []
    counter.with_log(fill)
    counter.with_log(lambda log: log.writer.write(an_erasure({counter_chain[0]: [2]}, old)))

    assert counter.run("purge").stdout == "1 entries purged\n"

    checked = json.loads(counter.run("verify", "--json").stdout)
    assert (checked["findings"], checked["erased"], checked["purged"]) == ([], 1, 1)


async def lose(log: AuditLog, sequence: int) -> None:
    """Takes a content away as somebody with the database alone can."""
    async with log.store.database.writing() as connection:
        for statement in (
            "UPDATE audit_entry SET payload_sealed = NULL WHERE sequence = :place",
            "DELETE FROM audit_subject WHERE sequence = :place",
        ):
            await connection.execute(text(statement), {"place": sequence})


def test_the_key_is_made_once_and_readable_by_its_owner_alone(counter: Counter) -> None:
    counter.run("verify")
    file = counter.config.parent / "audit.key"
    first = file.read_text(encoding="ascii")
    counter.run("verify")

    assert file.read_text(encoding="ascii") == first
    assert len(first.strip()) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(counter.config.parent.glob(".audit.key*"))


def test_help_has_examples(counter: Counter) -> None:
    for command in ("verify", "who", "purge", "erase"):
        assert "Examples" in CliRunner().invoke(main, ["audit", command, "--help"]).stdout
