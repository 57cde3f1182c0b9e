"""The cross-reference as the floor reads it: hand-written SQL over the platform's tables."""

from typing import Final

from benchmarks.floor.databases import Databases

_PERSON: Final = """
SELECT l.person_id, l.source, l.local_key
FROM person_number n
JOIN person p ON p.id = n.person_id
JOIN person_link l ON l.person_id = COALESCE(p.successor_id, p.id) AND l.valid_to IS NULL
WHERE n.number_hash = $1
"""
_UNIT: Final = "SELECT unit_id FROM unit_link WHERE key_hmac = $1 AND valid_to IS NULL"
_UNIT_AND_KEY: Final = """
SELECT l.unit_id, e.local_key
FROM unit_link l
LEFT JOIN unit_link e
  ON e.unit_id = l.unit_id AND e.source = 'establishment' AND e.valid_to IS NULL
WHERE l.key_hmac = $1 AND l.valid_to IS NULL
"""


class Links:
    """Finds whom a number and a unit's code lead to."""

    def __init__(self, databases: Databases) -> None:
        self._platform = databases.platform
        self._hash = databases.seals.blind_index

    async def person(self, number: str) -> tuple[str, dict[str, str]] | None:
        """The person's id and the key in each source that is linked."""
        rows = await self._platform.rows(_PERSON, self._hash(number))
        return (rows[0][0], {row[1]: row[2] for row in rows}) if rows else None

    async def unit(self, code: str) -> str | None:
        """The id of the unit with a standard code."""
        row = await self._platform.row(_UNIT, self._hash(f"establishment\0{code}", "local-key"))
        return row[0] if row else None

    async def unit_and_key(self, source: str, code: str) -> tuple[str, str] | None:
        """The id of the unit a source calls by this code, and its standard code."""
        key = self._hash(f"{source}\0{code}", "local-key")
        row = await self._platform.row(_UNIT_AND_KEY, key)
        return (row[0], row[1]) if row else None
