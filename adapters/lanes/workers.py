"""One caller's thread and connection; a thread that hangs keeps the caller's place."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from adapters.lanes.failures import Verdict
from adapters.lanes.gate import Gate
from adapters.lanes.port import Failure, LaneError, Parameters, Row

T = TypeVar("T")


class SyncDriver(Protocol):
    """What differs between synchronous drivers; most of it runs in a worker thread."""

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - drivers share no type
        """Limits a new session."""

    def fetch(self, connection: Any, sql: str, parameters: Parameters) -> Sequence[Row]:  # noqa: ANN401
        """All rows of one statement."""

    def lasting_cursor(self, connection: Any) -> Any:  # noqa: ANN401
        """A cursor that does not read all rows at once, without the session's time-out."""

    def forget(self, cursor: Any) -> None:  # noqa: ANN401
        """Closes a cursor whose connection is closed already."""

    def interrupt(self, connection: Any) -> None:  # noqa: ANN401
        """Stops the statement from another thread; the connection is of no use afterwards."""

    def judge(self, error: BaseException) -> Verdict:
        """The error in our words."""


@dataclass(frozen=True, slots=True)
class Held:
    """One connection out of the pool; `born` on the monotonic clock."""

    pooled: PoolProxiedConnection
    born: float

    @property
    def driver(self) -> Any:  # noqa: ANN401 - the driver's own connection
        """The driver's connection under the pool's wrapping."""
        return self.pooled.driver_connection


class Worker:
    """Runs the jobs of one caller, one at a time."""

    def __init__(self, gate: Gate, threads: ThreadPoolExecutor, driver: SyncDriver) -> None:
        self._gate = gate
        self._threads = threads
        self._driver = driver
        self._running: asyncio.Future[Any] | None = None
        self._handing_over = threading.Lock()
        self._is_given_up = False
        self._held: Held | None = None
        self._cursor: Any = None  # drivers share no type

    async def run(self, job: Callable[[], T], patience: float | None = None) -> T:
        """The result of a job. Raises LaneError, at the latest when the patience ends."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, job)
        self._running = running
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(running)
        except LaneError:
            raise
        except Exception as error:  # a driver may raise anything; it becomes our own error
            raise judged(self._driver, error).error from error

    def leave(self) -> None:
        """Frees the place: now, or once the thread is back and its connection closed."""
        running = self._running
        if running is not None and not running.done():
            running.add_done_callback(self._came_back)
            self._give_up()
        elif self._held is not None:
            self._drop_in_thread()
        else:
            self._gate.leave()

    def _drop_in_thread(self) -> None:
        """Closing may wait for the network; a closed lane has no threads left for it."""
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, self.drop)
        except RuntimeError:
            self.drop()
            self._gate.leave()
        else:
            running.add_done_callback(self._came_back)

    def _came_back(self, running: asyncio.Future[Any]) -> None:
        if not running.cancelled():
            running.exception()  # Taken here too: an abandoned thread must not warn at its end.
        self.leave()

    def _give_up(self) -> None:
        with self._handing_over:
            self._is_given_up, held = True, self._held
        if held is not None:
            # On a thread of its own: telling a server that hangs would stop the event loop.
            threading.Thread(target=self._interrupt, args=(held,), daemon=True).start()

    def _interrupt(self, held: Held) -> None:
        with contextlib.suppress(Exception):
            self._driver.interrupt(held.driver)

    # --- in the thread ---

    def hold(self, held: Held) -> Any:  # noqa: ANN401 - the driver's own connection
        """The connection is the caller's now. Raises LaneError where he has left."""
        with self._handing_over:
            self._held = held
            if self._is_given_up:
                raise LaneError(Failure.TIMEOUT, "given up")
        return held.driver

    def hold_cursor(self, cursor: Any) -> Any:  # noqa: ANN401 - drivers share no type
        """A cursor to be closed with the connection."""
        self._cursor = cursor
        return cursor

    def hand_over(self) -> Held | None:
        """The connection for others to use; None where somebody has been sent to interrupt it."""
        with self._handing_over:
            if not self._is_given_up:
                held, self._held = self._held, None
                return held
        self.drop()
        return None

    def drop(self) -> None:
        """Closes the caller's connection, then its cursor: that first might wait for rows."""
        held, self._held = self._held, None
        if held is not None:
            held.pooled.invalidate()
        if self._cursor is not None:
            self._driver.forget(self._cursor)


def judged(driver: SyncDriver, error: BaseException) -> Verdict:
    """The error in our words, also under SQLAlchemy's wrapping."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return driver.judge(error.orig)
    return driver.judge(error)
