"""What linking saw of each record: keyed hashes of what it is known by, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.model.keys import EntityKind, LocalKey, SourceName
from store.engine import Database
from store.links import PEOPLE, UNITS, read_key, stored_key
from store.recording import Row, chunks
from store.sealing import Seals
from store.tables import LINK_MARK, LINK_RECORD, SHORT_HASH_LENGTH

RECORD: Final = LINK_RECORD.c
MARK: Final = LINK_MARK.c
AT_ONCE: Final = 2000
_LINKS: Final = {EntityKind.PERSON: PEOPLE.link, EntityKind.UNIT: UNITS.link}
_KEY: Final = ("entity", "source", "key_hmac")


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as a run saw it: hashes of its content and of what leads to other records.

    `number` of a valid ID number, `shared` of a link key, `block` of unit and name.
    """

    key: LocalKey
    key_hash: str
    personal: bool
    content: str
    number: str | None = None
    shared: str | None = None
    block: str | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a record; `disputed`: its group did not agree without earlier names."""

    outcome: str
    double: bool = False
    linked: bool = False
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """A record as it was seen last, and what became of it."""

    seen: Seen
    fate: Fate


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a source has been seen, and under which rules, mapping and units."""

    version: str | None
    rules: str
    mapping: str
    units: str


Changes = Sequence[SeenRecord]


def shortened(hashed: str | None) -> str | None:
    """A keyed hash as records keep it."""
    return None if hashed is None else hashed[:SHORT_HASH_LENGTH]


class LinkRecords:
    """The records of one kind that linking knows."""

    def __init__(self, database: Database, seals: Seals, entity: EntityKind) -> None:
        self._database = database
        self._seals = seals
        self._entity = entity

    def hashed(self, text: str, context: str) -> str:
        """A keyed hash of a text in its context."""
        return self._seals.blind_index(text, f"link-record {context}")[:SHORT_HASH_LENGTH]

    async def marks(self) -> dict[SourceName, Mark]:
        """How far each source has been seen."""
        statement = select(LINK_MARK).where(MARK.entity == self._entity.value)
        rows = await self._database.read(statement, {})
        return {
            SourceName(row["source"]): Mark(
                row["version"], row["rules_digest"], row["mapping_digest"], row["units_digest"]
            )
            for row in rows
        }

    async def of_keys(
        self, source: SourceName, key_hashes: Collection[str]
    ) -> dict[str, SeenRecord]:
        """The records of these keys of one source, by the hash of the key."""
        found = await self._where(RECORD.key_hmac, key_hashes, source)
        return {record.seen.key_hash: record for record in found}

    async def of_numbers(self, hashes: Collection[str]) -> list[SeenRecord]:
        """The records of these ID numbers."""
        return await self._where(RECORD.number_hmac, hashes)

    async def of_shared(self, hashes: Collection[str]) -> list[SeenRecord]:
        """The records of these link keys."""
        return await self._where(RECORD.shared_hmac, hashes)

    async def of_blocks(self, hashes: Collection[str]) -> list[SeenRecord]:
        """The records of these names in these units."""
        return await self._where(RECORD.block_hmac, hashes)

    async def sizes_of_shared(self, hashes: Collection[str]) -> dict[str, int]:
        """How many records have each link key."""
        statement = (
            select(RECORD.shared_hmac, func.count().label("n"))
            .where(
                RECORD.entity == self._entity.value,
                RECORD.shared_hmac.in_(bindparam("hashes", expanding=True)),
            )
            .group_by(RECORD.shared_hmac)
        )
        found: dict[str, int] = {}
        for chunk in chunks(sorted(hashes)):
            rows = await self._database.read(statement, {"hashes": chunk})
            found |= {row["shared_hmac"]: row["n"] for row in rows}
        return found

    async def disputed(self, limit: int) -> list[SeenRecord]:
        """Records whose group did not agree without earlier names."""
        return await self._read(RECORD.is_disputed.is_(True), limit)

    async def unlinked(self, limit: int) -> list[SeenRecord]:
        """Records that should have a link in force and have none: somebody ended it."""
        link = _LINKS[self._entity]
        is_open = (link.c.key_hmac == RECORD.key_hmac) & link.c.valid_to.is_(None)
        has_none = ~select(1).where(is_open).exists()
        return await self._read(RECORD.is_linked.is_(True) & has_none, limit)

    async def count(self, source: SourceName) -> int:
        """How many records of a source are known."""
        statement = (
            select(func.count().label("n"))
            .select_from(LINK_RECORD)
            .where(RECORD.entity == self._entity.value, RECORD.source == source)
        )
        return int((await self._database.read(statement, {}))[0]["n"])

    async def totals(self) -> list[tuple[SourceName, Fate, int]]:
        """How many records of each source had which outcome, doubles apart."""
        parts = (RECORD.source, RECORD.outcome, RECORD.is_double)
        statement = (
            select(*parts, func.count().label("n"))
            .where(RECORD.entity == self._entity.value)
            .group_by(*parts)
        )
        rows = await self._database.read(statement, {})
        return [
            (SourceName(row["source"]), Fate(row["outcome"], row["is_double"]), row["n"])
            for row in rows
        ]

    async def page(self, source: SourceName, after: str) -> list[SeenRecord]:
        """Records of a source in the order of the hashes of their keys, those behind `after`."""
        behind = (RECORD.source == source) & (RECORD.key_hmac > after)
        return await self._read(behind, AT_ONCE)

    async def write(self, changed: Changes, gone: Sequence[SeenRecord] = ()) -> None:
        """Keep changed records, and forget those that are gone; all or nothing.

        Takes all marks away where anything is written: until `mark` they would promise too much.
        """
        held = await self._held(changed)
        new = [self._row(each) for each in changed if each.seen.key_hash not in held]
        other = [self._row(each) for each in changed if held.get(each.seen.key_hash, each) != each]
        at = (self._at(each.seen) for each in gone)
        ended = [{f"at_{name}": value for name, value in row.items()} for row in at]
        if not (new or other or ended):
            return
        async with self._database.writing() as connection:
            ours = MARK.entity == self._entity.value
            await connection.execute(delete(LINK_MARK).where(ours))
            await self._apply(connection, new, other, ended)

    async def mark(self, marks: Mapping[SourceName, Mark]) -> None:
        """Say how far sources have been seen; writes nothing where that is known."""
        known = await self.marks()
        rows = [self._mark_row(name, mark) for name, mark in marks.items()]
        if all(known.get(name) == mark for name, mark in marks.items()):
            return
        of_these = (MARK.entity == self._entity.value) & MARK.source.in_(list(marks))
        async with self._database.writing() as connection:
            await connection.execute(delete(LINK_MARK).where(of_these))
            await connection.execute(insert(LINK_MARK), rows)

    async def _held(self, changed: Changes) -> dict[str, SeenRecord]:
        by_source: dict[SourceName, list[str]] = {}
        for each in changed:
            by_source.setdefault(each.seen.key.source, []).append(each.seen.key_hash)
        held: dict[str, SeenRecord] = {}
        for source, hashes in by_source.items():
            held |= await self.of_keys(source, hashes)
        return held

    async def _apply(
        self, connection: AsyncConnection, new: list[Row], other: list[Row], ended: list[Row]
    ) -> None:
        here = [LINK_RECORD.c[name] == bindparam(f"at_{name}") for name in _KEY]
        if new:
            await connection.execute(insert(LINK_RECORD), new)
        if other:
            values: Row = {n: bindparam(f"to_{n}") for n in other[0] if n not in _KEY}
            statement = update(LINK_RECORD).where(*here).values(values)
            renamed = [
                {f"{'at' if n in _KEY else 'to'}_{n}": value for n, value in row.items()}
                for row in other
            ]
            await connection.execute(statement, renamed)
        if ended:
            await connection.execute(delete(LINK_RECORD).where(*here), ended)

    def _mark_row(self, source: SourceName, mark: Mark) -> Row:
        return {
            "entity": self._entity.value,
            "source": source,
            "version": mark.version,
            "rules_digest": mark.rules,
            "mapping_digest": mark.mapping,
            "units_digest": mark.units,
        }

    async def _where(
        self, column: Column[Any], hashes: Collection[str], source: SourceName | None = None
    ) -> list[SeenRecord]:
        of_source = () if source is None else (RECORD.source == source,)
        statement = select(LINK_RECORD).where(
            RECORD.entity == self._entity.value,
            column.in_(bindparam("hashes", expanding=True)),
            *of_source,
        )
        found: list[SeenRecord] = []
        for chunk in chunks(sorted(hashes)):
            rows = await self._database.read(statement, {"hashes": chunk})
            found += [self._record(row) for row in rows]
        return found

    async def _read(self, condition: Any, limit: int) -> list[SeenRecord]:  # noqa: ANN401 - a condition
        statement = (
            select(LINK_RECORD)
            .where(RECORD.entity == self._entity.value, condition)
            .order_by(RECORD.source, RECORD.key_hmac)
            .limit(limit)
        )
        return [self._record(row) for row in await self._database.read(statement, {})]

    def _at(self, seen: Seen) -> Row:
        source = seen.key.source
        return {"entity": self._entity.value, "source": source, "key_hmac": seen.key_hash}

    def _row(self, record: SeenRecord) -> Row:
        seen, fate = record.seen, record.fate
        return {
            **self._at(seen),
            **stored_key(self._seals, seen.key, personal=seen.personal),
            "content_hmac": seen.content,
            "number_hmac": seen.number,
            "shared_hmac": seen.shared,
            "block_hmac": seen.block,
            "outcome": fate.outcome,
            "is_double": fate.double,
            "is_linked": fate.linked,
            "is_disputed": fate.disputed,
        }

    def _record(self, row: RowMapping) -> SeenRecord:
        seen = Seen(
            key=read_key(self._seals, row),
            key_hash=row["key_hmac"],
            personal=row["local_key"] is None,
            content=row["content_hmac"],
            number=row["number_hmac"],
            shared=row["shared_hmac"],
            block=row["block_hmac"],
        )
        fate = Fate(row["outcome"], row["is_double"], row["is_linked"], row["is_disputed"])
        return SeenRecord(seen, fate)
