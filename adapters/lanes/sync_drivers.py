"""SQLite, and any other synchronous driver SQLAlchemy knows."""

import contextlib
import socket
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from adapters.lanes import failures
from adapters.lanes.failures import Verdict
from adapters.lanes.port import LaneOptions, Parameters, Row
from adapters.lanes.sessions import (
    MYSQL,
    POSTGRESQL,
    mysql_statements,
    mysql_without_limit,
    postgresql_settings,
)

_MISFIT_SQLITE: Final = (
    "no such",
    "has no column",
    "syntax error",
    "ambiguous",
    "misuse",
    "unrecognized token",
)


class SqliteDriver:
    """SQLite: wrong bytes become U+FFFD instead of an error."""

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - a sqlite3 connection under SQLAlchemy's wrapping
        """Nothing to limit: the file is opened for reading only."""

    def fetch(self, connection: Any, sql: str, parameters: Parameters) -> Sequence[Row]:  # noqa: ANN401
        """All rows; a first wrong byte turns this connection lenient and asks again."""
        try:
            return _fetch(connection, sql, parameters)
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            connection.text_factory = _lenient
            return _fetch(connection, sql, parameters)

    def lasting_cursor(self, connection: Any) -> Any:  # noqa: ANN401
        """SQLite reads row by row by nature."""
        connection.text_factory = _lenient
        return connection.cursor()

    def forget(self, cursor: Any) -> None:  # noqa: ANN401
        """Nothing is left of it."""

    def interrupt(self, connection: Any) -> None:  # noqa: ANN401
        """Stops the running statement."""
        connection.interrupt()

    def judge(self, error: BaseException) -> Verdict:
        """The error in our words."""
        text = str(error)
        if isinstance(error, TimeoutError) or "locked" in text or "interrupted" in text:
            return failures.slow()
        if any(word in text for word in _MISFIT_SQLITE):
            return failures.misfit()
        return failures.lost("the file is missing or is no database")


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "replace")


class GenericDriver:
    """Any DB-API driver: limited where the database is known, judged by code or error class.

    `connect` opens one more connection, for a moment, to stop a statement that was given up.
    """

    def __init__(self, backend: str, statement_timeout: float, connect: Callable[[], Any]) -> None:
        self._backend = backend
        self._timeout = statement_timeout
        self._connect = connect
        self._stopping = threading.Lock()

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - drivers share no type
        """Read-only with a time-out, where the database is known; psycopg's own readings off."""
        if hasattr(connection, "adapters"):
            _read_as_stored(connection)
        with contextlib.closing(connection.cursor()) as cursor:
            for statement in self._limits(connection):
                cursor.execute(statement)

    def _limits(self, connection: Any) -> list[str]:  # noqa: ANN401
        if self._backend == POSTGRESQL:
            settings = postgresql_settings(self._timeout)
            return [f"SET {name} = '{value}'" for name, value in settings.items()]
        if self._backend in MYSQL:
            return mysql_statements(str(connection.get_server_info()), self._timeout)
        return []

    def fetch(self, connection: Any, sql: str, parameters: Parameters) -> Sequence[Row]:  # noqa: ANN401
        """All rows; the transaction ends where autocommit is not known to be on."""
        rows = _fetch(connection, sql, parameters)
        if self._backend != POSTGRESQL and self._backend not in MYSQL:
            connection.rollback()
        return rows

    def lasting_cursor(self, connection: Any) -> Any:  # noqa: ANN401
        """A named cursor on PostgreSQL, an unbuffered one on MySQL, else the driver's own."""
        cursor = connection.cursor()
        if self._backend == POSTGRESQL:
            cursor.execute("SET statement_timeout = 0")
            connection.autocommit = False
            return connection.cursor("fourfold_stream")
        if self._backend in MYSQL:
            cursor.execute(mysql_without_limit(str(connection.get_server_info())))
            connection._read_timeout = None  # noqa: SLF001 - PyMySQL has no public name for it
            return connection.cursor(_unbuffered())
        return cursor

    def interrupt(self, connection: Any) -> None:  # noqa: ANN401
        """Tells the server where it can be told, then shuts the line to wake the thread."""
        with contextlib.suppress(Exception):
            self._stop(connection)
        _shut(connection)

    def _stop(self, connection: Any) -> None:  # noqa: ANN401
        if self._backend in MYSQL:
            with self._stopping, contextlib.closing(self._connect()) as other:
                _fetch(other, f"KILL {int(connection.thread_id())}", ())
        else:
            connection.cancel_safe(timeout=1.0)

    def forget(self, cursor: Any) -> None:  # noqa: ANN401
        """Closes a cursor whose connection is closed already."""
        result = getattr(cursor, "_result", None)
        if result is not None:
            result.unbuffered_active = False  # PyMySQL would read on to the end of the rows.
        with contextlib.suppress(Exception):
            cursor.close()

    def judge(self, error: BaseException) -> Verdict:
        """The error in our words."""
        if isinstance(error, TimeoutError):
            return failures.slow()
        if self._backend in MYSQL:
            return failures.of_mysql_code(error.args[0] if error.args else None)
        if hasattr(error, "sqlstate"):
            return failures.of_sql_state(error.sqlstate)
        if type(error).__name__ in {"ProgrammingError", "DataError", "NotSupportedError"}:
            return failures.misfit()
        return failures.lost()


def connect_arguments(driver: str, options: LaneOptions) -> Mapping[str, object]:
    """What a driver calls its time-outs to connect and to answer; others keep their own."""
    connect = options.connect_timeout
    known: dict[str, dict[str, object]] = {
        "psycopg": {"connect_timeout": max(1, round(connect)), "client_encoding": "utf8"},
        "psycopg2": {"connect_timeout": max(1, round(connect))},
        "pymysql": {
            "connect_timeout": connect,
            "read_timeout": connect + options.statement_timeout,
            "charset": "utf8mb4",
        },
    }
    return known.get(driver, {})


def _read_as_stored(connection: Any) -> None:  # noqa: ANN401 - a psycopg connection
    """Days as text, for Python lacks some; text as bytes where no encoding is checked."""
    from psycopg.types.string import TextLoader  # noqa: PLC0415 - only where this driver is used

    for name in ("date", "timestamp", "timestamptz"):
        connection.adapters.register_loader(name, TextLoader)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.execute("SET client_encoding TO 'SQL_ASCII'")


def _unbuffered() -> Any:  # noqa: ANN401
    from pymysql.cursors import SSCursor  # noqa: PLC0415 - only where this driver is used

    return SSCursor


def _fetch(connection: Any, sql: str, parameters: Parameters) -> Sequence[Row]:  # noqa: ANN401
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(sql, parameters)
        rows: Sequence[Row] = cursor.fetchall()
        return rows


def _shut(connection: Any) -> None:  # noqa: ANN401
    """Both ways shut below the driver, which then sees the end of the line in its own thread."""
    held = getattr(connection, "_sock", None)  # PyMySQL has no public name for it.
    if held is not None:
        held.shutdown(socket.SHUT_RDWR)
        return
    with socket.socket(fileno=socket.dup(connection.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)
