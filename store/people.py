"""The cross-reference of persons: which records of which departments are one person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, select, update

from domain.identity.matching import MatchLevel
from domain.model.keys import LocalKey, PersonId
from domain.model.tally import Tally
from store.changes import changing_links
from store.engine import Database
from store.finding import Answers, By, Question, find_rows
from store.forms import Owner, owners_of
from store.links import PEOPLE, key_index, link_index, read_link, record_order
from store.owners import find_owner
from store.recording import (
    OpenLink,
    Plan,
    Reach,
    Read,
    Recorded,
    RowToLink,
    Stamp,
    chunks,
    close_links,
    list_open,
    move_links,
    read_open,
    reader_of,
)
from store.sealing import Seals
from store.tables import PERSON, PERSON_NUMBER


class PersonAsk(NamedTuple):
    """One question: exactly one of the platform's id, a normalised ID number, a local key."""

    person_id: PersonId | None = None
    id_number: str | None = None
    key: LocalKey | None = None


class PersonLink(NamedTuple):
    """One judgement that a record is this person; `valid_to` is None while it holds."""

    person_id: PersonId
    key: LocalKey
    level: MatchLevel
    evidence: tuple[str, ...]
    author: str
    confirmed_by: str | None
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True)
class LinkedPerson:
    """A person with the links in force and, apart, the past ones; order: department, source, key.

    `person_id` differs from the asked one where that was merged away.
    """

    person_id: PersonId
    links: tuple[PersonLink, ...]
    past: tuple[PersonLink, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonToLink:
    """Records judged against one person, and the blind index of the person's number or link key.

    Without either the records are a person of their own, who keeps the id once given. `also`: other
    indexes that records of the person had; a person keeps the id when a better one is found.
    """

    number_hash: str | None
    rows: tuple[RowToLink, ...]
    reach: Reach = Reach.ALL
    also: tuple[str, ...] = ()


class PersonLinks:
    """Finds and records the links of persons."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def find(self, asks: Sequence[PersonAsk], tally: Tally) -> list[LinkedPerson | None]:
        """One answer per question, in their order; None where no link in force leads to a person.

        By id, a person without a link in force is still answered. One statement for the batch.
        """
        questions = [self.question(ask) for ask in asks]
        rows = await find_rows(self._database, PEOPLE, questions, tally)
        return [self.answer(question, rows) for question in questions]

    async def find_owner(self, ask: PersonAsk, tally: Tally) -> Owner | None:
        """As `find`, for one question: keys alone, without any link."""
        question = self.question(ask)
        row = await find_owner(self._database, PEOPLE, question, tally)
        return owners_of(self._seals, [row], alone=question.by is By.ID)[0]

    async def record_links(self, batch: Sequence[PersonToLink], stamp: Stamp) -> Recorded:
        """Make the links in force say what was judged; writes nothing where they already do."""
        plan = await self._plan(self._database.read, batch, stamp)
        if plan.is_empty:
            return plan.recorded
        async with changing_links(self._database) as (connection, changed):
            # Planned again inside: another process may have written meanwhile.
            plan = await self._plan(reader_of(connection), batch, stamp)
            await plan.apply(connection)
            changed.tokens = plan.touched
        return plan.recorded

    async def linked_numbers(self, hashes: Sequence[str]) -> set[str]:
        """Those of the numbers' blind indexes that lead to a person with a link in force."""
        number, link = PERSON_NUMBER.c, PEOPLE.link.c
        owner = func.coalesce(PERSON.c.successor_id, PERSON.c.id)
        in_force = exists().where(link.person_id == owner, link.valid_to.is_(None))
        statement = (
            select(number.number_hash)
            .join(PERSON, PERSON.c.id == number.person_id)
            .where(number.number_hash.in_(bindparam("hashes", expanding=True)), in_force)
        )
        read = self._database.read
        found = [
            row for chunk in chunks(hashes) for row in await read(statement, {"hashes": chunk})
        ]
        return {row["number_hash"] for row in found}

    async def list_open(self, source: str, after: str = "", limit: int = 2000) -> list[OpenLink]:
        """Links in force of one source in the order of their ids, to go through them in pages."""
        return await list_open(self._database.read, PEOPLE, source, after, limit)

    async def in_force(self, key_hashes: Sequence[str]) -> list[OpenLink]:
        """The links in force of these keys."""
        return list((await read_open(self._database.read, PEOPLE, key_hashes)).values())

    async def close(self, link_ids: Iterable[str], stamp: Stamp) -> None:
        """End links; they stay readable as past ones."""
        async with changing_links(self._database) as (connection, changed):
            await close_links(connection, PEOPLE, link_ids, stamp.at)
            changed.everything = True

    async def merge(self, gone: PersonId, into: PersonId, stamp: Stamp) -> None:
        """Let one person be another: its links end and begin again there, its id is an alias."""
        async with changing_links(self._database) as (connection, changed):
            await move_links(connection, PEOPLE, gone, into, stamp)
            changed.everything = True
            aliases = (PERSON.c.id == gone) | (PERSON.c.successor_id == gone)
            await connection.execute(update(PERSON).where(aliases).values(successor_id=into))

    def blind_index(self, id_number: str) -> str:
        """The keyed hash of a normalised ID number, as links know it."""
        return self._seals.blind_index(id_number)

    def link_index(self, name: str, value: str) -> str:
        """The keyed hash of a normalised link key, as links know it."""
        return link_index(self._seals, name, value)

    def key_index(self, key: LocalKey) -> str:
        """The keyed hash under which links know a local key."""
        return key_index(self._seals, key)

    def question(self, ask: PersonAsk) -> Question:
        """The question as it stands in a statement."""
        if ask.person_id is not None:
            return Question(By.ID, ask.person_id)
        if ask.id_number is not None:
            return Question(By.NUMBER, self.blind_index(ask.id_number))
        if ask.key is not None:
            return Question(By.KEY, key_index(self._seals, ask.key))
        raise ValueError("a question names an id, a number or a key")

    def answer(self, question: Question, answers: Answers) -> LinkedPerson | None:
        """The person that the rows of a question tell of."""
        rows = answers.get(question, ())
        if not rows:
            return None
        person_id = PersonId(rows[0]["owner"])
        stored = [read_link(self._seals, row) for row in rows if row["source"] is not None]
        stored.sort(key=record_order)
        links = [PersonLink(person_id, *link) for link in stored]
        in_force = tuple(link for link in links if link.valid_to is None)
        if not in_force and question.by is not By.ID:
            return None
        past = tuple(link for link in links if link.valid_to is not None)
        return LinkedPerson(person_id, in_force, past)

    async def _plan(self, read: Read, batch: Sequence[PersonToLink], stamp: Stamp) -> Plan:
        plan = Plan(PEOPLE, self._seals, stamp)
        numbers = [person.number_hash for person in batch if person.number_hash is not None]
        numbers += [each for person in batch for each in person.also]
        known = await _owners_of_numbers(read, numbers)
        hashes = [row.key_hash for person in batch for row in person.rows]
        in_force = await read_open(read, PEOPLE, hashes)
        for person in batch:
            if person.reach is Reach.KEEP and person.number_hash not in known:
                continue
            owner = self._owner(plan, person, known, in_force)
            plan.judge(person.rows, owner, in_force, person.reach)
        return plan

    def _owner(
        self,
        plan: Plan,
        person: PersonToLink,
        known: dict[str, str],
        in_force: Mapping[str, OpenLink],
    ) -> str:
        number = person.number_hash
        if number is None:
            links = [in_force.get(row.key_hash) for row in person.rows]
            pairs = zip(links, person.rows, strict=True)
            own = [link.owner for link, row in pairs if link and link.rests_on(row.evidence)]
            return own[0] if own else plan.new_owner()
        if number not in known:
            known[number] = _earlier_owner(person, known, in_force) or plan.new_owner()
            row = self._number(number, known[number], plan.stamp)
            plan.extras.append((PERSON_NUMBER, row))
            plan.touched |= {number, known[number]}
        return known[number]

    def _number(self, number_hash: str, owner: str, stamp: Stamp) -> dict[str, object]:
        return {
            "number_hash": number_hash,
            "person_id": owner,
            "key_id": self._seals.key_id,
            "created_at": stamp.at,
        }


def _earlier_owner(
    person: PersonToLink, known: Mapping[str, str], in_force: Mapping[str, OpenLink]
) -> str | None:
    """The owner that one of the records has, and has by another index of the same person."""
    owners = {known[each] for each in person.also if each in known}
    links = (in_force.get(row.key_hash) for row in person.rows)
    return next((link.owner for link in links if link and link.owner in owners), None)


async def _owners_of_numbers(read: Read, hashes: Sequence[str]) -> dict[str, str]:
    owner = func.coalesce(PERSON.c.successor_id, PERSON.c.id).label("owner")
    number = PERSON_NUMBER.c
    statement = (
        select(number.number_hash, owner)
        .join(PERSON, PERSON.c.id == number.person_id)
        .where(number.number_hash.in_(bindparam("hashes", expanding=True)))
    )
    rows = [row for chunk in chunks(hashes) for row in await read(statement, {"hashes": chunk})]
    return {row["number_hash"]: row["owner"] for row in rows}
