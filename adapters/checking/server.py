"""What is wrong with the server itself: its version, the limits it takes, the account's rights."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.checking.live import LiveSchema
from adapters.checking.problems import Problems, counted
from adapters.lanes.port import Row

OLDEST: Final[Mapping[str, tuple[int, ...]]] = {
    "postgresql": (10,),
    "mariadb": (10, 3),
    "mysql": (8, 0),
    "sqlite": (3, 25),
    "oracle": (12, 2),
    "mssql": (13,),
}
"""The first versions that know every statement we make, window functions above all."""
_NAMES: Final = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL"}
_ASKED: Final = {
    "postgresql": "SELECT setting FROM pg_settings"
    " WHERE name IN ('default_transaction_read_only', 'statement_timeout') ORDER BY name",
    "mariadb": "SELECT @@SESSION.tx_read_only, @@SESSION.max_statement_time",
    "mysql": "SELECT @@SESSION.transaction_read_only, @@SESSION.max_execution_time",
}
_PER_SECOND: Final = {"postgresql": 1000, "mariadb": 1, "mysql": 1000}


def judge_version(live: LiveSchema, problems: Problems) -> None:
    """A server older than what our statements need cannot answer them."""
    oldest = OLDEST.get(live.backend)
    if oldest is None or not live.version:
        problems.info(1, f"the version of this {live.backend} server is not known", "look it up")
    elif live.version < oldest:
        name = _NAMES.get(live.backend, live.backend)
        found, wanted = _dotted(live.version[:3]), _dotted(oldest)
        message = f"the server is {name} {found}; statements need {wanted} or newer"
        problems.error(1, message, f"upgrade it to {name} {wanted} or newer")


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))


def judge_rights(live: LiveSchema, problems: Problems) -> None:
    """An account that could write is more than reading needs."""
    if not live.writable:
        return
    if live.backend == "sqlite":
        message = "the file could be written by this account; it is opened for reading only"
        problems.info(1, message, "take the right to write from the account of the server")
        return
    some = ", ".join(live.writable[:3]) + (" …" if len(live.writable) > 3 else "")
    tables = counted(len(live.writable), "table", "tables")
    message = f"the account could write to {tables} ({some})"
    problems.warning(1, message, "use an account that has SELECT on the mapped tables alone")


def limits_statement(backend: str) -> str | None:
    """What tells the limits of our session; None where they are not set on the server."""
    return _ASKED.get(backend)


def judge_limits(
    backend: str, rows: Sequence[Row], statement_timeout: float, problems: Problems
) -> None:
    """Whether the session is read-only and ends long statements, as we asked for."""
    values = [cell for row in rows for cell in row]
    if len(values) != 2:
        problems.warning(1, "the server does not tell the limits of a session", "look it up")
        return
    read_only, limit = (str(value) for value in values)
    if read_only not in {"on", "1", "True"}:
        message = "the server did not make our session read-only"
        problems.warning(1, message, "connect without a pooler that resets sessions")
    if abs(float(limit) - statement_timeout * _PER_SECOND[backend]) > 1:
        message = f"the server did not take our statement time-out of {statement_timeout:g} s"
        problems.warning(1, message, "connect without a pooler that resets sessions")
