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
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a limit belongs to a task")
        self._task: asyncio.Task[Any] = task
        self._cancelling = task.cancelling()
        self._clock = _Clock.of(loop)
        self.ends = time.monotonic() + self._seconds
        self._clock.watch(self)

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

    _last: "_Clock | None" = None

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.watched: set[Limit] = set()
        self.loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._set_for = 0.0

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> "_Clock":
        """That of this loop; a process has one loop, as a rule."""
        found = cls._last
        if found is None or found.loop is not loop:
            found = cls._last = _Clock(loop)
        return found

    def watch(self, limit: Limit) -> None:
        """Ends it in time, unless it is taken out before."""
        self.watched.add(limit)
        if self._timer is None or limit.ends < self._set_for:
            self._set(limit.ends)

    def _set(self, ends: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._set_for = ends
        self._timer = self.loop.call_later(max(0.0, ends - time.monotonic()), self._look)

    def _look(self) -> None:
        self._timer, now = None, time.monotonic() + _EARLY
        over = [limit for limit in self.watched if limit.ends <= now]
        self.watched.difference_update(over)
        for limit in over:
            limit.end()
        if self.watched:
            self._set(min(limit.ends for limit in self.watched))
