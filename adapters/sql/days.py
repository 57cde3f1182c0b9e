"""Days of a column, whatever holds them, as SQL that can be compared with a day."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.lanes.port import Failure, LaneError
from adapters.mapping.convert import CHINA
from adapters.sql.binds import plain_type
from adapters.sql.pieces import Element, Pieces

LAST_DAY: Final = date(9999, 12, 31)
_LENGTHS: Final = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2, "%%": 1}
_PART: Final = re.compile("%.|.", re.DOTALL)
_FIRST: Final = {"%m": "'01'", "%d": "'01'"}


class DayColumn:
    """One column of days: as its own type where it has one, else as the text of eight digits."""

    def __init__(
        self, pieces: Pieces, element: Element, kind: TypeEngine[Any] | None, pattern: str | None
    ) -> None:
        self._kind = plain_type(kind)
        self._is_typed = (
            isinstance(self._kind, sa.Date | sa.DateTime) and pieces.backend != "sqlite"
        )
        self._element = element if self._is_typed else _digits(pieces, element, pattern)

    def within(self, first: Element, last: Element) -> Element:
        """From the first day to the last, both included where `last` is bound as `bind` does."""
        if self._is_typed and isinstance(self._kind, sa.DateTime):
            return sa.and_(self._element >= first, self._element < last)
        return sa.and_(self._element >= first, self._element <= last)

    def bind(self, first: date, last: date) -> tuple[object, object]:
        """The parameters of `within`."""
        if not self._is_typed:
            return first.isoformat().replace("-", ""), last.isoformat().replace("-", "")
        if not isinstance(self._kind, sa.DateTime):
            return first, last
        end = last + timedelta(days=1) if last < LAST_DAY else last
        zone = CHINA if self._kind.timezone else None
        return datetime.combine(first, time.min, zone), datetime.combine(end, time.min, zone)


def _digits(pieces: Pieces, element: Element, pattern: str | None) -> Element:
    """Year, month and day without anything between them; the first where one is not kept."""
    text = sa.func.trim(pieces.as_text(element), type_=sa.String)
    if pattern is None:
        return pieces.part(sa.func.replace(text, _word("-"), _word(""), type_=sa.String), 1, 8)
    places = dict(_places(pattern))
    if "%Y" not in places:
        raise LaneError(Failure.INVALID, "the mapping's dates have no full year to compare")
    year, *rest = (
        pieces.part(text, places[word], _LENGTHS[word])
        if word in places
        else sa.literal_column(_FIRST[word], sa.String)
        for word in ("%Y", "%m", "%d")
    )
    for part in rest:
        year = year.concat(part)
    return year


def _places(pattern: str) -> Iterator[tuple[str, int]]:
    """Where each word of a pattern begins in a text written by it, from 1."""
    place = 1
    for word in _PART.findall(pattern):
        if len(word) == 2 and word not in _LENGTHS:
            return  # What stands behind a word of unknown length cannot be found.
        yield word, place
        place += _LENGTHS.get(word, 1)


def _word(text: str) -> Element:
    return sa.literal_column(f"'{text}'", sa.String)
