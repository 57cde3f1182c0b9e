"""Single flight: work asked for while the same work is under way is done once and shared."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")
LATEST_BOARDING: Final = 1.0
"""Seconds after which work under way is not joined any more: another process may have written."""
_YOURS: Final = object()
"""Told to the next who waits, when whoever did the work has left."""


class Flight:
    """Work under way, who does it, and those who wait for it, the first one first."""

    __slots__ = ("began", "key", "task", "waiters")

    def __init__(
        self,
        key: Hashable,
        began: float,
        waiters: list[asyncio.Future[Any]],  # Any: whatever the work gives
    ) -> None:
        self.key = key
        self.began = began
        self.waiters = waiters
        self.task = asyncio.current_task()

    def waiting(self) -> list[asyncio.Future[Any]]:  # Any: as above
        """Those who have not left."""
        return [waiter for waiter in self.waiters if not waiter.done()]

    def hand_over(self) -> None:
        """The next who waits does the work anew."""
        for waiter in self.waiting()[:1]:
            waiter.set_result(_YOURS)


class Flights:
    """What is under way, by key; nothing is kept once it has landed, an error neither.

    Whoever comes first does the work himself, so that work which nobody joins costs no task.
    Whoever waits may leave, by cancellation or deadline, without harm to the others; when the
    first one leaves the next does the work anew.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._boarding: dict[Hashable, Flight] = {}
        self._flying: set[Flight] = set()
        self.joined = 0

    def __len__(self) -> int:
        return len(self._flying)

    async def share(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """The result of the work; of that under way, where the key is the same. Raises its error.

        A key names everything that the result depends on, whoever may see it included.
        """
        flight = self.joinable(key)
        return await (self.fly(key, work) if flight is None else self.join(flight, work))

    def joinable(self, key: Hashable) -> Flight | None:
        """The flight of a key that somebody has begun just now; `join` or `fly` follows at once."""
        flight = self._boarding.get(key)
        if flight is None or self._timer() - flight.began >= LATEST_BOARDING:
            return None
        return flight

    async def fly(
        self,
        key: Hashable,
        work: Callable[[], Awaitable[T]],
        waiters: list[asyncio.Future[Any]] | None = None,  # Any: whatever the work gives
    ) -> T:
        """Does the work and tells those who wait how it ended."""
        flight = Flight(key, self._timer(), [] if waiters is None else waiters)
        self._boarding[key] = flight
        self._flying.add(flight)
        try:
            result = await work()
        except Exception as error:  # whatever it is: all who wait get it too
            self._forget(flight)
            for waiter in flight.waiting():
                waiter.set_exception(error)
            raise
        except BaseException:
            self._forget(flight)
            flight.hand_over()
            raise
        self._forget(flight)
        if flight.waiters:
            for waiter in flight.waiting():
                waiter.set_result(result)
        return result

    async def join(self, flight: Flight, work: Callable[[], Awaitable[T]]) -> T:
        """The result of a flight under way; of the own work where its doer has left."""
        self.joined += 1
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()  # Any: as above
        flight.waiters.append(waiter)
        try:
            result = await waiter
        except BaseException:
            # Seen, also where this caller was cancelled at that moment.
            is_over = waiter.done() and not waiter.cancelled() and waiter.exception() is None
            if is_over and waiter.result() is _YOURS:
                flight.hand_over()
            raise
        finally:
            flight.waiters.remove(waiter)
        if result is _YOURS:
            return await self.fly(flight.key, work, flight.waiters)
        return cast("T", result)

    def depart(self) -> None:
        """Nobody joins any more what is under way now: something is being written."""
        self._boarding.clear()

    async def close(self) -> None:
        """Ends whatever is under way."""
        tasks = {flight.task for flight in self._flying if flight.task is not None}
        for flight in self._flying:
            for waiter in flight.waiting():
                waiter.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, flight: Flight) -> None:
        self._flying.discard(flight)
        if self._boarding.get(flight.key) is flight:  # Else a later one, begun after a write.
            del self._boarding[flight.key]
