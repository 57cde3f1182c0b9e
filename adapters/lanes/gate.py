"""The limits of one source: so many at work, so many waiting, a pause after a failure."""

import asyncio
import time

from adapters.lanes.port import Failure, LaneError


class Gate:
    """Lets `limit` callers in and `max_waiting` wait."""

    def __init__(self, limit: int, max_waiting: int) -> None:
        self._places = asyncio.Semaphore(limit)
        self._max_waiting = max_waiting
        self.waiting = 0

    async def enter(self) -> None:
        """Waits for a place. Raises LaneError when too many wait already."""
        if self._places.locked() and self.waiting >= self._max_waiting:
            raise LaneError(Failure.UNAVAILABLE, "too many callers are waiting")
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1

    def leave(self) -> None:
        """Gives the place to the next."""
        self._places.release()


class Breaker:
    """After a failed connection, says the same at once for a moment: nobody waits in vain."""

    def __init__(self, retry_after: float) -> None:
        self._retry_after = retry_after
        self._retry_at = 0.0
        self._last: LaneError | None = None

    def check(self) -> None:
        """Raises the last LaneError again while it is fresh."""
        if self._last is not None and time.monotonic() < self._retry_at:
            raise LaneError(self._last.failure, f"{self._last.reason}, a moment ago")

    def note(self, error: LaneError) -> None:
        """An attempt failed."""
        self._last, self._retry_at = error, time.monotonic() + self._retry_after
