"""How a stored row holds indicators: where each stands, and how it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from domain.model.records import Value

StoredRow = Sequence[object]


class Form(Enum):
    """Which stored values need no reading: those of one type, the usual one of a column.

    FEW: texts and numbers; there are few of them, and what they mean may be remembered. TEXT: a
    text that is one without the blanks around it, and all of whose characters are known. DAY: a
    day between the first and the last one. WHOLE: a number of 32 bits. MONEY: an amount with two
    decimals.
    """

    FEW = auto()
    TEXT = auto()
    DAY = auto()
    WHOLE = auto()
    MONEY = auto()


def _always(_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a stored row holds an indicator, and how it is read; a constant has no position.

    `form` tells what need not be read. `is_told`: whether a value can be read and is one that is
    known, like a code of its set; what is not is looked at each time, and never remembered.
    """

    position: int | None
    read: Callable[[object], Value]
    constant: Value = None
    form: Form | None = None
    is_told: Callable[[object], bool] = _always

    def of(self, row: StoredRow) -> Value:
        """What a row says."""
        return self.constant if self.position is None else self.read(row[self.position])
