"""Units that went over to others: the old id answers with its heir, the old code finds it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.matching import Evidence, MatchLevel
from domain.model.keys import LocalKey
from store.links import key_index, stored_key
from store.recording import FIRST_VERSION, Read, Row, Stamp, chunks
from store.sealing import Seals
from store.tables import UNIT, UNIT_LINK

Heirs = Mapping[LocalKey, LocalKey]
"""The Establishment Office's key of today for a key of the past."""


@dataclass(slots=True)
class HeirPlan:
    """What is to be written: aliases begun, changed or ended (None), and codes never linked."""

    aliases: dict[str, str | None] = field(default_factory=dict)
    past: list[Row] = field(default_factory=list)

    @property
    def changed(self) -> int:
        """How many units or codes get another meaning."""
        return len(self.aliases) + len(self.past)

    async def apply(self, connection: AsyncConnection) -> None:
        """Write everything."""
        statement = (
            update(UNIT)
            .where(UNIT.c.id == bindparam("gone"))
            .values(successor_id=bindparam("heir"))
        )
        values = [{"gone": gone, "heir": heir} for gone, heir in self.aliases.items()]
        if values:
            await connection.execute(statement, values)
        if self.past:
            await connection.execute(insert(UNIT_LINK), self.past)


async def plan_heirs(read: Read, heirs: Heirs, seals: Seals, stamp: Stamp) -> HeirPlan:
    """What differs from these heirs; an alias that no event gives any more ends."""
    hashes = {key: key_index(seals, key) for pair in heirs.items() for key in pair}
    owners = await _owners(read, hashes.values())
    plan = HeirPlan()
    wanted: dict[str, str] = {}
    for old, new in heirs.items():
        heir = next(iter(owners.get(hashes[new], ())), None)
        if heir is None:
            continue
        known = owners.get(hashes[old], ())
        wanted |= {owner: heir for owner in known if owner != heir}
        if not known:
            plan.past.append(_past_link(seals, old, heir, stamp))
    current = await _aliases(read)
    ended = {gone: None for gone in current if gone not in wanted}
    plan.aliases = {**ended, **{g: h for g, h in wanted.items() if current.get(g) != h}}
    return plan


async def _owners(read: Read, hashes: Iterable[str]) -> dict[str, list[str]]:
    """Who has or had each key, the one in force first, then the latest."""
    link = UNIT_LINK.c
    statement = (
        select(link.key_hmac, link.unit_id)
        .where(link.key_hmac.in_(bindparam("keys", expanding=True)))
        .order_by(link.valid_to.is_not(None), link.valid_from.desc(), link.id)
    )
    found: dict[str, list[str]] = {}
    for chunk in chunks(sorted(set(hashes))):
        for row in await read(statement, {"keys": chunk}):
            owners = found.setdefault(row["key_hmac"], [])
            if row["unit_id"] not in owners:
                owners.append(row["unit_id"])
    return found


async def _aliases(read: Read) -> dict[str, str]:
    statement = select(UNIT.c.id, UNIT.c.successor_id).where(UNIT.c.successor_id.is_not(None))
    return {row["id"]: row["successor_id"] for row in await read(statement, {})}


def _past_link(seals: Seals, old: LocalKey, heir: str, stamp: Stamp) -> Row:
    """The heir had this code once, under another unit: a judgement that is past from the start."""
    return {
        "id": uuid.uuid4().hex,
        "unit_id": heir,
        "key_hmac": key_index(seals, old),
        **stored_key(seals, old, personal=False),
        "level": MatchLevel.CERTAIN.value,
        "evidence": Evidence.SUCCESSION.value,
        "author": stamp.author,
        "confirmed_by": None,
        "valid_from": stamp.at,
        "valid_to": stamp.at,
        "version": FIRST_VERSION,
    }
