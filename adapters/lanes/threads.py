"""Synchronous drivers as first class: worker threads, at most as many as the source's cap."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Dialect, Engine, PoolProxiedConnection

from adapters.lanes.gate import Gate
from adapters.lanes.port import LaneError, LaneOptions, Row

T = TypeVar("T")


class SyncDriver(Protocol):
    """What differs between synchronous drivers."""

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - drivers share no type
        """Limits a new session."""

    def stream_cursor(self, connection: Any) -> Any:  # noqa: ANN401
        """A cursor that does not read all rows at once, without the session's time-out."""

    def interrupt(self, connection: Any) -> None:  # noqa: ANN401
        """Stops the running statement from another thread."""

    def judge(self, error: Exception) -> LaneError:
        """The error in our words."""


class ThreadLane:
    """A lane over a synchronous driver; a thread that hangs keeps its place, so the cap holds."""

    has_array_binds = False

    def __init__(self, engine: Engine, driver: SyncDriver, options: LaneOptions) -> None:
        self._engine = engine
        self._driver = driver
        self._options = options
        self._gate = Gate(options.max_connections, options.max_waiting)
        self._idle: deque[PoolProxiedConnection] = deque()
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

    async def fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """All rows of one statement. Raises LaneError."""

        def work(connection: Any) -> Sequence[Row]:  # noqa: ANN401
            cursor = connection.cursor()
            try:
                cursor.execute(sql, tuple(parameters))
                rows: Sequence[Row] = cursor.fetchall()
            finally:
                cursor.close()
            return rows

        return await self._at_work(work)

    async def stream(
        self, sql: str, parameters: Sequence[object], batch: int
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches on one connection. Raises LaneError."""
        loop = asyncio.get_running_loop()
        await self._gate.enter()
        connection = await self._judged(loop.run_in_executor(self._threads, self._connect))
        try:
            cursor = await self._judged(
                loop.run_in_executor(self._threads, self._open_cursor, connection, sql, parameters)
            )
            while rows := await self._judged(
                loop.run_in_executor(self._threads, cursor.fetchmany, batch)
            ):
                yield rows
        finally:
            self._gate.leave()
            connection.invalidate()

    def _open_cursor(
        self, connection: PoolProxiedConnection, sql: str, parameters: Sequence[object]
    ) -> Any:  # noqa: ANN401
        cursor = self._driver.stream_cursor(connection.driver_connection)
        cursor.execute(sql, tuple(parameters))
        return cursor

    async def _judged(self, work: asyncio.Future[T]) -> T:
        try:
            return await work
        except Exception as error:
            raise self._driver.judge(error) from error

    async def inspect(self, look: Callable[[Connection], T]) -> T:
        """What `look` sees on a SQLAlchemy connection. Raises LaneError."""

        def work() -> T:
            with self._engine.connect() as connection:
                return look(connection)

        await self._gate.enter()
        self._give_back_idle()
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._finished)
        return await self._judged(asyncio.shield(future))

    async def close(self) -> None:
        """Gives all connections back."""
        self._give_back_idle()
        self._engine.dispose()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _give_back_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def _at_work(self, work: Callable[[Any], T]) -> T:
        await self._gate.enter()
        busy: list[PoolProxiedConnection] = []
        future = asyncio.get_running_loop().run_in_executor(self._threads, self._run, work, busy)
        future.add_done_callback(self._finished)
        try:
            async with asyncio.timeout(
                self._options.statement_timeout + self._options.connect_timeout
            ):
                return await asyncio.shield(future)
        except (TimeoutError, asyncio.CancelledError) as error:
            self._interrupt(busy)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise self._driver.judge(error) from error
        except Exception as error:
            raise self._driver.judge(error) from error

    def _finished(self, future: asyncio.Future[Any]) -> None:
        if not future.cancelled():
            future.exception()  # taken here too: an abandoned thread must not warn at its end
        self._gate.leave()

    def _interrupt(self, busy: list[PoolProxiedConnection]) -> None:
        for connection in busy:
            self._driver.interrupt(connection.driver_connection)

    def _run(self, work: Callable[[Any], T], busy: list[PoolProxiedConnection]) -> T:
        connection = self._connect()
        busy.append(connection)
        try:
            result = work(connection.driver_connection)
            connection.driver_connection.rollback()  # type: ignore[union-attr] # a DB-API connection has it
        except BaseException:
            busy.clear()
            connection.invalidate()
            raise
        busy.clear()
        self._idle.append(connection)
        return result

    def _connect(self) -> PoolProxiedConnection:
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._engine.raw_connection()
            self._driver.prepare(connection.driver_connection)
            return connection
