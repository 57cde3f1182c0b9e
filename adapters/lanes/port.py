"""What every way to a database offers, and the three ways it can fail; driver errors stop here."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, Dialect

Row = Sequence[object]
Parameters = Sequence[object] | Mapping[str, object]
T = TypeVar("T")


class Failure(StrEnum):
    """How a source failed, as its callers must tell apart."""

    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    INVALID = "invalid"


class Weight(IntEnum):
    """What a failure says about the source itself."""

    REFUSED = 0
    """Nothing new: it was not asked."""
    BUSY = 1
    """Nothing: our own limit was reached."""
    STRIKE = 2
    """That it may be ill."""
    GRAVE = 3
    """That nothing else will be answered either: no connection, or no fitting schema."""


class LaneError(Exception):
    """A statement that gave no answer; `reason` is our own word, never the driver's text."""

    def __init__(self, failure: Failure, reason: str, weight: Weight = Weight.STRIKE) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.weight = weight

    def weighing(self, weight: Weight) -> "LaneError":
        """The same failure, known to be worse; what was not the source's fault stays so."""
        if self.weight < Weight.STRIKE:
            return self
        return LaneError(self.failure, self.reason, weight)


@dataclass(frozen=True, slots=True)
class LaneOptions:
    """Where a source is and how hard it may be used; times in seconds."""

    url: URL
    max_connections: int = 4
    max_waiting: int = 512
    connect_timeout: float = 3.0
    statement_timeout: float = 5.0
    recycle_after: float = 1800.0


class Lane(Protocol):
    """Connections to one source under one cap."""

    @property
    def dialect(self) -> Dialect:
        """The dialect statements are compiled for."""

    @property
    def has_array_binds(self) -> bool:
        """Whether `= ANY(array)` takes the keys in one parameter."""

    @property
    def waiting(self) -> int:
        """Callers waiting for a connection now."""

    async def fetch(
        self, sql: str, parameters: Parameters, until: float | None = None
    ) -> Sequence[Row]:
        """All rows of one statement. Raises LaneError.

        `until`, on the monotonic clock, ends all waiting, for a connection too, with a LaneError
        or a TimeoutError.
        """

    def stream(self, sql: str, parameters: Parameters, batch: int) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches, on one connection, without the statement time-out. Raises LaneError."""

    async def inspect(self, look: Callable[[Connection], T]) -> T:
        """What `look` sees on a SQLAlchemy connection. Raises LaneError."""

    def turn_away(self, error: LaneError) -> None:
        """Whoever waits for a connection gets this error now."""

    async def close(self) -> None:
        """Gives all connections back; later reads raise LaneError."""
