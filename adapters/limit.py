"""A time limit of work in one task: what `asyncio.timeout` does, by one timer and no coroutine."""

import asyncio
from types import TracebackType
from typing import Any


class Limit:
    """Raises TimeoutError out of the block when the seconds have passed."""

    __slots__ = ("_cancelling", "_is_over", "_seconds", "_task", "_timer")

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
        self._timer = loop.call_later(self._seconds, self._end)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._timer.cancel()
        # Whoever cancelled the task beside us is obeyed: then this is no time-out.
        is_ours = self._is_over and self._task.uncancel() <= self._cancelling
        if is_ours and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _end(self) -> None:
        self._is_over = True
        self._task.cancel()
