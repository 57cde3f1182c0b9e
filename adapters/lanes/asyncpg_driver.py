"""PostgreSQL through asyncpg."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import asyncpg
from asyncpg.pgproto import pgproto

from adapters.lanes import failures
from adapters.lanes.endless import ENDLESS
from adapters.lanes.failures import Verdict
from adapters.lanes.port import Parameters, Row
from adapters.limit import Limit

_DATE_TYPES: Final = ("date", "timestamp", "timestamptz")
_GRACE: Final = 0.5
"""Seconds the server's own time-out is given to come first: then the connection stays good."""
ENDLESS.update(
    {
        id(pgproto.infinity_date): "infinity",
        id(pgproto.infinity_datetime): "infinity",
        id(pgproto.negative_infinity_date): "-infinity",
        id(pgproto.negative_infinity_datetime): "-infinity",
    }
)


class AsyncpgDriver:
    """One statement at a time on an asyncpg connection."""

    has_array_binds = True

    def __init__(self, statement_timeout: float) -> None:
        self.patience = statement_timeout + _GRACE
        self._has_any_bytes = False
        self._has_odd_dates = False

    async def prepare(self, connection: Any) -> None:  # noqa: ANN401 - an asyncpg connection under SQLAlchemy's wrapping
        """Takes text as the bytes it is where the database checks no encoding."""
        self._has_any_bytes = connection.get_settings().server_encoding == "SQL_ASCII"
        if self._has_any_bytes:
            # The server would refuse to send what is no UTF-8; LATIN1 lets every byte through.
            await connection.execute("SET client_encoding TO 'LATIN1'")
        if self._has_odd_dates:
            await _read_dates_as_text(connection)

    async def fetch(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
        seconds: float,
    ) -> Sequence[Row]:
        """All rows; a first date that Python has not turns dates to text and asks again."""
        try:
            if self._has_any_bytes:
                return await self._fetch(connection, sql, parameters, seconds)
            rows: Sequence[Row] = await connection.fetch(sql, *parameters, timeout=seconds)
        except (ValueError, OverflowError):
            if self._has_odd_dates:
                raise
            self._has_odd_dates = True
            with Limit(seconds):
                await _read_dates_as_text(connection)
                return await self._fetch(connection, sql, parameters, seconds)
        return rows

    async def _fetch(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
        seconds: float,
    ) -> Sequence[Row]:
        if not self._has_any_bytes:
            rows: Sequence[Row] = await connection.fetch(sql, *parameters, timeout=seconds)
            return rows
        given = [_to_latin1(value) for value in parameters]
        return _from_latin1(await connection.fetch(sql, *given, timeout=seconds))

    async def stream(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
        batch: int,
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches from a server-side cursor, dates as text for there is no asking again."""
        await _read_dates_as_text(connection)
        await connection.transaction(readonly=True).start()
        await connection.execute("SET LOCAL statement_timeout = 0")
        cursor = await connection.cursor(sql, *(self._given(value) for value in parameters))
        while rows := await cursor.fetch(batch):
            yield _from_latin1(rows) if self._has_any_bytes else rows

    def _given(self, value: object) -> object:
        return _to_latin1(value) if self._has_any_bytes else value

    async def end(self, connection: Any) -> None:  # noqa: ANN401
        """Says goodbye; asyncpg has the server end a running statement first."""
        await connection.close()

    def judge(self, error: BaseException) -> Verdict:
        """The error in our words."""
        match error:
            case asyncpg.PostgresError():
                return failures.of_sql_state(error.sqlstate)
            case TimeoutError():
                return failures.slow()
            case ValueError():
                return failures.misfit()
            case _:
                return failures.lost()


async def _read_dates_as_text(connection: Any) -> None:  # noqa: ANN401
    for name in _DATE_TYPES:
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda day: day.isoformat(),
            decoder=str,
            format="text",
        )


def _to_latin1(value: object) -> object:
    match value:
        case str():
            return value.encode().decode("latin-1")
        case list():
            return [_to_latin1(part) for part in value]
        case _:
            return value


def _from_latin1(rows: Sequence[Row]) -> list[Row]:
    return [
        [
            cell.encode("latin-1").decode("utf-8", "replace") if isinstance(cell, str) else cell
            for cell in row
        ]
        for row in rows
    ]
