"""Lets everything sealed at rest stand under a new data key, page by page, while servers run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, RowMapping, Table, bindparam, select, update

from store.accounts import TOTP_CONTEXT
from store.engine import Database
from store.links import PEOPLE, UNITS, sealing_context
from store.sealing import Seals
from store.signing_keys import KEY_CONTEXT
from store.tables import ACCOUNT, LINK_RECORD, SIGNING_KEY

PAGE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed texts, what its rows are known by, and for what each was sealed."""

    table: Table
    key: Column[str]
    column: Column[str | None]
    context: Callable[[RowMapping], str]


def _of_source(row: RowMapping) -> str:
    return sealing_context(row["source"])


SEALED: Final = (
    *(
        Sealed(kind.link, kind.link.c.id, kind.link.c.key_sealed, _of_source)
        for kind in (PEOPLE, UNITS)
    ),
    Sealed(LINK_RECORD, LINK_RECORD.c.key_hmac, LINK_RECORD.c.key_sealed, _of_source),
    Sealed(ACCOUNT, ACCOUNT.c.sub, ACCOUNT.c.totp_sealed, lambda _: TOTP_CONTEXT),
    Sealed(SIGNING_KEY, SIGNING_KEY.c.kid, SIGNING_KEY.c.private_sealed, lambda _: KEY_CONTEXT),
)


async def rewrap(database: Database, seals: Seals) -> dict[str, int]:
    """Seal anew what an old data key sealed; how many texts by table.

    Each page is a transaction of its own: after a crash the next run goes on, and one that finds
    nothing to do changes nothing. A text that somebody replaces meanwhile is left alone. Raises
    PlatformError.
    """
    return {each.table.name: await _rewrap(database, seals, each) for each in SEALED}


async def _rewrap(database: Database, seals: Seals, sealed: Sealed) -> int:
    key, column = sealed.key, sealed.column
    filled = select(sealed.table).where(column.is_not(None), key > bindparam("after"))
    page = filled.order_by(key).limit(PAGE)
    is_same = (key == bindparam("of")) & (column == bindparam("was"))
    change = update(sealed.table).where(is_same).values({column: bindparam("to")})
    done, after = 0, ""
    while rows := await database.read(page, {"after": after}):
        after = rows[-1][key.name]
        values = [
            {"of": row[key.name], "was": row[column.name], "to": again}
            for row in rows
            if (again := seals.resealed(row[column.name], sealed.context(row))) is not None
        ]
        if values:
            async with database.writing() as connection:
                await connection.execute(change, values)
        done += len(values)
    return done
