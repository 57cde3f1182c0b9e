"""Entries of the audit log for tests, and chains of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Executable, select

from domain.audit.chain import ChainKey, Head, Link, head_of, next_link
from domain.audit.entry import Action, Actor, Entry, Question, Result, Touched, payload_text
from domain.audit.erasing import ErasedPlaces
from domain.audit.verifying import Payload, Row, Tampering
from domain.catalogue import handles
from domain.model.departments import Department
from store.audit.checking import Report, check_log
from store.audit.opening import AuditLog, AuditOptions, open_audit_log
from store.audit.reading import Use
from store.audit.subjects import Kind
from store.database import open_store
from store.tables import AUDIT_ENTRY
from tests.support.links import options

START = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
KEY = ChainKey("k1", b"k" * 32)
SECRET = b"a" * 32
BEGIN = START.replace(microsecond=0)
entry = AUDIT_ENTRY.c
ACTOR = Actor("sub1", "sid1", "test", "李娜", ("HR_REVIEWER",), "hr", ("370700",), (), "pwd")


def an_entry(
    *persons: str,
    at: datetime = START,
    actor: Actor = ACTOR,
    units: tuple[str, ...] = (),
    departments: tuple[str, ...] = (Department.HR,),
) -> Entry:
    """A lookup of persons."""
    touched = Touched(
        persons=persons,
        units=units,
        fields={"home": {"personal": {"allowed": [handles.MOBILE_PHONE]}}},
        rows={"hr": 1},
        states={"hr": "OK"},
        departments=departments,
    )
    question = Question(Action.QUERY, "Lookup", "sha256:0", "LOOKUP")
    return Entry(at, "trace1", actor, question, touched, Result.ALLOWED, 3.25)


def a_chain(length: int, chain: str = "c1") -> list[Row]:
    """A genuine chain."""
    head, rows = Head(chain), []
    for number in range(length):
        at = (START + timedelta(seconds=number)).replace(microsecond=0)
        payload = payload_text(an_entry(f"p{number}", at=at), {}, f"salt{number}")
        link = next_link(head, KEY, at, payload)
        rows.append(Row(link, Payload.HERE, payload))
        head = head_of(link)
    return rows


def moved(row: Row, sequence: int) -> Row:
    """The same row at another place."""
    return row._replace(link=row.link._replace(sequence=sequence))


def forged(link: Link) -> Link:
    """A link by somebody without the secret."""
    return link._replace(digest="f" * 64, hash="e" * 64)


def audit_options(url: str) -> AuditOptions:
    """A log without an anchor file."""
    return AuditOptions(url, SECRET)


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def opened(given: AuditOptions) -> AsyncIterator[AuditLog]:
    async with (
        open_store(options(given.url)) as store,
        open_audit_log(store, given, now) as found,
    ):
        yield found


async def write(log: AuditLog, *persons: str, at: datetime = START) -> None:
    await log.writer.write(an_entry(*persons, at=at))


async def filled(log: AuditLog, length: int = 9) -> None:
    for number in range(length):
        await write(log, f"p{number}", at=START + timedelta(days=number))


def person_hash(log: AuditLog, person: str) -> str:
    return log.book.keys.subject(Kind.PERSON, person)


async def uses(log: AuditLog, *persons: str) -> list[Use]:
    return await log.book.uses([[person_hash(log, person) for person in persons]])


def an_erasure(places: ErasedPlaces, at: datetime | None = None) -> Entry:
    """The entry that lets contents go."""
    touched, question = Touched(erased=places), Question(Action.ERASE)
    return Entry(at or now(), "", Actor(name="auditor"), question, touched, Result.ALLOWED)


async def erase(log: AuditLog, *persons: str) -> int:
    """As the command does it."""

    async def attest(places: ErasedPlaces) -> None:
        await log.writer.write(an_erasure(places))

    return await log.keeping.erase([person_hash(log, person) for person in persons], attest)


async def purge(log: AuditLog, before: datetime) -> int:
    heads = await log.keeping.heads_before(before)
    return await log.keeping.purge(heads, before, now())


async def run(log: AuditLog, *statements: Executable) -> None:
    async with log.store.database.writing() as connection:
        for statement in statements:
            await connection.execute(statement)


async def found(log: AuditLog, report: Report | None = None) -> list[tuple[Tampering, int]]:
    report = report or await check_log(log.book, log.anchors)
    return [(finding.kind, finding.sequence) for finding in report.findings]


async def rows(log: AuditLog) -> Sequence[Any]:
    statement = select(AUDIT_ENTRY).order_by(entry.chain, entry.sequence)
    return await log.store.database.read(statement, {})
