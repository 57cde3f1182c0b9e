"""Cursors: a place in one source's order, sealed for one list under one filter."""

import hashlib
import json
from dataclasses import dataclass
from typing import Final, NamedTuple

from adapters.port import Position
from domain.model.errors import BadInputError
from domain.model.keys import SourceName
from store.sealing import Seals

LONGEST: Final = 4096


class Place(NamedTuple):
    """A row of a list: its source, and where it stands there."""

    source: SourceName
    position: Position


@dataclass(frozen=True, slots=True)
class Cursors:
    """Seals the places of one list; `name` tells the list and its order, `digest` the filter.

    A key may be an ID number, so that nothing of a place is readable in its cursor.
    """

    seals: Seals
    name: str
    digest: str

    def seal(self, place: Place) -> str:
        """The cursor of a place, the same for the same place."""
        return self.seals.seal(json.dumps([place.source, *place.position]), self._context)

    def open(self, cursor: str) -> Place:
        """The place of a cursor. Raises BadInputError for one that is not this list's."""
        text = self.seals.unseal(cursor, self._context) if len(cursor) <= LONGEST else None
        if text is None:
            raise BadInputError(
                "after 不是此列表在此筛选条件下的游标 "
                "(`after` is no cursor of this list under this filter)"
            )
        source, *position = json.loads(text)
        return Place(SourceName(source), tuple(position))

    @property
    def _context(self) -> str:
        return f"cursor:{self.name}:{self.digest}"


def digest_of(*parts: object) -> str:
    """What tells filters apart; `parts` are records of plain values."""
    return hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:32]
