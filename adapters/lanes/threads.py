"""Synchronous drivers as first class: worker threads, at most as many as the source's cap."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Engine

from adapters.lanes.gate import Gate
from adapters.lanes.port import Failure, LaneError, LaneOptions, Parameters, Row, Weight
from adapters.lanes.workers import Held, SyncDriver, Worker, judged
from adapters.limit import Limit

T = TypeVar("T")


class ThreadLane:
    """A lane over a synchronous driver."""

    has_array_binds = False

    def __init__(self, engine: Engine, driver: SyncDriver, options: LaneOptions) -> None:
        self._engine = engine
        self._driver = driver
        self._options = options
        self._gate = Gate(options.max_connections, options.max_waiting)
        self._idle: deque[Held] = deque()
        self._is_closed = False
        self._threads = ThreadPoolExecutor(
            options.max_connections, thread_name_prefix="fourfold-source"
        )

    @property
    def dialect(self) -> Dialect:
        """The dialect statements are compiled for."""
        return self._engine.dialect

    @property
    def waiting(self) -> int:
        """Callers waiting for a connection now."""
        return self._gate.waiting

    async def fetch(
        self, sql: str, parameters: Parameters, until: float | None = None
    ) -> Sequence[Row]:
        """All rows; asked once more where a kept connection proves dead. Raises LaneError."""
        if until is None:
            return await self._fetched(sql, parameters)
        with Limit(until - time.monotonic()):
            return await self._fetched(sql, parameters)

    async def _fetched(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        worker = await self._worker()
        patience = self._options.statement_timeout + self._options.connect_timeout
        try:
            return await worker.run(lambda: self._fetch(worker, sql, parameters), patience)
        finally:
            worker.leave()

    async def stream(
        self, sql: str, parameters: Parameters, batch: int
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches on a connection of their own. Raises LaneError."""
        worker = await self._worker()
        try:
            cursor = await worker.run(lambda: self._cursor(worker, sql, parameters))
            while rows := await worker.run(lambda: cursor.fetchmany(batch)):
                yield rows
        finally:
            worker.leave()

    async def inspect(self, look: Callable[[Connection], T]) -> T:
        """What `look` sees on a SQLAlchemy connection. Raises LaneError."""
        worker = await self._worker()
        try:
            return await worker.run(lambda: self._look(look), self._options.connect_timeout * 2)
        finally:
            worker.leave()

    def turn_away(self, error: LaneError) -> None:
        """Whoever waits for a connection gets this error now."""
        self._gate.turn_away(error)

    async def close(self) -> None:
        """Gives all connections back; later reads raise LaneError."""
        self._is_closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._close)
        self._threads.shutdown(wait=False)

    async def _worker(self) -> Worker:
        await self._gate.enter()
        if self._is_closed:
            self._gate.leave()
            raise LaneError(Failure.UNAVAILABLE, "the source is closed", Weight.BUSY)
        return Worker(self._gate, self._threads, self._driver)

    # --- in a worker thread ---

    def _fetch(self, worker: Worker, sql: str, parameters: Parameters) -> Sequence[Row]:
        held = self._kept()
        if held is not None:
            try:
                return self._fetch_on(worker, held, sql, parameters)
            except LaneError as error:
                if error.failure is not Failure.UNAVAILABLE:
                    raise
                self._close_idle()  # Whatever ended this connection has ended the others too.
        return self._fetch_on(worker, self._connected(), sql, parameters)

    def _fetch_on(
        self, worker: Worker, held: Held, sql: str, parameters: Parameters
    ) -> Sequence[Row]:
        try:
            rows = self._driver.fetch(worker.hold(held), sql, parameters)
        except LaneError:
            worker.drop()
            raise
        except Exception as error:  # a driver may raise anything; it becomes our own error
            worker.drop()
            raise judged(self._driver, error).error from error
        self._keep(worker.hand_over())
        return rows

    def _cursor(self, worker: Worker, sql: str, parameters: Parameters) -> Any:  # noqa: ANN401 - drivers share no type
        self._make_room()
        connection = worker.hold(self._connected())
        cursor = worker.hold_cursor(self._driver.lasting_cursor(connection))
        cursor.execute(sql, parameters)
        return cursor

    def _look(self, look: Callable[[Connection], T]) -> T:
        self._make_room()
        try:
            connection = self._engine.connect()
        except Exception as error:  # a driver may raise anything; it becomes our own error
            raise self._refused(error) from error
        with connection:
            return look(connection)

    def _connected(self) -> Held:
        try:
            held = Held(self._engine.raw_connection(), time.monotonic())
        except Exception as error:  # a driver may raise anything; it becomes our own error
            raise self._refused(error) from error
        try:
            self._driver.prepare(held.driver)
        except Exception as error:  # a driver may raise anything; it becomes our own error
            held.pooled.invalidate()
            raise self._refused(error) from error
        return held

    def _refused(self, error: Exception) -> LaneError:
        return judged(self._driver, error).error.weighing(Weight.GRAVE)

    def _kept(self) -> Held | None:
        with contextlib.suppress(IndexError):
            while True:
                held = self._idle.pop()
                if time.monotonic() - held.born < self._options.recycle_after:
                    return held
                held.pooled.invalidate()
        return None

    def _keep(self, held: Held | None) -> None:
        if held is not None:
            self._idle.append(held)
        if self._is_closed:
            self._close_idle()

    def _make_room(self) -> None:
        """Kept connections count for the pool's size: one goes where a new one is to come."""
        with contextlib.suppress(IndexError):
            self._idle.pop().pooled.invalidate()

    def _close_idle(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().pooled.invalidate()

    def _close(self) -> None:
        self._close_idle()
        self._engine.dispose()
