"""Driver errors in our words: which failure it is, and whether the connection is still good."""

from typing import Final, NamedTuple

from adapters.lanes.port import Failure, LaneError

NO_CONNECTION: Final = "no connection"
SLOW: Final = "the statement took too long"
FULL: Final = "the server has too many connections"
MISFIT: Final = "the schema or a right does not fit the mapping"

_MYSQL_SLOW: Final = frozenset({1205, 1317, 1969, 3024})
_MYSQL_REFUSED: Final = {
    1044: "signing in was refused",
    1045: "signing in was refused",
    1049: "there is no such database",
    1040: FULL,
    1203: FULL,
    1226: FULL,
}
# 0 is the driver's own: it has no connection any more.
_MYSQL_LOST: Final = frozenset({0, 1043, 1053, 1129, 1130, 1152, 1159, 1161, 1927})
_MYSQL_CLIENT: Final = range(2000, 3000)

_STATE_SLOW: Final = frozenset({"57014", "55P03", "25P03"})
_STATE_REFUSED: Final = {
    "28": "signing in was refused",
    "3D": "there is no such database",
    "53": FULL,
}
_STATE_MISFIT: Final = ("42", "22", "0A", "3F", "XX")


class Verdict(NamedTuple):
    """A failed statement or connection attempt."""

    error: LaneError
    is_connection_good: bool


def lost(reason: str = NO_CONNECTION) -> Verdict:
    """No connection, or one that is of no use any more."""
    return Verdict(LaneError(Failure.UNAVAILABLE, reason), is_connection_good=False)


def slow(*, is_connection_good: bool = False) -> Verdict:
    """No answer in time."""
    return Verdict(LaneError(Failure.TIMEOUT, SLOW), is_connection_good=is_connection_good)


def misfit() -> Verdict:
    """The database answered that it cannot run the statement."""
    return Verdict(LaneError(Failure.INVALID, MISFIT), is_connection_good=True)


def of_mysql_code(code: object) -> Verdict:
    """The verdict on a MySQL or MariaDB error number."""
    if not isinstance(code, int) or code in _MYSQL_LOST or code in _MYSQL_CLIENT:
        return lost()
    if code in _MYSQL_SLOW:
        return slow(is_connection_good=True)
    return lost(_MYSQL_REFUSED[code]) if code in _MYSQL_REFUSED else misfit()


def of_sql_state(state: str | None) -> Verdict:
    """The verdict on a SQLSTATE as PostgreSQL gives it."""
    if state is None:
        return lost()
    if state in _STATE_SLOW:
        return slow(is_connection_good=True)
    if state.startswith(_STATE_MISFIT):
        return misfit()
    return lost(_STATE_REFUSED.get(state[:2], NO_CONNECTION))
