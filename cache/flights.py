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
class _Flight:
    """Work under way, and those who wait for it."""

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
        self._flights: dict[Hashable, _Flight] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.joined = 0

    def __len__(self) -> int:
        return len(self._flights)

    def is_under_way(self, key: Hashable) -> bool:
        """Whether `share` would join work that somebody else has begun."""
        return self._boarding(key) is not None

    async def share(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work; of that under way, where the key is the same. Raises its error.

        A key names everything that the result depends on, whoever may see it included.
        """
        flight = self._boarding(key)
        if flight is None:
            flight = self._begin(key, work)
        else:
            self.joined += 1
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        flight.waiters.add(waiter)
        try:
            return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():
                waiter.exception()  # Seen, also where this caller was cancelled at that moment.
            raise
        finally:
            flight.waiters.discard(waiter)
            if not flight.waiters:
                self._abandon(key, flight)

    def depart(self) -> None:
        """Nobody joins any more what is under way now: something is being written."""
        self._flights.clear()

    async def close(self) -> None:
        """Ends whatever is under way."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _boarding(self, key: Hashable) -> _Flight | None:
        flight = self._flights.get(key)
        if flight is None or self._timer() - flight.began >= LATEST_BOARDING:
            return None
        return flight

    def _begin(self, key: Hashable, work: Callable[[], Awaitable[object]]) -> _Flight:
        flight = self._flights[key] = _Flight(self._timer())
        flight.task = asyncio.get_running_loop().create_task(self._fly(key, flight, work))
        # The loop alone would not keep a task from being collected.
        self._running.add(flight.task)
        flight.task.add_done_callback(self._running.discard)
        return flight

    async def _fly(
        self, key: Hashable, flight: _Flight, work: Callable[[], Awaitable[object]]
    ) -> None:
        """Does the work and tells those who wait how it ended."""
        try:
            result = await work()
        except Exception as error:  # noqa: BLE001 - each who waits gets it
            self._forget(key, flight)
            for waiter in flight.waiting():
                waiter.set_exception(error)
        except BaseException:
            self._forget(key, flight)
            for waiter in flight.waiting():
                waiter.cancel()
            raise
        else:
            self._forget(key, flight)
            for waiter in flight.waiting():
                waiter.set_result(result)

    def _abandon(self, key: Hashable, flight: _Flight) -> None:
        """The last one has left: work that is not done yet ends."""
        self._forget(key, flight)
        if flight.task is not None and not flight.task.done():
            flight.task.cancel()

    def _forget(self, key: Hashable, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
