"""Keys, each of its own type so that two kinds cannot be swapped."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import repeat
from typing import Final, NamedTuple, NewType

from domain.model.departments import Department
from domain.model.many import MadeLater, made

IndicatorName = NewType("IndicatorName", str)
CategoryCode = NewType("CategoryCode", str)
SourceName = NewType("SourceName", str)
IdNumber = NewType("IdNumber", str)
UnitCode = NewType("UnitCode", str)
PersonId = NewType("PersonId", str)
UnitId = NewType("UnitId", str)
DivisionCode = NewType("DivisionCode", str)

KEY_SEPARATOR: Final = "\x1f"


class EntityKind(StrEnum):
    """What a departmental row describes."""

    PERSON = "person"
    UNIT = "unit"

    __hash__ = str.__hash__  # that of an enum is a call in Python


class LocalKey(NamedTuple):
    """The key of one row in one source; KEY_SEPARATOR joins the parts of a composite `text`."""

    department: Department
    source: SourceName
    text: str


class KeysOfSource(MadeLater[LocalKey]):
    """The keys of many rows of one source, made only when somebody looks at them."""

    __slots__ = ("department", "source", "texts")

    def __init__(self, department: Department, source: SourceName, texts: Sequence[str]) -> None:
        super().__init__()
        self.department = department
        self.source = source
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    def _make(self) -> Sequence[LocalKey]:
        return local_keys(self.department, self.source, self.texts)


def local_keys(department: Department, source: SourceName, texts: Iterable[str]) -> list[LocalKey]:
    """The keys of many rows of one source, in their order."""
    return made(LocalKey, zip(repeat(department), repeat(source), texts, strict=False))
