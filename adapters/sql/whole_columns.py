"""A column of many rows read at once: each of its texts and numbers is read a single time."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.mapping.convert import (
    FAULT,
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

MOST_WORDS: Final = 256
_ABSENT: Final = type(None)
_REPETITIVE: Final = frozenset({str, int, _ABSENT})
_WORDS: Final = frozenset({str, _ABSENT})
WHOLE_NUMBER: Final[Convert] = guarded(int_reader(None), WHOLE)
"""The converter of whole numbers as they are: a column that the driver gives so needs none."""


class Words(dict[Any, Any]):  # Any: stored texts, and what they mean or that nobody can read them
    """What the few texts of a column mean, kept from one answer to the next: so many at most."""

    def __init__(self, convert: Convert) -> None:
        super().__init__({None: None})
        self.convert = convert
        self._are_clear = True

    def __missing__(self, stored: str) -> Value | Fault:
        found = self.convert(stored)
        self._are_clear &= found is not FAULT
        if len(self) < MOST_WORDS:
            self[stored] = found
        return found

    def read(self, stored: Sequence[Any], faults: Faults) -> Sequence[Value]:  # Any: as above
        """What a column says, as `read_cells`."""
        if not _WORDS.issuperset(map(type, stored)):
            return read_cells(stored, self.convert, faults)
        found = list(map(self.__getitem__, stored))
        if self._are_clear or FAULT not in set(found):
            return found
        return [faults.known(each) for each in found]


class _Read(dict[Any, Value]):  # Any: stored texts and numbers
    """What the values of one column mean; what cannot be read is counted each time."""

    def __init__(self, convert: Convert, faults: Faults) -> None:
        super().__init__({None: None})
        self._convert = convert
        self._faults = faults

    def __missing__(self, stored: Any) -> Value:  # noqa: ANN401 - as above
        found = self._convert(stored)
        if isinstance(found, Fault):
            return self._faults.known(found)
        self[stored] = found
        return found

    def anew(self, stored: object) -> Value:
        """What any other value means."""
        return self._faults.known(self._convert(stored))


def read_cells(
    stored: Sequence[Any], convert: Convert, faults: Faults
) -> Sequence[Value]:  # Any: as above
    """What each cell of a column says; what cannot be read is None, and counted."""
    if convert is key_text:
        return key_texts(stored)
    if convert is WHOLE_NUMBER and _are_whole(stored):
        return stored
    read = _Read(convert, faults)
    if _REPETITIVE.issuperset(map(type, stored)):
        return list(map(read.__getitem__, stored))
    return [read[cell] if cell.__class__ in _REPETITIVE else read.anew(cell) for cell in stored]


def total(stored: Sequence[Any]) -> int:  # Any: as above
    """The sum of a column of counts, whatever the driver makes of them; mostly all are 0."""
    if not any(stored):
        return 0
    return sum(stored) if _are_whole(stored) else sum(int(str(cell)) for cell in stored)


def _are_whole(stored: Sequence[Any]) -> bool:  # Any: as above
    """Whether all are whole numbers of 32 bits as the driver gives them."""
    is_whole = set(map(type, stored)) == {int}
    return is_whole and min(stored) > -INT_LIMIT and max(stored) < INT_LIMIT
