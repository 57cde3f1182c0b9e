"""Driver connections leased from SQLAlchemy's pool and kept: the pool's own check-out costs several times a statement."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Dialect, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.lanes.gate import Gate
from adapters.lanes.port import Failure, LaneError, LaneOptions, Row

T = TypeVar("T")


class Driver(Protocol):
    """What differs between asynchronous drivers."""

    has_array_binds: bool

    async def prepare(self, connection: Any) -> None:  # noqa: ANN401 - drivers share no type
        """Limits a new session."""

    async def fetch(self, connection: Any, sql: str, parameters: Sequence[object]) -> Sequence[Row]:  # noqa: ANN401
        """All rows of one statement."""

    def stream(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Sequence[object],
        batch: int,
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches, without the session's time-out."""

    def judge(self, error: BaseException) -> tuple[LaneError, bool]:
        """The error in our words, and whether the connection is still good."""


@dataclass(slots=True)
class Lease:
    """One pooled connection kept out of the pool; `born` on the monotonic clock."""

    pooled: PoolProxiedConnection
    born: float

    @property
    def driver(self) -> Any:  # noqa: ANN401 - the driver's own connection
        """The driver's connection under the pool's wrapping."""
        return self.pooled.driver_connection


class LeasedLane:
    """A lane over an asynchronous driver."""

    def __init__(self, engine: AsyncEngine, driver: Driver, options: LaneOptions) -> None:
        self._engine = engine
        self._driver = driver
        self._options = options
        self._gate = Gate(options.max_connections, options.max_waiting)
        self._idle: list[Lease] = []

    @property
    def dialect(self) -> Dialect:
        """The dialect statements are compiled for."""
        return self._engine.dialect

    @property
    def has_array_binds(self) -> bool:
        """Whether `= ANY(array)` takes the keys in one parameter."""
        return self._driver.has_array_binds

    @property
    def waiting(self) -> int:
        """Callers waiting for a connection now."""
        return self._gate.waiting

    async def fetch(self, sql: str, parameters: Sequence[object]) -> Sequence[Row]:
        """All rows of one statement. Raises LaneError."""
        async with self._leased() as lease:
            return await self._driver.fetch(lease.driver, sql, parameters)

    async def stream(
        self, sql: str, parameters: Sequence[object], batch: int
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches on one connection. Raises LaneError."""
        async with self._leased() as lease:
            async for rows in self._driver.stream(lease.driver, sql, parameters, batch):
                yield rows

    async def inspect(self, look: Callable[[Connection], T]) -> T:
        """What `look` sees on a SQLAlchemy connection. Raises LaneError."""
        await self._gate.enter()
        try:
            await self._give_back_idle()
            async with (
                asyncio.timeout(self._options.connect_timeout * 3),
                self._engine.connect() as connection,
            ):
                return await connection.run_sync(look)
        except Exception as error:
            raise self._judged(error)[0] from error
        finally:
            self._gate.leave()

    async def close(self) -> None:
        """Gives all connections back."""
        await self._give_back_idle()
        await self._engine.dispose()

    @asynccontextmanager
    async def _leased(self) -> AsyncIterator[Lease]:
        await self._gate.enter()
        lease: Lease | None = None
        try:
            lease = await self._take()
            yield lease
        except BaseException as error:
            failure, is_good = self._judged(error)
            if lease is not None:
                await self._after_error(lease, is_good=is_good)
            if isinstance(error, Exception):
                raise failure from error
            raise
        else:
            self._idle.append(lease)
        finally:
            self._gate.leave()

    def _judged(self, error: BaseException) -> tuple[LaneError, bool]:
        if isinstance(error, LaneError):
            return error, True
        if isinstance(error, TimeoutError):
            return LaneError(Failure.TIMEOUT, "no connection in time"), False
        cause = (
            error.orig if isinstance(error, SQLAlchemyError) and hasattr(error, "orig") else error
        )
        return self._driver.judge(
            cause.__cause__ or cause if isinstance(cause, Exception) else error
        )

    async def _take(self) -> Lease:
        while self._idle:
            lease = self._idle.pop()
            if time.monotonic() - lease.born < self._options.recycle_after:
                return lease
            await self._drop(lease)
        async with asyncio.timeout(self._options.connect_timeout):
            lease = Lease(await self._engine.raw_connection(), time.monotonic())
            await self._driver.prepare(lease.driver)
            return lease

    async def _after_error(self, lease: Lease, *, is_good: bool) -> None:
        if is_good:
            self._idle.append(lease)
        else:
            await self._drop(lease)

    async def _drop(self, lease: Lease) -> None:
        """Closes a connection for good; a cancelled caller does not wait for a dead peer's farewell."""
        driver = lease.driver
        lease.pooled.detach()
        terminate = getattr(driver, "terminate", None) or driver.close
        terminate()

    async def _give_back_idle(self) -> None:
        while self._idle:
            await self._drop(self._idle.pop())
