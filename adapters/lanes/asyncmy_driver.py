"""MySQL and MariaDB through asyncmy."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

from asyncmy import errors
from asyncmy.constants import FIELD_TYPE
from asyncmy.cursors import SSCursor

from adapters.lanes import failures
from adapters.lanes.failures import Verdict
from adapters.lanes.port import Parameters, Row
from adapters.lanes.sessions import mysql_statements, mysql_without_limit
from adapters.limit import Limit

_GRACE: Final = 0.5
"""Seconds the server's own time-out is given to come first: then the connection stays good."""

_MOST_KNOWN: Final = 2000


class _Plain(str):
    """A statement that asyncmy does not prepare: it does so with exact texts only."""

    __slots__ = ()


class AsyncmyDriver:
    """One statement at a time, in autocommit so that no read sees an old snapshot.

    `connect` opens one more connection, for a moment, to stop a statement that was given up.
    """

    has_array_binds = False

    def __init__(self, statement_timeout: float, connect: Callable[[], Awaitable[Any]]) -> None:
        self.patience = statement_timeout + _GRACE
        self._timeout = statement_timeout
        self._connect = connect
        self._stopping = asyncio.Lock()
        self._plain: dict[str, bool] = {}

    async def prepare(self, connection: Any) -> None:  # noqa: ANN401 - asyncmy is untyped
        """Autocommit, read-only, with a time-out on the server's side."""
        await connection.autocommit(value=True)
        for statement in mysql_statements(connection.get_server_info(), self._timeout):
            await _fetch(connection, statement, ())

    async def fetch(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
        seconds: float,
    ) -> Sequence[Row]:
        """All rows of one statement: prepared, or as text where that changes or breaks values."""
        with Limit(seconds):
            is_plain = self._plain.get(sql)
            if is_plain is None:
                return await self._fetch_first(connection, sql, parameters)
            try:
                return await _fetch(connection, _Plain(sql) if is_plain else sql, parameters)
            except ValueError:
                return await self._fetch_odd(connection, sql, parameters)

    async def _fetch_first(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
    ) -> Sequence[Row]:
        """Rows of a statement that is new; a FLOAT comes prepared as 0.10000000149011612."""
        try:
            async with connection.cursor() as cursor:
                await cursor.execute(sql, parameters)
                has_floats = any(
                    column[1] == FIELD_TYPE.FLOAT for column in cursor.description or ()
                )
                rows: Sequence[Row] = await cursor.fetchall()
        except ValueError:
            return await self._fetch_odd(connection, sql, parameters)
        self._note(sql, is_plain=has_floats)
        return await _fetch(connection, _Plain(sql), parameters) if has_floats else rows

    async def _fetch_odd(self, connection: Any, sql: str, parameters: Parameters) -> Sequence[Row]:  # noqa: ANN401
        """Rows with a date that Python has not, as text: on a new line, for the old one is full."""
        self._note(sql, is_plain=True)
        connection.close()
        await connection.connect()
        await self.prepare(connection)
        return await _fetch(connection, _Plain(sql), parameters)

    def _note(self, sql: str, *, is_plain: bool) -> None:
        if len(self._plain) >= _MOST_KNOWN:
            self._plain.clear()
        self._plain[sql] = is_plain

    async def stream(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
        batch: int,
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches from an unbuffered cursor."""
        await _fetch(connection, mysql_without_limit(connection.get_server_info()), ())
        cursor = connection.cursor(SSCursor)
        await cursor.execute(sql, parameters)
        while rows := await cursor.fetchmany(batch):
            yield rows

    async def end(self, connection: Any) -> None:  # noqa: ANN401
        """Says goodbye; a statement given up is stopped, for the server would not notice."""
        if connection.connected:
            await connection.ensure_closed()
            return
        async with self._stopping:
            other = await self._connect()
            try:
                await _fetch(other, f"KILL {int(connection.thread_id())}", ())
            finally:
                await other.ensure_closed()

    def judge(self, error: BaseException) -> Verdict:
        """The error in our words."""
        match error:
            case TimeoutError():
                return failures.slow()
            case errors.MySQLError():
                return failures.of_mysql_code(error.args[0] if error.args else None)
            case ValueError():
                return failures.misfit()
            case _:
                return failures.lost()


async def _fetch(connection: Any, sql: str, parameters: Parameters) -> Sequence[Row]:  # noqa: ANN401
    async with connection.cursor() as cursor:
        # Always with parameters, be they none: only then the driver halves doubled percent signs.
        await cursor.execute(sql, parameters)
        rows: Sequence[Row] = await cursor.fetchall()
        return rows
