"""Single flight: work asked for while the same work is under way is done once and shared."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

T = TypeVar("T")
LATEST_BOARDING: Final = 1.0
"""Seconds after which work under way is not joined any more: another process may have written."""


@dataclass(slots=True, eq=False)
class Flight:
    """Work under way, and those who wait for it."""

    key: Hashable
    began: float
    waiters: set[asyncio.Future[Any]] = field(default_factory=set)  # Any: whatever the work gives
    task: asyncio.Task[None] | None = None

    def waiting(self) -> list[asyncio.Future[Any]]:  # Any: as above
        """Those who have not left."""
        return [waiter for waiter in self.waiters if not waiter.done()]


class Flights:
    """What is under way, by key; nothing is kept once it has landed, an error neither.

    Whoever waits may leave, by cancellation or deadline, without harm to the others; the work ends
    when the last one has left.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._boarding: dict[Hashable, Flight] = {}
        self._flying: set[Flight] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self.joined = 0

    def __len__(self) -> int:
        return len(self._flying)

    async def share(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work; of that under way, where the key is the same. Raises its error.

        A key names everything that the result depends on, whoever may see it included.
        """
        flight, _ = self.board(key, work)
        result: T = await self.landing(flight)
        return result

    def board(self, key: Hashable, work: Callable[[], Awaitable[object]]) -> tuple[Flight, bool]:
        """The flight of a key, and whether somebody else had begun it; `landing` must follow."""
        now = self._timer()
        mine = Flight(key, now)
        flight = self._boarding.setdefault(key, mine)  # Once: to hash a key is most of the cost.
        if flight is not mine:
            if now - flight.began < LATEST_BOARDING:
                self.joined += 1
                return flight, True
            self._boarding[key] = mine
        mine.task = asyncio.get_running_loop().create_task(self._fly(mine, work))
        self._flying.add(mine)
        return mine, False

    async def landing(self, flight: Flight) -> Any:  # noqa: ANN401 - whatever the work gives
        """The result of a flight that was boarded just now."""
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()  # Any: as above
        flight.waiters.add(waiter)
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                waiter.exception()  # Seen, also where this caller was cancelled at that moment.
            raise
        finally:
            flight.waiters.discard(waiter)
            if not flight.waiters and flight in self._flying:
                self._abandon(flight)

    def depart(self) -> None:
        """Nobody joins any more what is under way now: something is being written."""
        self._boarding.clear()

    async def close(self) -> None:
        """Ends whatever is under way."""
        tasks = {flight.task for flight in self._flying if flight.task is not None} | self._ending
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._flying.clear()
        self._boarding.clear()

    async def _fly(self, flight: Flight, work: Callable[[], Awaitable[object]]) -> None:
        """Does the work and tells those who wait how it ended."""
        try:
            result = await work()
        except Exception as error:  # noqa: BLE001 - each who waits gets it
            self._forget(flight)
            for waiter in flight.waiting():
                waiter.set_exception(error)
        except BaseException:
            self._forget(flight)
            for waiter in flight.waiting():
                waiter.cancel()
            raise
        else:
            self._forget(flight)
            for waiter in flight.waiting():
                waiter.set_result(result)

    def _abandon(self, flight: Flight) -> None:
        """The last one has left: the work ends."""
        self._forget(flight)
        if flight.task is not None:
            # The loop alone would not keep a task from being collected.
            self._ending.add(flight.task)
            flight.task.add_done_callback(self._ending.discard)
            flight.task.cancel()

    def _forget(self, flight: Flight) -> None:
        self._flying.discard(flight)
        other = self._boarding.pop(flight.key, flight)
        if other is not flight:  # A later one, begun after a write.
            self._boarding[flight.key] = other
