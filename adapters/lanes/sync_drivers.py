"""SQLite, and any other synchronous driver SQLAlchemy knows."""

from typing import Any

import sqlalchemy as sa

from adapters.lanes.asyncmy_driver import judge_code
from adapters.lanes.port import Failure, LaneError
from adapters.lanes.sessions import MYSQL, POSTGRESQL, mysql_statements, postgresql_settings

_INVALID_SQLITE = (
    "no such",
    "has no column",
    "syntax error",
    "ambiguous",
    "malformed",
    "not a database",
    "misuse",
)


def _unwrapped(error: BaseException) -> BaseException:
    orig = getattr(error, "orig", None)
    return orig if isinstance(orig, BaseException) else error


class SqliteDriver:
    """SQLite: wrong bytes become U+FFFD instead of an error."""

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - a sqlite3 connection under SQLAlchemy's wrapping
        """Lenient text, and no writing."""
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.execute("PRAGMA query_only = 1")

    def stream_cursor(self, connection: Any) -> Any:  # noqa: ANN401
        """SQLite reads row by row by nature."""
        return connection.cursor()

    def interrupt(self, connection: Any) -> None:  # noqa: ANN401
        """Stops the running statement."""
        connection.interrupt()

    def judge(self, error: BaseException) -> LaneError:
        """The error in our words."""
        cause = _unwrapped(error)
        text = str(cause)
        if isinstance(cause, TimeoutError) or "locked" in text or "interrupted" in text:
            return LaneError(Failure.TIMEOUT, "the statement took too long")
        if any(word in text for word in _INVALID_SQLITE):
            return LaneError(Failure.INVALID, "the schema does not fit the mapping")
        return LaneError(Failure.UNAVAILABLE, "no connection")


class GenericDriver:
    """Any DB-API driver: session limits where the database is known, errors judged by their DB-API class."""

    def __init__(self, backend: str, statement_timeout: float) -> None:
        self._backend = backend
        self._timeout = statement_timeout

    def prepare(self, connection: Any) -> None:  # noqa: ANN401 - drivers share no type
        """Read-only with a time-out, where the database is known."""
        cursor = connection.cursor()
        for statement in self._statements(connection):
            cursor.execute(statement)
        cursor.close()
        connection.commit()

    def _statements(self, connection: Any) -> list[str]:  # noqa: ANN401
        if self._backend == POSTGRESQL:
            settings = postgresql_settings(self._timeout)
            return [f"SET {name} = '{value}'" for name, value in settings.items()]
        if self._backend in MYSQL:
            return mysql_statements(str(connection.get_server_info()), self._timeout)
        return []

    def stream_cursor(self, connection: Any) -> Any:  # noqa: ANN401
        """A named cursor on PostgreSQL, an unbuffered one on MySQL, else the driver's own."""
        cursor = connection.cursor()
        if self._backend == POSTGRESQL:
            cursor.execute("SET statement_timeout = 0")
            return connection.cursor(name="fourfold_stream")
        if self._backend in MYSQL:
            from pymysql.cursors import SSCursor  # noqa: PLC0415 - only where this driver is used

            return connection.cursor(SSCursor)
        return cursor

    def interrupt(self, connection: Any) -> None:  # noqa: ANN401
        """Stops the running statement where the driver can."""
        cancel = getattr(connection, "cancel", None)
        if cancel is not None:
            cancel()

    def judge(self, error: BaseException) -> LaneError:
        """The error in our words."""
        cause = _unwrapped(error)
        if isinstance(cause, TimeoutError):
            return LaneError(Failure.TIMEOUT, "the statement took too long")
        state = getattr(cause, "sqlstate", None)
        if isinstance(state, str):
            return _judge_state(state)
        if self._backend in MYSQL and cause.args:
            return judge_code(cause.args[0])[0]
        if isinstance(error, sa.exc.ProgrammingError) or type(cause).__name__ == "ProgrammingError":
            return LaneError(Failure.INVALID, "the schema or a right does not fit the mapping")
        return LaneError(Failure.UNAVAILABLE, "no connection")


def _judge_state(state: str) -> LaneError:
    if state == "57014":
        return LaneError(Failure.TIMEOUT, "the statement took too long")
    if state.startswith(("42", "22", "3D", "28")):
        return LaneError(Failure.INVALID, "the schema or a right does not fit the mapping")
    return LaneError(Failure.UNAVAILABLE, "no connection")
