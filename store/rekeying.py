"""Lets the keyed hashes of the platform database stand under a new index key, all at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.changes import changing_links
from store.engine import Database
from store.links import PEOPLE, UNITS, LinkTable, key_index, read_key
from store.sealing import Seals
from store.tables import LINK_MARK, LINK_RECORD, PERSON_NUMBER

PAGE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """Links and numbers under the new key, and numbers left that no source has any more."""

    links: int
    numbers: int
    left: int


async def rekey(database: Database, old: Seals, new: Seals, numbers: Mapping[str, str]) -> Rekeyed:
    """Write every hash anew in one transaction: until its end the old key is the valid one.

    `numbers` gives the new hash for the old one of every number that a source has. Local keys
    are known or can be unsealed; the data key stays.
    """
    async with changing_links(database) as (connection, changed):
        changed.everything = True
        links = [await _rekey_links(connection, table, old, new) for table in (PEOPLE, UNITS)]
        done = await _rekey_numbers(connection, new, numbers)
        # What the next run knows records by it must make anew: it reads everything once more.
        for seen in (LINK_MARK, LINK_RECORD):
            await connection.execute(delete(seen))
        other = select(func.count()).where(PERSON_NUMBER.c.key_id != new.key_id)
        left = (await connection.execute(other)).scalar_one()
    return Rekeyed(sum(links), done, left)


async def is_under(database: Database, seals: Seals) -> bool:
    """Whether the links stand under this index key; nothing contradicts it where there are none."""
    for table in (PEOPLE, UNITS):
        link = table.link.c
        columns = (link.department, link.source, link.local_key, link.key_hmac)
        clear = select(*columns).where(link.local_key.is_not(None)).order_by(link.id).limit(1)
        for row in await database.read(clear, {}):
            return bool(key_index(seals, read_key(seals, row)) == row["key_hmac"])
    return True


async def _rekey_links(
    connection: AsyncConnection, table: LinkTable, old: Seals, new: Seals
) -> int:
    link = table.link.c
    columns = (link.id, link.department, link.source, link.local_key, link.key_sealed)
    page = select(*columns).where(link.id > bindparam("after")).order_by(link.id).limit(PAGE)
    change = update(table.link).where(link.id == bindparam("of")).values(key_hmac=bindparam("to"))
    done, after = 0, ""
    while rows := (await connection.execute(page, {"after": after})).mappings().all():
        after = rows[-1]["id"]
        values = [{"of": row["id"], "to": key_index(new, read_key(old, row))} for row in rows]
        await connection.execute(change, values)
        done += len(rows)
    return done


async def _rekey_numbers(
    connection: AsyncConnection, new: Seals, numbers: Mapping[str, str]
) -> int:
    number = PERSON_NUMBER.c
    old = select(number.number_hash).where(number.key_id != new.key_id)
    hashes = (await connection.execute(old)).scalars().all()
    values = [{"of": each, "to": numbers[each]} for each in hashes if each in numbers]
    change = update(PERSON_NUMBER).where(number.number_hash == bindparam("of"))
    written = change.values(number_hash=bindparam("to"), key_id=new.key_id)
    # In pages, for one statement may not take longer than the database is given for it.
    for start in range(0, len(values), PAGE):
        await connection.execute(written, values[start : start + PAGE])
    return len(values)
