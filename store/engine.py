"""The engine of the platform database: drivers, bounds, transactions, and errors made ours."""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, Self

from sqlalchemy import Connection, Executable, RowMapping, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from domain.model.errors import BadInputError
from store.leases import FAILURES, Leases, Prepared, not_answered

CONNECT_SECONDS: Final = 5
STATEMENT_SECONDS: Final = 30
POOL_WAIT_SECONDS: Final = 10
BUSY_MILLISECONDS: Final = 15_000
PRAGMAS: Final = (f"busy_timeout = {BUSY_MILLISECONDS}", "foreign_keys = ON", "synchronous = 1")
DURABLE: Final = ("busy_timeout = 4000", "foreign_keys = ON", "synchronous = 2")
"""For what must be on the disk before anybody is told: the audit log."""
DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}

_WRITES: Final = "fourfold_writes"

Parameters = Mapping[str, Any]  # Any: what a bound value may be is the column's matter


class Found(Protocol):
    """A row, read by column name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - a cell of any column
        """One cell."""


LinkKey = tuple[str, str, str]
"""A question about links: the table, what the question names, and its digest, id or unit code."""


class LinkMemory(Protocol):
    """Answers about links kept for seconds: the rows that answer a question, also none."""

    def begin(self) -> int:
        """What `keep` is to be told of an answer whose reading begins now."""

    def find(self, keys: Iterable[LinkKey], /) -> dict[LinkKey, Sequence[Any]]:  # Any: rows
        """What is known of these questions."""

    def keep(
        self, key: LinkKey, value: Sequence[Any], tokens: Collection[str], since: int
    ) -> None:  # Any: rows, or one
        """Keeps an answer whose reading began at `since`, until one of its tokens is forgotten."""

    def forget(self, tokens: Iterable[str], /) -> None:
        """Forgets what carries one of these tokens, and what is being read of it now."""

    def forget_all(self) -> None:
        """Forgets everything, and what is being read now."""


class UnitMemory(Protocol):
    """Whose unit a key is, or that it is nobody's, kept for seconds: rows that are never None."""

    def begin(self) -> int:
        """What `keep` is to be told of answers whose reading begins now."""

    def find(self, keys: Sequence[Hashable], /) -> list[Any]:  # Any: rows
        """What is known of each of these ids or keys; None where nothing is."""

    def keep(self, keys: Iterable[Hashable], values: Iterable[Any], since: int) -> None:
        """Keeps answers whose reading began at `since`."""

    def forget(self, tokens: Iterable[str], /) -> None:
        """Forgets what carries one of these tokens, and what is being read of it now."""

    def forget_all(self) -> None:
        """Forgets everything, and what is being read now."""


@dataclass(frozen=True, slots=True)
class Search:
    """One search in its two forms: a list a parameter, or as many parameters as a list is long.

    `key` names it among all searches of the process.
    """

    key: Hashable
    by_array: Executable
    by_slots: Executable


class LoneSearch(NamedTuple):
    """A search with one parameter, `token`; `key` as above, and another one."""

    key: Hashable
    statement: Executable


def in_bucket(values: Sequence[str]) -> list[str]:
    """The values, the last one repeated up to a power of two: few different statements to cache."""
    size = 1 << (len(values) - 1).bit_length()
    return [*values, *[values[-1]] * (size - len(values))]


class Database:
    """Reads of one statement and transactions that write; raises PlatformError and nothing else."""

    def __init__(self, url: str, pool_size: int, pragmas: Sequence[str] = PRAGMAS) -> None:
        self.engine = _engine(_with_driver(url), pool_size, pragmas)
        self._reading = self.engine
        if self.engine.dialect.name == "postgresql":
            # One statement needs no BEGIN and ROLLBACK around it: two round trips less.
            self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # One connection is left to whoever writes.
        self.is_leased = self.engine.dialect.name == "postgresql" and pool_size > 1
        """Whether reads go by kept connections, and lists of texts in one parameter each."""
        self._leases = Leases(self.engine, pool_size - 1) if self.is_leased else None
        self._prepared: dict[Hashable, Prepared] = {}
        self.memory: LinkMemory | None = None
        self.units: UnitMemory | None = None

    def remembering(self, memory: LinkMemory | None, units: UnitMemory | None) -> Self:
        """The same database, whose answers about links are kept for a while, or about units."""
        view = copy(self)
        view.memory, view.units = memory, units
        return view

    def find(self, search: Search, values: Mapping[str, Any]) -> Awaitable[Sequence[Found]]:
        """All rows of a search by lists of texts, by the shortest way there is.

        Where reads are leased the values are whatever `by_array` takes.
        """
        if self._leases is None:
            filled = {name: in_bucket(texts) for name, texts in values.items()}
            return self.read(search.by_slots, filled)
        return self._fetched(self._leases, search.key, search.by_array, values)

    def add_given(
        self, key: Hashable, statement: Executable, values: Parameters
    ) -> Awaitable[Sequence[Found]]:
        """What one statement that writes returns, alone in its transaction; PostgreSQL only.

        It may run twice where a kept connection breaks off.
        """
        if self._leases is None:
            raise TypeError("only PostgreSQL writes by one statement alone")
        return self._fetched(self._leases, key, statement, values)

    def find_one(self, search: LoneSearch, token: str) -> Awaitable[Sequence[Found]]:
        """All rows of a search by one text."""
        if self._leases is None:
            return self.read(search.statement, {"token": token})
        return self._fetched(self._leases, search.key, search.statement, {"token": token})

    async def read(self, statement: Executable, values: Parameters) -> Sequence[RowMapping]:
        """All rows of one statement, tried again once when the connection turned out to be cut."""
        with as_platform_error():
            try:
                return await self._read_once(statement, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            return await self._read_once(statement, values)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that may write; SQLite takes its only write lock at the beginning."""
        with as_platform_error():
            async with self.engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection

    async def close(self) -> None:
        """Give all connections back."""
        if self._leases is not None:
            self._leases.cut()
        await self.engine.dispose()

    def _fetched(
        self, leases: Leases, key: Hashable, statement: Executable, values: Parameters
    ) -> Awaitable[Sequence[Found]]:
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = leases.prepared(statement)
        return leases.fetch(prepared.sql, prepared.filled(values))

    async def _read_once(self, statement: Executable, values: Parameters) -> Sequence[RowMapping]:
        async with self._reading.connect() as connection:
            return (await connection.execute(statement, values)).mappings().all()


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise BadInputError("the URL of the platform database cannot be read") from None
    kind = parsed.get_backend_name()
    if kind not in DRIVERS:
        raise BadInputError(f"the platform database is SQLite or PostgreSQL, not {kind}")
    return parsed.set(drivername=DRIVERS[kind])


def _engine(url: URL, pool_size: int, pragmas: Sequence[str]) -> AsyncEngine:
    is_sqlite = url.get_backend_name() == "sqlite"
    arguments: dict[str, object] = (
        {"timeout": BUSY_MILLISECONDS / 1000}
        if is_sqlite
        else {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}
    )
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        hide_parameters=True,
        connect_args=arguments,
    )
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, pragmas))
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(
    pragmas: Sequence[str], connection: DBAPIConnection, _entry: ConnectionPoolEntry
) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later may find the lock taken and cannot wait.
    if connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def as_platform_error() -> Iterator[None]:
    """Turn what drivers raise into our one error, which carries none of their text."""
    try:
        yield
    except FAILURES as error:
        raise not_answered() from error
