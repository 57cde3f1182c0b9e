"""Ways to make one department's database fail for real, and to heal it; only our own is touched."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy import make_url

from tests.support.city import loading_url
from tests.support.proxy import Mode, TcpProxy

PASSWORD: Final = "wort"


class Fault(StrEnum):
    """What befalls a department."""

    CLOSED = "closed"
    HANGING = "hanging"
    SLOW = "slow"
    CUT = "cut in mid-answer"
    LOCKED = "locked table"
    DROPPED = "dropped column"
    REVOKED = "revoked right"
    FULL = "too many connections"


_SILENT: Final = frozenset({"SOURCE_TIMEOUT", "SOURCE_UNAVAILABLE"})
"""A statement that waits in vain, or a connection that is not made in time."""
CODES: Final[Mapping[Fault, frozenset[str]]] = {
    Fault.CLOSED: frozenset({"SOURCE_UNAVAILABLE"}),
    Fault.HANGING: _SILENT,
    Fault.SLOW: _SILENT,
    Fault.CUT: frozenset({"SOURCE_UNAVAILABLE"}),
    Fault.LOCKED: frozenset({"SOURCE_TIMEOUT"}),
    Fault.DROPPED: frozenset({"SOURCE_INVALID"}),
    # MariaDB shuts the whole database to an account whose last right in it has gone.
    Fault.REVOKED: frozenset({"SOURCE_INVALID", "SOURCE_UNAVAILABLE"}),
    Fault.FULL: frozenset({"SOURCE_UNAVAILABLE"}),
}
_MODES: Final = {
    Fault.CLOSED: Mode.REFUSE,
    Fault.HANGING: Mode.HANG,
    Fault.SLOW: Mode.SLOW,
    Fault.CUT: Mode.CUT,
}


@dataclass(slots=True)
class Victim:
    """One department's database, its own account and a proxy before it.

    `table` is locked or closed to the account, and its `column` dropped.
    """

    url: str
    proxy: TcpProxy
    table: str
    column: str
    account: str = field(default_factory=lambda: f"fourfold_{secrets.token_hex(6)}")
    _held: list[sa.Connection] = field(default_factory=list)

    @property
    def is_postgresql(self) -> bool:
        return make_url(self.url).get_backend_name() == "postgresql"

    @property
    def through(self) -> str:
        """The URL a source reads by: through the proxy, under the account."""
        account = make_url(self.proxy.url(self.url)).set(username=self.account, password=PASSWORD)
        return account.render_as_string(hide_password=False)

    def open_account(self, tables: list[str]) -> None:
        """An account that may read these tables and nothing else."""
        if self.is_postgresql:
            self.run(f"CREATE ROLE {self.account} LOGIN PASSWORD '{PASSWORD}'")
        else:
            self.run(f"CREATE USER {self._who} IDENTIFIED BY '{PASSWORD}'")
        self.run(*(f"GRANT SELECT ON {table} TO {self._who}" for table in tables))

    def close_account(self) -> None:
        """Forgets the account, whatever state it is in."""
        self._let_go()
        drops = [f"DROP OWNED BY {self.account}", f"DROP ROLE {self.account}"]
        self.run(*(drops if self.is_postgresql else [f"DROP USER {self._who}"]))

    async def strike(self, fault: Fault, *, delay: float) -> None:
        """The fault begins; `delay` is how late every piece of an answer is when SLOW."""
        if fault in _MODES:
            await self.proxy.switch(_MODES[fault], delay=delay)
        elif fault is Fault.FULL:
            self._fill()
            await self.proxy.reset()  # Connections that are kept would go on.
        else:
            await asyncio.to_thread(self._strike_table, fault)

    async def heal(self, fault: Fault) -> None:
        """All is as before."""
        if fault in _MODES:
            await self.proxy.reset()
        elif fault is Fault.FULL:
            self._let_go()
            self._limit(-1 if self.is_postgresql else 0)
        else:
            await asyncio.to_thread(self._heal_table, fault)

    def run(self, *statements: str) -> None:
        """Statements of an administrator, past the proxy."""
        engine = sa.create_engine(loading_url(self.url), poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    @property
    def _who(self) -> str:
        return self.account if self.is_postgresql else f"{self.account}@'%%'"

    def _strike_table(self, fault: Fault) -> None:
        if fault is Fault.LOCKED:
            lock = f"LOCK TABLE {self.table} IN ACCESS EXCLUSIVE MODE"
            self._hold(self.url, lock if self.is_postgresql else f"LOCK TABLES {self.table} WRITE")
        elif fault is Fault.DROPPED:
            self.run(f"ALTER TABLE {self.table} RENAME COLUMN {self.column} TO {self.column}_gone")
        else:
            self.run(f"REVOKE SELECT ON {self.table} FROM {self._who}")

    def _heal_table(self, fault: Fault) -> None:
        if fault is Fault.LOCKED:
            self._let_go()
        elif fault is Fault.DROPPED:
            self.run(f"ALTER TABLE {self.table} RENAME COLUMN {self.column}_gone TO {self.column}")
        else:
            self.run(f"GRANT SELECT ON {self.table} TO {self._who}")

    def _fill(self) -> None:
        """No connection more for the account; 0 means any number to MariaDB, so one is held."""
        if self.is_postgresql:
            self._limit(0)
            return
        self._limit(1)
        own = make_url(self.url).set(username=self.account, password=PASSWORD)
        with contextlib.suppress(sa.exc.OperationalError):  # The source holds the one already.
            self._hold(own.render_as_string(hide_password=False), "SELECT 1")

    def _limit(self, connections: int) -> None:
        if self.is_postgresql:
            self.run(f"ALTER ROLE {self.account} CONNECTION LIMIT {connections}")
        else:
            self.run(f"ALTER USER {self._who} WITH MAX_USER_CONNECTIONS {connections}")

    def _hold(self, url: str, statement: str) -> None:
        connection = sa.create_engine(loading_url(url), poolclass=sa.NullPool).connect()
        self._held.append(connection)
        connection.exec_driver_sql(statement)

    def _let_go(self) -> None:
        while self._held:
            connection = self._held.pop()
            connection.invalidate()
            connection.close()


def leaks(told: str, victims: Mapping[str, Victim], persons: tuple[str, ...]) -> list[str]:
    """Words of drivers, hosts, statements, tables and persons that a text gives away."""
    words: list[str] = ["127.0.0.1", "localhost", "SELECT", "asyncpg", "asyncmy", "Errno", "ERROR"]
    words += ["relation", "permission", "denied", PASSWORD, *persons]
    words += [victim.account for victim in victims.values()]
    words += [f'"{victim.table}' for victim in victims.values()]
    return [word for word in words if word in told]
