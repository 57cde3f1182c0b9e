"""The tasks of one connection: the first that says so ends it for all, and none outlives it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from starlette.websockets import WebSocketDisconnect

from schema.errors import place_of
from schema.serving.sockets.messages import FAILED, GONE, Closing, Violation

Work = Callable[[], Awaitable[None]]
"""Called by its task: a coroutine of a task that is cancelled before it begins would be lost."""
_log = structlog.get_logger("graph")


class Lifetime:
    """Made inside the running loop; `trace` names the connection in logs."""

    def __init__(self, trace: str) -> None:
        self._trace = trace
        self._tasks: set[asyncio.Task[None]] = set()
        self._over: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()

    def start(self, work: Work) -> asyncio.Task[None]:
        """Lets something run as long as the connection."""
        task = asyncio.create_task(self._watched(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def end(self, closing: Closing) -> None:
        """Ends the connection; who comes second changes nothing."""
        if not self._over.done():
            self._over.set_result(closing)

    async def until_over(self) -> Closing:
        """Waits for the end; every task is gone then, also where the wait is cancelled."""
        try:
            return await self._over
        finally:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _watched(self, work: Work) -> None:
        try:
            await work()
        except Violation as violation:
            self.end(violation.closing)
        except WebSocketDisconnect:
            self.end(GONE)
        except Exception as error:  # noqa: BLE001 - the boundary: nothing of it reaches the client
            kind, where = type(error).__name__, place_of(error)
            _log.error("internal_error", trace=self._trace, kind=kind, where=where)
            self.end(FAILED)
