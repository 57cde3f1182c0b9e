"""Connections of PostgreSQL kept between reads: one statement costs a third of SQLAlchemy's way."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

OLDEST_SECONDS: Final = 1800
_LOST: Final = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, ConnectionError)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text of a statement as the driver runs it, and the order of its parameters."""

    sql: str
    names: tuple[str, ...]
    own: dict[str, Any]  # Any: values of whatever type


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
    """At most so many connections out of the engine's own pool; raises what the driver raises."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self._engine = engine
        self._gate = asyncio.Semaphore(most)
        self._idle: list[_Lease] = []

    def prepared(self, statement: Executable) -> Prepared:
        """A statement compiled for the driver itself; its parameters have the driver's types."""
        compiled: Any = statement.compile(  # type: ignore[attr-defined] # what SQLAlchemy runs compiles
            dialect=self._engine.dialect, compile_kwargs={"render_postcompile": True}
        )
        return Prepared(str(compiled), tuple(compiled.positiontup), dict(compiled.params))

    async def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        """All rows, to be read by column name; once more where a kept connection proved dead."""
        every = {**statement.own, **values} if statement.own else values
        parameters = [every[name] for name in statement.names]
        await self._gate.acquire()
        try:
            lease = self._kept()
            if lease is not None:
                try:
                    return await self._run(lease, statement.sql, parameters)
                except _LOST:
                    self.cut()  # whatever ended this connection has ended the others too
            return await self._run(await self._new(), statement.sql, parameters)
        finally:
            self._gate.release()

    def cut(self) -> None:
        """Ends all connections that are not in use."""
        while self._idle:
            self._idle.pop().cut()

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
