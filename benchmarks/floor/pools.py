"""Connections of the floor: opened at start, the last used goes first, none is ever reset."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncmy
import asyncpg

Row = Sequence[Any]  # Any: a cell of whatever was asked
End = Callable[[Any], Awaitable[None]]
CACHED_STATEMENTS = 64


class Pool:
    """Ready connections of one database; `statements` counts what was sent to it."""

    def __init__(self, connections: Sequence[Any], end: End) -> None:  # Any: drivers without types
        self._idle = list(connections)
        self._end = end
        self._waiting: deque[asyncio.Future[Any]] = deque()  # Any: as above
        self.statements = 0

    async def close(self) -> None:
        """Closes the connections that nobody uses."""
        await asyncio.gather(*map(self._end, self._idle))

    async def _free(self) -> Any:  # noqa: ANN401 - as above
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return await waiter

    def _give_back(self, connection: Any) -> None:  # noqa: ANN401 - as above
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._idle.append(connection)


class PostgresqlPool(Pool):
    """asyncpg; it prepares every statement once a connection by itself."""

    async def row(self, sql: str, key: object) -> Row | None:
        """The only row of a statement with one parameter."""
        self.statements += 1
        connection = self._idle.pop() if self._idle else await self._free()
        try:
            row: Row | None = await connection.fetchrow(sql, key)
            return row
        finally:
            self._give_back(connection)

    async def rows(self, sql: str, *keys: object) -> Sequence[Row]:
        """All rows of a statement."""
        self.statements += 1
        connection = self._idle.pop() if self._idle else await self._free()
        try:
            rows: Sequence[Row] = await connection.fetch(sql, *keys)
            return rows
        finally:
            self._give_back(connection)


class MariadbPool(Pool):
    """asyncmy with its cache of prepared statements, which costs half of the text protocol."""

    async def row(self, sql: str, key: object) -> Row | None:
        """The only row of a statement with one parameter."""
        self.statements += 1
        connection = self._idle.pop() if self._idle else await self._free()
        try:
            async with connection.cursor() as cursor:
                await cursor.execute(sql, (key,))
                row: Row | None = await cursor.fetchone()
                return row
        finally:
            self._give_back(connection)

    async def rows(self, sql: str, *keys: object) -> Sequence[Row]:
        """All rows of a statement."""
        self.statements += 1
        connection = self._idle.pop() if self._idle else await self._free()
        try:
            async with connection.cursor() as cursor:
                await cursor.execute(sql, keys)
                rows: Sequence[Row] = await cursor.fetchall()
                return rows
        finally:
            self._give_back(connection)


async def open_pool(place: dict[str, Any]) -> Pool:  # Any: parsed JSON
    """The pool of one database; `place` says kind, size and what the driver connects with."""
    opener = {"postgresql": _postgresql, "mysql": _mariadb}[place["kind"]]
    return await opener(place["size"], place["connect"])


async def _postgresql(size: int, connect: dict[str, Any]) -> Pool:  # Any: parsed JSON
    opened = [asyncpg.connect(**connect, max_cached_statement_lifetime=0) for _ in range(size)]
    return PostgresqlPool(await asyncio.gather(*opened), lambda each: each.close())


async def _mariadb(size: int, connect: dict[str, Any]) -> Pool:  # Any: parsed JSON
    options = {"charset": "utf8mb4", "autocommit": True, "stmt_cache_size": CACHED_STATEMENTS}
    opened = [asyncmy.connect(**connect, **options) for _ in range(size)]
    return MariadbPool(await asyncio.gather(*opened), lambda each: each.ensure_closed())
