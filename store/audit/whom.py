"""The ids a person had before others were merged into it: the log keeps hashes of each."""

from collections.abc import Sequence

from sqlalchemy import select

from store.engine import Database
from store.tables import PERSON


async def merged_into(database: Database, person_id: str) -> Sequence[str]:
    """The ids that are answered by this one now. Raises PlatformError."""
    statement = select(PERSON.c.id).where(PERSON.c.successor_id == person_id)
    return [row["id"] for row in await database.read(statement, {})]
