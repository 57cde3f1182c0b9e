"""Connections of PostgreSQL kept between reads: one statement costs a third of SQLAlchemy's way."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from domain.model.errors import PlatformError

OLDEST_SECONDS: Final = 1800
_LOST: Final = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, ConnectionError)
# asyncpg's own errors reach us unwrapped.
FAILURES: Final = (
    SQLAlchemyError,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # A connection that broke off in the middle of a statement.
    asyncpg.InternalClientError,
)
"""What engines and drivers raise."""


def not_answered() -> PlatformError:
    """Our one error for them, which carries none of their text."""
    return PlatformError("the platform database did not answer")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text of a statement as the driver runs it, and the order of its parameters."""

    sql: str
    names: tuple[str, ...]
    own: dict[str, Any]  # Any: values of whatever type

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters in their order."""
        every = {**self.own, **values} if self.own else values
        return [every[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class _Lease:
    pooled: PoolProxiedConnection
    driver: Any  # Any: asyncpg is untyped
    born: float

    def cut(self) -> None:
        if self.pooled.is_valid:
            self.pooled.detach()
        self.driver.terminate()


class Leases:
    """At most so many connections out of the engine's own pool; raises PlatformError."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self._engine = engine
        self._free = most
        self._waiting = 0
        self._turns = asyncio.Semaphore(0)
        self._idle: list[_Lease] = []

    def prepared(self, statement: Executable) -> Prepared:
        """A statement compiled for the driver itself; its parameters have the driver's types."""
        compiled: Any = statement.compile(  # type: ignore[attr-defined] # what SQLAlchemy runs compiles
            dialect=self._engine.dialect, compile_kwargs={"render_postcompile": True}
        )
        return Prepared(str(compiled), tuple(compiled.positiontup), dict(compiled.params))

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """All rows, to be read by column name; once more where a kept connection proved dead."""
        if self._free:
            self._free -= 1
        else:
            await self._turn()
        try:
            lease = self._kept()
            if lease is not None:
                try:
                    rows: Sequence[Any] = await lease.driver.fetch(sql, *parameters)
                except BaseException as error:
                    lease.cut()
                    if not isinstance(error, _LOST):
                        raise
                    self.cut()  # whatever ended this connection has ended the others too
                else:
                    self._idle.append(lease)
                    return rows
            return await self._run(await self._new(), sql, parameters)
        except FAILURES as error:
            raise not_answered() from error
        finally:
            if self._waiting:
                self._turns.release()
            else:
                self._free += 1

    def cut(self) -> None:
        """Ends all connections that are not in use."""
        while self._idle:
            self._idle.pop().cut()

    async def _turn(self) -> None:
        """Waits for the place of another."""
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1

    async def _run(self, lease: _Lease, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        try:
            rows: Sequence[Any] = await lease.driver.fetch(sql, *parameters)
        except BaseException:
            lease.cut()
            raise
        self._idle.append(lease)
        return rows

    def _kept(self) -> _Lease | None:
        while self._idle:
            lease = self._idle.pop()
            if time.monotonic() - lease.born < OLDEST_SECONDS:
                return lease
            lease.cut()
        return None

    async def _new(self) -> _Lease:
        pooled = await self._engine.raw_connection()
        return _Lease(pooled, pooled.driver_connection, time.monotonic())
