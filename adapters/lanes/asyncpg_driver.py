"""PostgreSQL through asyncpg."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import asyncpg

from adapters.lanes.port import Failure, LaneError, Row

_TEXT_TYPES: Final = ("text", "varchar", "bpchar", "name")
_INVALID: Final = (
    asyncpg.SyntaxOrAccessError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.DataError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)


class AsyncpgDriver:
    """One statement at a time on an asyncpg connection; `lenient` once a database has sent bytes that are no UTF-8."""

    has_array_binds = True

    def __init__(self, statement_timeout: float) -> None:
        self._timeout = statement_timeout
        self.lenient = False

    async def prepare(self, connection: Any) -> None:  # noqa: ANN401 - an asyncpg connection under SQLAlchemy's wrapping
        """Reads wrong bytes as U+FFFD where the database is known to hold some."""
        if not self.lenient:
            return
        for name in _TEXT_TYPES:
            await connection.set_type_codec(
                name,
                schema="pg_catalog",
                encoder=str.encode,
                decoder=lambda data: bytes(data).decode("utf-8", "replace"),
                format="binary",
            )

    async def fetch(self, connection: Any, sql: str, parameters: Sequence[object]) -> Sequence[Row]:  # noqa: ANN401
        """All rows of one statement; a first wrong byte turns this connection lenient and asks again."""
        try:
            return await self._fetch(connection, sql, parameters)
        except UnicodeDecodeError:
            await self._turn_lenient(connection)
            return await self._fetch(connection, sql, parameters)

    async def _fetch(
        self, connection: Any, sql: str, parameters: Sequence[object]
    ) -> Sequence[Row]:
        rows: Sequence[Row] = await connection.fetch(sql, *parameters, timeout=self._timeout)
        return rows

    async def _turn_lenient(self, connection: Any) -> None:  # noqa: ANN401
        self.lenient = True
        await self.prepare(connection)

    async def stream(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Sequence[object],
        batch: int,
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches from a server-side cursor."""
        async with connection.transaction(readonly=True):
            await connection.execute("SET LOCAL statement_timeout = 0")
            cursor = await connection.cursor(sql, *parameters)
            while rows := await cursor.fetch(batch):
                yield rows

    def judge(self, error: BaseException) -> tuple[LaneError, bool]:
        """The error in our words, and whether the connection is still good."""
        match error:
            case asyncpg.QueryCanceledError():
                return LaneError(Failure.TIMEOUT, "the statement took too long"), True
            case asyncio.CancelledError() | TimeoutError():
                return LaneError(Failure.TIMEOUT, "the statement took too long"), False
            case UnicodeDecodeError():
                return LaneError(Failure.INVALID, "text that is not UTF-8"), False
            case _ if isinstance(error, _INVALID):
                return LaneError(
                    Failure.INVALID, "the schema or a right does not fit the mapping"
                ), True
            case _:
                return LaneError(Failure.UNAVAILABLE, "no connection"), False
