"""The limits of one source: so many at work, so many waiting."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Self

from adapters.lanes.port import Failure, LaneError, Weight


class Gate:
    """Lets `limit` callers in and `max_waiting` wait, first come first served.

    While somebody stands in the `queue` no place is `free`.
    """

    def __init__(self, limit: int, max_waiting: int) -> None:
        self.free = limit
        self._max_waiting = max_waiting
        self.queue: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """Callers waiting for a place now."""
        return len(self.queue)

    def admits(self) -> bool:
        """Takes a place where one is free."""
        if not self.free:
            return False
        self.free -= 1
        return True

    async def enter(self) -> None:
        """Waits for a place. Raises LaneError when too many wait already, or are turned away."""
        if self.admits():
            return
        if len(self.queue) >= self._max_waiting:
            raise LaneError(Failure.UNAVAILABLE, "too many callers are waiting", Weight.BUSY)
        turn = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self.queue:
                self.queue.remove(turn)
            elif not turn.cancelled() and turn.exception() is None:
                self.leave()  # The place came at the moment its caller gave up.
            raise

    def leave(self) -> None:
        """Gives the place to the next."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1

    def turn_away(self, error: LaneError) -> None:
        """Nobody waits any longer: all who do get this error."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                turn.set_exception(error)


@dataclass(slots=True)
class Place:
    """One caller's place at the gate; `is_held` while work he left still needs it."""

    gate: Gate
    is_held: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Gives it to the next, unless it is still needed."""
        if not self.is_held:
            self.gate.leave()
