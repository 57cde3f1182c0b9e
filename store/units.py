"""The cross-reference of units: which codes of which departments are one unit, now and before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select

from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.keys import LocalKey, UnitCode, UnitId
from domain.model.tally import Tally
from store.changes import changing_links
from store.engine import Database, Found
from store.finding import ANY_CODE, Answers, By, Question, find_rows
from store.forms import Owner, owners_of
from store.heirs import Heirs, plan_heirs
from store.links import UNITS, key_index, read_link, record_order
from store.owners import find_owner
from store.recording import (
    OpenLink,
    Plan,
    Read,
    Recorded,
    RowToLink,
    Stamp,
    chunks,
    close_links,
    list_open,
    read_open,
    reader_of,
)
from store.sealing import Seals
from store.tables import UNIT, UNIT_LINK


class UnitAsk(NamedTuple):
    """One question: exactly one of the platform's id, a standard unit code, a local key.

    A unit code may be a past one; the unit that has it now goes before one that had it.
    """

    unit_id: UnitId | None = None
    unit_code: UnitCode | None = None
    key: LocalKey | None = None


class UnitLink(NamedTuple):
    """One judgement that a record is this unit; `valid_to` is None while it holds."""

    unit_id: UnitId
    key: LocalKey
    level: MatchLevel
    evidence: tuple[str, ...]
    author: str
    confirmed_by: str | None
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class LinkedUnit:
    """A unit with the links in force and, apart, the past ones; order: department, source, key."""

    unit_id: UnitId
    links: tuple[UnitLink, ...]
    past: tuple[UnitLink, ...] = ()


class UnitLinks:
    """Finds and records the links of units."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def find(self, asks: Sequence[UnitAsk], tally: Tally) -> list[LinkedUnit | None]:
        """One answer per question, in their order; None where no link leads to a unit.

        By id or code, a unit without a link in force is still answered. One statement a batch.
        """
        questions = [self.question(ask) for ask in asks]
        rows = await find_rows(self._database, UNITS, questions, tally)
        return [self.answer(question, rows) for question in questions]

    async def find_owner(self, ask: UnitAsk, tally: Tally) -> Owner | None:
        """As `find`, for one question that names no unit code: keys alone, without any link."""
        memory, key = self._database.units, ask.unit_id if ask.key is None else ask.key
        if memory is None:
            row = await find_owner(self._database, UNITS, self.question(ask), tally)
        else:
            since, (row,) = memory.begin(), memory.find((key,))
            if row is None:
                row = await find_owner(self._database, UNITS, self.question(ask), tally)
                memory.keep((key,), (row,), since)
        return owners_of(self._seals, [row], alone=True)[0]

    async def record_links(self, units: Sequence[Sequence[RowToLink]], stamp: Stamp) -> Recorded:
        """Make the links in force say what was judged; writes nothing where they already do.

        A unit keeps the id of the first of its records that has or had one, so that its
        order of records counts; all units of one call are written together.
        """
        plan = await self._plan(self._database.read, units, stamp)
        if plan.is_empty:
            return plan.recorded
        async with changing_links(self._database) as (connection, changed):
            # Planned again inside: another process may have written meanwhile.
            plan = await self._plan(reader_of(connection), units, stamp)
            await plan.apply(connection)
            changed.tokens = plan.touched | {ANY_CODE}
        return plan.recorded

    async def list_open(self, source: str, after: str = "", limit: int = 2000) -> list[OpenLink]:
        """Links in force of one source in the order of their ids, to go through them in pages."""
        return await list_open(self._database.read, UNITS, source, after, limit)

    async def close(self, link_ids: Iterable[str], stamp: Stamp) -> None:
        """End links; they stay readable as past ones."""
        async with changing_links(self._database) as (connection, changed):
            await close_links(connection, UNITS, link_ids, stamp.at)
            changed.everything = True

    async def record_heirs(self, heirs: Heirs, stamp: Stamp) -> int:
        """Let old ids and codes lead to their heirs; the number of those that changed.

        These are all heirs there are: an alias that is not among them ends.
        """
        plan = await plan_heirs(self._database.read, heirs, self._seals, stamp)
        if plan.changed:
            async with changing_links(self._database) as (connection, changed):
                # Planned again inside: another process may have written meanwhile.
                plan = await plan_heirs(reader_of(connection), heirs, self._seals, stamp)
                await plan.apply(connection)
                changed.everything = True
        return plan.changed

    def key_index(self, key: LocalKey) -> str:
        """The keyed hash under which links know a local key."""
        return key_index(self._seals, key)

    def question(self, ask: UnitAsk) -> Question:
        """The question as it stands in a statement."""
        if ask.unit_id is not None:
            return Question(By.ID, ask.unit_id)
        if ask.unit_code is not None:
            return Question(By.CODE, ask.unit_code)
        if ask.key is not None:
            return Question(By.KEY, key_index(self._seals, ask.key))
        raise ValueError("a question names an id, a unit code or a key")

    def answer(self, question: Question, answers: Answers) -> LinkedUnit | None:
        """The unit that the rows of a question tell of."""
        rows = answers.get(question, ())
        linked = [self._linked(UnitId(owner), own) for owner, own in _by_owner(rows).items()]
        if question.by is By.CODE:
            linked.sort(key=lambda unit: _claim_on(unit, question.token), reverse=True)
        return linked[0] if linked else None

    def _linked(self, unit_id: UnitId, rows: Sequence[Found]) -> LinkedUnit:
        stored = [read_link(self._seals, row) for row in rows if row["source"] is not None]
        stored.sort(key=record_order)
        links = [UnitLink(unit_id, *link) for link in stored]
        in_force = tuple(link for link in links if link.valid_to is None)
        past = tuple(link for link in links if link.valid_to is not None)
        return LinkedUnit(unit_id, in_force, past)

    async def _plan(self, read: Read, units: Sequence[Sequence[RowToLink]], stamp: Stamp) -> Plan:
        plan = Plan(UNITS, self._seals, stamp)
        hashes = [row.key_hash for unit in units for row in unit]
        in_force = await read_open(read, UNITS, hashes)
        owners = await _last_owners(read, hashes)
        owners |= {key_hmac: link.owner for key_hmac, link in in_force.items()}
        taken: set[str] = set()
        for unit in units:
            had = (owners.get(row.key_hash) for row in unit)
            owner = next((each for each in had if each and each not in taken), None)
            owner = owner or plan.new_owner()
            taken.add(owner)
            plan.judge(unit, owner, in_force)
        return plan


def _by_owner(rows: Sequence[Found]) -> Mapping[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for row in rows:
        found.setdefault(row["owner"], []).append(row)
    return found


def _claim_on(unit: LinkedUnit, code: str) -> tuple[bool, datetime]:
    """How good a unit's claim on a code is: to have it now, else to have got it last."""
    having = [
        (link.valid_to is None, link.valid_from)
        for link in (*unit.links, *unit.past)
        if link.key.department is Department.ESTABLISHMENT and link.key.text == code
    ]
    # A unit merged away had the code; its successor answers, after whoever had it itself.
    return max(having, default=(False, datetime.min.replace(tzinfo=UTC)))


async def _last_owners(read: Read, hashes: Sequence[str]) -> dict[str, str]:
    """Who had a key last, also where that link has ended."""
    statement = (
        select(UNIT_LINK.c.key_hmac, UNIT_LINK.c.unit_id)
        .join(UNIT, UNIT.c.id == UNIT_LINK.c.unit_id)
        .where(
            UNIT.c.successor_id.is_(None),
            UNIT_LINK.c.key_hmac.in_(bindparam("keys", expanding=True)),
        )
        .order_by(UNIT_LINK.c.valid_from, UNIT_LINK.c.id)
    )
    rows = [row for chunk in chunks(hashes) for row in await read(statement, {"keys": chunk})]
    return {row["key_hmac"]: row["unit_id"] for row in rows}
