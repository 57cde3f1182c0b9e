"""A column of many rows read at once: each of its texts and numbers is read a single time."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.lanes.port import Row
from adapters.mapping.convert import (
    INT_LIMIT,
    WHOLE,
    Convert,
    Fault,
    guarded,
    int_reader,
    key_text,
    key_texts,
)
from adapters.sql.cells import Faults
from domain.model.records import Value

_REPETITIVE: Final = frozenset({str, int})
WHOLE_NUMBER: Final[Convert] = guarded(int_reader(None), WHOLE)
"""The converter of whole numbers as they are: a column that the driver gives so needs none."""


class _Read(dict[Any, Value]):  # Any: stored texts and numbers
    """What the values of one column mean; what cannot be read is counted each time."""

    def __init__(self, convert: Convert, faults: Faults) -> None:
        super().__init__()
        self._convert = convert
        self._faults = faults

    def __missing__(self, stored: Any) -> Value:  # noqa: ANN401 - as above
        found = self._convert(stored)
        if isinstance(found, Fault):
            self._faults.bad_values += 1
            return None
        self[stored] = found
        return found

    def anew(self, stored: object) -> Value:
        """What any other value means."""
        found = self._convert(stored)
        if isinstance(found, Fault):
            self._faults.bad_values += 1
            return None
        return found


def read_column(
    rows: Sequence[Row], position: int, convert: Convert, faults: Faults
) -> list[Value]:
    """What each row says at one position; what cannot be read is None, and counted."""
    return read_cells([row[position] for row in rows], convert, faults)


def read_cells(
    stored: Sequence[Any], convert: Convert, faults: Faults
) -> list[Value]:  # Any: as above
    """The same of a column that was cut out already."""
    if convert is key_text:
        return [*key_texts(stored)]
    if convert is WHOLE_NUMBER and _are_whole(stored):
        return [*stored]
    read = _Read(convert, faults)
    return [
        None if cell is None else read[cell] if cell.__class__ in _REPETITIVE else read.anew(cell)
        for cell in stored
    ]


def total(stored: Sequence[Any]) -> int:  # Any: as above
    """The sum of a column of counts, whatever the driver makes of them."""
    return sum(stored) if _are_whole(stored) else sum(int(str(cell)) for cell in stored)


def _are_whole(stored: Sequence[Any]) -> bool:  # Any: as above
    """Whether all are whole numbers of 32 bits as the driver gives them."""
    is_whole = set(map(type, stored)) == {int}
    return is_whole and min(stored) > -INT_LIMIT and max(stored) < INT_LIMIT
