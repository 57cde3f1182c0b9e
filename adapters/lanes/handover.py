"""Callers whom the server refuses one more connection wait for one of ours to become free."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from adapters.lanes.port import LaneError

T = TypeVar("T")


class Handover(Generic[T]):
    """Hands what became free to the first who waits.

    `at_work` counts what may become free: connections in use, being made, or handed over; in the
    `queue` stand those who wait.
    """

    def __init__(self) -> None:
        self.at_work = 0
        self.queue: deque[asyncio.Future[T | None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return len(self.queue)

    def offer(self, free: T | None) -> bool:
        """Give it to the first who waits; None: what was at work is gone, and he may try again."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                turn.set_result(free)
                return True
        return False

    async def wait(self, give_back: Callable[[T], None]) -> T | None:
        """What became free; `give_back` takes it when it comes as its caller gives up."""
        turn: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn in self.queue:
                self.queue.remove(turn)
            elif turn.done() and not turn.cancelled() and turn.exception() is None:
                self._pass_on(turn.result(), give_back)
            raise

    def turn_away(self, error: LaneError) -> None:
        """Nobody waits any longer: all who do get this error."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                turn.set_exception(error)

    def _pass_on(self, free: T | None, give_back: Callable[[T], None]) -> None:
        if free is None:
            self.offer(None)
        else:
            give_back(free)
