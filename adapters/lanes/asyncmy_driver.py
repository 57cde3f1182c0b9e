"""MySQL and MariaDB through asyncmy."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from asyncmy import errors
from asyncmy.cursors import SSCursor

from adapters.lanes.port import Failure, LaneError, Row
from adapters.lanes.sessions import mysql_statements

TIMEOUT_CODES: Final = frozenset({1205, 1317, 1969, 3024})
LOST_CODES: Final = frozenset({1040, 1043, 1045, 1053, 1129, 1130, 1203, 1226})
_CLIENT_ERRORS: Final = range(2000, 3000)


class AsyncmyDriver:
    """One statement at a time on an asyncmy connection, in autocommit so that no read sees an old snapshot."""

    has_array_binds = False

    def __init__(self, statement_timeout: float) -> None:
        self._timeout = statement_timeout

    async def prepare(self, connection: Any) -> None:  # noqa: ANN401 - asyncmy is untyped
        """Autocommit, read-only, with a time-out on the server's side."""
        await connection.autocommit(True)
        for statement in mysql_statements(connection.get_server_info(), self._timeout):
            await self._fetch(connection, statement, ())

    async def fetch(self, connection: Any, sql: str, parameters: Sequence[object]) -> Sequence[Row]:  # noqa: ANN401
        """All rows of one statement, within the statement's time plus a moment for the server's own time-out."""
        async with asyncio.timeout(self._timeout + 0.5):
            return await self._fetch(connection, sql, parameters)

    async def _fetch(
        self, connection: Any, sql: str, parameters: Sequence[object]
    ) -> Sequence[Row]:
        async with connection.cursor() as cursor:
            await cursor.execute(sql, tuple(parameters) or None)
            rows: Sequence[Row] = await cursor.fetchall()
            return rows

    async def stream(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Sequence[object],
        batch: int,
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches from an unbuffered cursor."""
        await self._fetch(connection, "SET SESSION max_statement_time = 0", ())
        async with connection.cursor(SSCursor) as cursor:
            await cursor.execute(sql, tuple(parameters) or None)
            while rows := await cursor.fetchmany(batch):
                yield rows
        await self.prepare(connection)

    def judge(self, error: BaseException) -> tuple[LaneError, bool]:
        """The error in our words, and whether the connection is still good."""
        match error:
            case asyncio.CancelledError() | TimeoutError():
                return LaneError(Failure.TIMEOUT, "the statement took too long"), False
            case errors.MySQLError():
                return judge_code(error.args[0] if error.args else None)
            case _:
                return LaneError(Failure.UNAVAILABLE, "no connection"), False


def judge_code(code: object) -> tuple[LaneError, bool]:
    """A MySQL error number in our words, and whether the connection is still good."""
    if not isinstance(code, int) or code in LOST_CODES or code in _CLIENT_ERRORS:
        return LaneError(Failure.UNAVAILABLE, "no connection"), False
    if code in TIMEOUT_CODES:
        return LaneError(Failure.TIMEOUT, "the statement took too long"), True
    return LaneError(Failure.INVALID, "the schema or a right does not fit the mapping"), True
