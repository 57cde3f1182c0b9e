"""A lane that notes statements instead of sending them; one made-up row answers each."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

from sqlalchemy import Connection, Dialect

from adapters.lanes.port import Failure, LaneError, Parameters, Row, T
from adapters.rehearsal.waves import Waves

PLACEHOLDER: Final = "1"
"""What stands for every key and value: it reads as a text, a number and a yes."""
_MARKS: Final = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|[(),]|\bSELECT\b|\bFROM\b""", re.IGNORECASE)
"""What tells the columns of a statement; in quotes nothing is told."""
_COUNTING: Final = re.compile(r"\b(?:count|sum)\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as it would be sent; `parameters` tells how many values, never which."""

    wave: int
    sql: str
    parameters: tuple[str, ...]


class PlaceholderRow(Sequence[object]):
    """A row with the same text everywhere; as wide as its statement where it is unpacked."""

    def __init__(self, text: str, width: int) -> None:
        self._text = text
        self._width = width

    def __len__(self) -> int:
        return 0

    def __getitem__(self, index: object) -> object:  # type: ignore[override] # a slice is no cell
        """The text, wherever."""
        return self._text

    def __iter__(self) -> Iterator[object]:
        """The text for each column, where rows are turned into columns."""
        return repeat(self._text, self._width)


@dataclass(slots=True)
class PaperLane:
    """Takes every statement for answered; has no connection."""

    dialect: Dialect
    has_array_binds: bool
    waves: Waves
    sent: list[Sent] = field(default_factory=list)
    waiting: int = 0

    async def fetch(
        self, sql: str, parameters: Parameters, _until: float | None = None
    ) -> Sequence[Row]:
        """Notes the statement; its one row repeats the first text that was asked for."""
        wave = await self.waves.joined()
        self.sent.append(Sent(wave, sql, masked(parameters)))
        text = _first_text(parameters)
        # A count is read as a number, and what is asked for may be a name.
        is_readable = text.isdecimal() or not _COUNTING.search(sql)
        return [PlaceholderRow(text if is_readable else PLACEHOLDER, width_of(sql))]

    async def stream(
        self, sql: str, parameters: Parameters, batch: int
    ) -> AsyncIterator[Sequence[Row]]:
        """As `fetch`, in one batch."""
        yield (await self.fetch(sql, parameters))[:batch]

    async def inspect(self, look: Callable[[Connection], T]) -> T:  # noqa: ARG002 - as a lane
        """There is nothing to look at. Raises LaneError."""
        raise LaneError(Failure.UNAVAILABLE, "nothing is looked at")

    def turn_away(self, error: LaneError) -> None:
        """Nobody waits."""

    async def close(self) -> None:
        """Nothing is open."""


def width_of(sql: str) -> int:
    """How many columns the outermost SELECT of a statement has."""
    depth, width, is_inside = 0, 1, False
    for mark in map(str.upper, _MARKS.findall(sql)):
        depth += (mark == "(") - (mark == ")")
        if depth or mark == ")":
            continue
        if mark == "FROM" and is_inside:
            break
        is_inside = is_inside or mark == "SELECT"
        width += is_inside and mark == ","
    return width


def masked(parameters: Parameters) -> tuple[str, ...]:
    """What kind of value each parameter is; no value is told."""
    if isinstance(parameters, Mapping):
        return tuple(f":{name} {_kind(value)}" for name, value in parameters.items())
    return tuple(_kind(value) for value in parameters)


def _kind(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} × {_kind(value[0]) if value else 'nothing'}"
    return "NULL" if value is None else type(value).__name__


def _first_text(parameters: Parameters) -> str:
    values = parameters.values() if isinstance(parameters, Mapping) else parameters
    for value in values:
        if isinstance(value, list) and value:
            return str(value[0])
        if isinstance(value, str):
            return value
    return PLACEHOLDER
