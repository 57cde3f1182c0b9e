"""The circuit breaker of one source: while it is open nobody asks, and one probe looks."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from adapters.lanes.port import Failure, LaneError, Weight

_LIVELY: Final = 1.0
"""Seconds after an answer in which one failed connection does not stand for the source."""
_LEAST_PAUSE: Final = 0.05
_log = structlog.get_logger("adapters")


class BreakerState(StrEnum):
    """Whether the source may be asked."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """When it opens and how often it is looked whether the source is back; times in seconds."""

    failures: int = 3
    retry_after: float = 1.0
    retry_at_most: float = 15.0


Probe = Callable[[], Awaitable[None]]
"""Asks the source something that costs nothing. Raises LaneError."""
Changed = Callable[[LaneError | None], None]
"""Told the error when the breaker opens, and None when it closes."""


class Breaker:
    """Opens on a failed connection, or on failures in a row; closes by a probe of its own.

    Requests never probe: at most one background task does, with longer and longer pauses.
    """

    def __init__(self, options: BreakerOptions, probe: Probe, changed: Changed) -> None:
        self._options = options
        self._probe = probe
        self._changed = changed
        self._last = LaneError(Failure.UNAVAILABLE, "never asked")
        self._answered_at = float("-inf")
        self._recovering: asyncio.Task[None] | None = None
        self.state = BreakerState.CLOSED
        self.in_a_row = 0
        self.opened = 0
        self.refused = 0
        self.probes: Counter[str] = Counter()

    def check(self) -> None:
        """Raises LaneError at once while the source is not to be asked."""
        if self.state is not BreakerState.CLOSED:
            self.refused += 1
            raise self._as_refusal()

    def answered(self, at: float | None = None) -> None:
        """The source gave an answer, now if not `at`: failures are counted in a row only."""
        self.in_a_row = 0
        self._answered_at = time.monotonic() if at is None else at

    def failed(self, error: LaneError) -> None:
        """A read got no answer."""
        if self.state is not BreakerState.CLOSED or error.weight < Weight.STRIKE:
            return
        self.in_a_row += 1
        if self._is_grave(error) or self.in_a_row >= self._options.failures:
            self._open(error)

    async def close(self) -> None:
        """Ends the probing; the state stays as it is."""
        task, self._recovering = self._recovering, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _is_grave(self, error: LaneError) -> bool:
        # A server that answers others now may be at its limit of connections only.
        is_lively = time.monotonic() - self._answered_at < _LIVELY
        return error.weight is Weight.GRAVE and not is_lively

    def _as_refusal(self) -> LaneError:
        return LaneError(self._last.failure, f"{self._last.reason}, a moment ago", Weight.REFUSED)

    def _open(self, error: LaneError) -> None:
        self.state, self._last = BreakerState.OPEN, error
        self.opened += 1
        self._changed(self._as_refusal())
        self._recovering = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        pause = max(self._options.retry_after, _LEAST_PAUSE)
        while True:
            await asyncio.sleep(pause)
            self.state = BreakerState.HALF_OPEN
            if await self._is_back():
                break
            self.state = BreakerState.OPEN
            pause = max(pause, min(pause * 2, self._options.retry_at_most))
        self.state, self._recovering = BreakerState.CLOSED, None
        self.answered()
        self._changed(None)

    async def _is_back(self) -> bool:
        try:
            await self._probe()
        except LaneError as error:
            self._last = error
        except Exception as error:  # noqa: BLE001 - whatever it was: the next probe must come
            _log.error("probe_failed", kind=type(error).__name__)
        else:
            self.probes["answered"] += 1
            return True
        self.probes["failed"] += 1
        return False


@dataclass(frozen=True, slots=True)
class BreakerFigures:
    """A breaker at one moment, for people and probes."""

    state: str = BreakerState.CLOSED
    failures_in_a_row: int = 0
    opened: int = 0
    refused: int = 0
    probes_answered: int = 0
    probes_failed: int = 0


def figures_of(breaker: Breaker) -> BreakerFigures:
    """What a breaker has counted since the start."""
    return BreakerFigures(
        state=str(breaker.state),
        failures_in_a_row=breaker.in_a_row,
        opened=breaker.opened,
        refused=breaker.refused,
        probes_answered=breaker.probes["answered"],
        probes_failed=breaker.probes["failed"],
    )
