"""The concurrency cap of one source: so many at work, so many waiting, the rest refused at once."""

import asyncio

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
