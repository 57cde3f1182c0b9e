"""The purpose of use that a caller states: read from the header, and its kinds."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.model.errors import BadInputError

HEADER: Final = "X-Fourfold-Purpose"
BAD_PURPOSE: Final = (
    f"{HEADER} 应为 LOOKUP、CASE:编号、SUPERVISION:编号、STATISTICS 或 MAINTENANCE "
    f"({HEADER} is LOOKUP, CASE:<number>, SUPERVISION:<number>, STATISTICS or MAINTENANCE)"
)
_NUMBER: Final = re.compile(
    r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff〔〕()（）\[\]._-]{0,63}"
)
# A number of a case or an order never is an ID number: it stands in records of who asked what.
_ID_NUMBER: Final = re.compile(r"[0-9]{15}")
_SEPARATORS: Final = re.compile(r"[._-]")


class PurposeKind(StrEnum):
    """What data are asked for; identifiers are those of the header."""

    LOOKUP = "LOOKUP"
    CASE = "CASE"
    SUPERVISION = "SUPERVISION"
    STATISTICS = "STATISTICS"
    MAINTENANCE = "MAINTENANCE"


NUMBERED: Final = frozenset({PurposeKind.CASE, PurposeKind.SUPERVISION})


@dataclass(frozen=True, slots=True)
class Purpose:
    """A stated purpose; `number` is that of the case or of the order to supervise."""

    kind: PurposeKind
    number: str | None = None


def read_purpose(text: str) -> Purpose:
    """The purpose that a header states. Raises BadInputError, which repeats nothing of it."""
    kind, colon, number = text.strip().partition(":")
    try:
        found = PurposeKind(kind.strip())
    except ValueError as error:
        raise BadInputError(BAD_PURPOSE) from error
    number = number.strip()
    if found not in NUMBERED:
        if colon:
            raise BadInputError(BAD_PURPOSE)
        return Purpose(found)
    if not _NUMBER.fullmatch(number) or _ID_NUMBER.search(_SEPARATORS.sub("", number)):
        raise BadInputError(BAD_PURPOSE)
    return Purpose(found, number)
