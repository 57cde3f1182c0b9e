"""How a session on each database is limited: read-only, with a time-out on the server's side."""

from collections.abc import Mapping

POSTGRESQL = "postgresql"
MYSQL = frozenset({"mysql", "mariadb"})


def postgresql_settings(statement_timeout: float) -> Mapping[str, str]:
    """Server settings of a PostgreSQL session."""
    return {
        "application_name": "fourfold",
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(statement_timeout * 1000)),
    }


def mysql_statements(server_version: str, statement_timeout: float) -> list[str]:
    """Statements that limit a MySQL or MariaDB session; drivers rely on backslash escapes."""
    return [
        _limit(server_version, statement_timeout),
        "SET SESSION TRANSACTION READ ONLY",
        "SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '')",
    ]


def mysql_without_limit(server_version: str) -> str:
    """Lifts the time-out of a session."""
    return _limit(server_version, 0)


def _limit(server_version: str, seconds: float) -> str:
    if "mariadb" in server_version.lower():
        return f"SET SESSION max_statement_time = {seconds:f}"
    return f"SET SESSION max_execution_time = {int(seconds * 1000)}"
