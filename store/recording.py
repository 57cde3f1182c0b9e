"""Opens and closes links; a judgement is closed and followed by another, never overwritten."""

import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Case,
    Executable,
    RowMapping,
    Select,
    Table,
    bindparam,
    case,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.matching import MatchLevel
from domain.model.keys import LocalKey
from store.engine import Parameters, in_bucket
from store.finding import CHUNK
from store.links import EVIDENCE_SEPARATOR, LinkTable, stored_key
from store.sealing import Seals
from store.tables import Instant

Read = Callable[[Executable, Parameters], Awaitable[Sequence[RowMapping]]]
Row = dict[str, Any]  # Any: the values of one row of any of our tables

FIRST_VERSION: Final = 1


class Reach(StrEnum):
    """What a run may change of a record's links.

    ALL: everything. ADD: nothing of a link that leads to the owner. KEEP: only end what leads
    elsewhere, begin nothing.
    """

    ALL = "all"
    ADD = "add"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who judges, and when."""

    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RowToLink:
    """One record of a source judged to be someone, and why; `personal`: its key is an ID number.

    `key_hash` is the store's `key_index` of the key.
    """

    key: LocalKey
    key_hash: str
    level: MatchLevel
    evidence: tuple[str, ...]
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch changed.

    `held` counts links left alone because a person confirmed them, `merged` ids or codes of units
    that lead to another heir than before.
    """

    owners: int = 0
    opened: int = 0
    closed: int = 0
    held: int = 0
    merged: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            self.owners + other.owners,
            self.opened + other.opened,
            self.closed + other.closed,
            self.held + other.held,
            self.merged + other.merged,
        )


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link in force: its id, the hash of its key, what is judged, and who stands for it."""

    id: str
    key_hmac: str
    owner: str
    level: str
    evidence: str
    author: str
    confirmed_by: str | None

    def says(self, row: "RowToLink", owner: str) -> bool:
        """Whether this is the judgement already; new evidence for the same makes no new one."""
        return (self.level, self.owner) == (row.level.value, owner)

    def rests_on(self, evidence: Sequence[str]) -> bool:
        """Whether the judgement was made on this evidence."""
        return self.evidence == EVIDENCE_SEPARATOR.join(evidence)

    def is_automatic(self, author: str) -> bool:
        """Whether `author` may close it: its own judgement, confirmed by nobody else."""
        return self.author == author and self.confirmed_by is None


@dataclass(slots=True)
class Plan:
    """The writes of one batch, by table; empty when all is as it should be.

    `touched`: ids of owners and keyed hashes whose meaning changes.
    """

    table: LinkTable
    seals: Seals
    stamp: Stamp
    owners: list[Row] = field(default_factory=list)
    extras: list[tuple[Table, Row]] = field(default_factory=list)
    opened: list[Row] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    held: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.owners or self.extras or self.opened or self.closed)

    @property
    def recorded(self) -> Recorded:
        """What carrying out the plan changes."""
        return Recorded(len(self.owners), len(self.opened), len(self.closed), self.held)

    def new_owner(self) -> str:
        """A new opaque id, to be written with this plan."""
        owner = uuid.uuid4().hex
        self.owners.append({"id": owner, "created_at": self.stamp.at})
        return owner

    def judge(
        self,
        rows: Sequence[RowToLink],
        owner: str,
        in_force: Mapping[str, OpenLink],
        reach: Reach = Reach.ALL,
    ) -> None:
        """Let each record lead to `owner`, where a person has not decided otherwise."""
        for row in rows:
            link = in_force.get(row.key_hash)
            if link is not None and self._stands(link, row, owner, reach):
                continue
            self.touched |= {row.key_hash, owner}
            if link is not None:
                self.closed.append(link.id)
                self.touched.add(link.owner)
            if reach is not Reach.KEEP:
                self.opened.append(self._link(row, owner))

    def _stands(self, link: OpenLink, row: RowToLink, owner: str, reach: Reach) -> bool:
        """Whether a link in force stays as it is; counts those that a person's word holds."""
        if link.says(row, owner) or (link.owner == owner and reach is not Reach.ALL):
            return True
        if link.is_automatic(self.stamp.author):
            return False
        self.held += link.owner != owner
        return True

    async def apply(self, connection: AsyncConnection) -> None:
        """Write everything; closings first, for a row has one open link at most."""
        await close_links(connection, self.table, self.closed, self.stamp.at)
        writes = [(self.table.owner, row) for row in self.owners]
        writes += self.extras
        writes += [(self.table.link, row) for row in self.opened]
        for table in dict.fromkeys(table for table, _ in writes):
            await connection.execute(insert(table), [row for to, row in writes if to is table])

    def _link(self, row: RowToLink, owner: str) -> Row:
        return {
            "id": uuid.uuid4().hex,
            self.table.owner_id.name: owner,
            "key_hmac": row.key_hash,
            **stored_key(self.seals, row.key, personal=row.personal),
            "level": row.level.value,
            "evidence": EVIDENCE_SEPARATOR.join(row.evidence),
            "author": self.stamp.author,
            "confirmed_by": None,
            "valid_from": self.stamp.at,
            "valid_to": None,
            "version": FIRST_VERSION,
        }


async def read_open(read: Read, table: LinkTable, hashes: Sequence[str]) -> dict[str, OpenLink]:
    """The links in force of these keys, by the hash of the key."""
    link = table.link.c
    statement = _open_links(table).where(link.key_hmac.in_(bindparam("keys", expanding=True)))
    rows = [row for chunk in chunks(hashes) for row in await read(statement, {"keys": chunk})]
    return {row["key_hmac"]: OpenLink(*row.values()) for row in rows}


async def list_open(
    read: Read, table: LinkTable, source: str, after: str, limit: int
) -> list[OpenLink]:
    """Links in force of a source in the order of their ids, those behind `after`."""
    link = table.link.c
    statement = _open_links(table).where(link.source == bindparam("of"), link.id > bindparam("a"))
    ordered = statement.order_by(link.id).limit(limit)
    return [OpenLink(*row.values()) for row in await read(ordered, {"of": source, "a": after})]


async def close_links(
    connection: AsyncConnection, table: LinkTable, ids: Iterable[str], at: datetime
) -> None:
    """End links at an instant; those already ended stay as they are."""
    link = table.link
    statement = (
        update(link)
        .where(link.c.id == bindparam("closing"), link.c.valid_to.is_(None))
        .values(
            valid_to=_not_before(link, bindparam("at", type_=Instant)), version=link.c.version + 1
        )
    )
    values = [{"closing": each, "at": at} for each in ids]
    if values:
        await connection.execute(statement, values)


def _not_before(link: Table, at: BindParameter[datetime]) -> Case[datetime]:
    """A judgement never ends before it began, though our clock may have gone back."""
    return case((link.c.valid_from > at, link.c.valid_from), else_=at)


async def move_links(
    connection: AsyncConnection, table: LinkTable, gone: str, into: str, stamp: Stamp
) -> None:
    """End the links in force of one owner and begin them again, as they were judged, at another."""
    of_gone = (table.owner_id == gone) & table.link.c.valid_to.is_(None)
    found = await connection.execute(select(table.link).where(of_gone))
    moved = [dict(row) for row in found.mappings()]
    await close_links(connection, table, [row["id"] for row in moved], stamp.at)
    fresh = {"author": stamp.author, "valid_from": stamp.at, "version": FIRST_VERSION}
    rows = [{**row, **fresh, "id": uuid.uuid4().hex, table.owner_id.name: into} for row in moved]
    if rows:
        await connection.execute(insert(table.link), rows)


def reader_of(connection: AsyncConnection) -> Read:
    """Reading inside of a transaction."""

    async def read(statement: Executable, values: Parameters) -> Sequence[RowMapping]:
        return (await connection.execute(statement, values)).mappings().all()

    return read


def chunks(values: Sequence[str]) -> Iterable[list[str]]:
    """The values in lists short enough for one statement, filled up to a power of two."""
    return (in_bucket(values[i : i + CHUNK]) for i in range(0, len(values), CHUNK))


def _open_links(table: LinkTable) -> Select[tuple[str, str, str, str, str, str, str | None]]:
    link = table.link.c
    owner = table.owner_id.label("owner")
    judged = (link.level, link.evidence, link.author, link.confirmed_by)
    columns = (link.id, link.key_hmac, owner, *judged)
    return select(*columns).where(link.valid_to.is_(None))
