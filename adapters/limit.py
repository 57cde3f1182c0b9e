"""A time limit of work in one task: what `asyncio.timeout` does, without a timer for each."""

import asyncio
import time
from types import TracebackType
from typing import Any, Final

_EARLY: Final = 0.001
"""Seconds by which a loop that counts milliseconds may be too early."""


class Limit:
    """Raises TimeoutError out of the block when the seconds have passed."""

    __slots__ = ("_cancelling", "_clock", "_is_over", "_seconds", "_task", "ends")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._is_over = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a limit belongs to a task")
        self._task: asyncio.Task[Any] = task
        self._cancelling = task.cancelling()
        clock = _Clock.last
        if clock is None or clock.loop is not task.get_loop():  # A process has one loop, as a rule.
            clock = _Clock.last = _Clock(task.get_loop())
        self._clock = clock
        ends = self.ends = time.monotonic() + self._seconds
        clock.watched.add(self)
        if not clock.is_set or ends < clock.set_for:
            clock.set(ends)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._clock.watched.discard(self)
        # Whoever cancelled the task beside us is obeyed: then this is no time-out.
        is_ours = self._is_over and self._task.uncancel() <= self._cancelling
        if is_ours and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def end(self) -> None:
        """The time has passed."""
        self._is_over = True
        self._task.cancel()


class _Clock:
    """The limits of one loop under one timer, which is set for the first of them to end.

    Most end long before: a timer that is too early looks who is left, and sets itself again.
    """

    last: "_Clock | None" = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.watched: set[Limit] = set()
        self.loop = loop
        self.is_set = False
        self.set_for = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def set(self, ends: float) -> None:
        """Has it ring then."""
        if self._timer is not None:
            self._timer.cancel()
        self.is_set, self.set_for = True, ends
        self._timer = self.loop.call_later(max(0.0, ends - time.monotonic()), self._ring)

    def _ring(self) -> None:
        self.is_set, self._timer, now = False, None, time.monotonic() + _EARLY
        over = [limit for limit in self.watched if limit.ends <= now]
        self.watched.difference_update(over)
        for limit in over:
            limit.end()
        if self.watched:
            self.set(min(limit.ends for limit in self.watched))
