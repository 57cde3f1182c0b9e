"""Chooses the way to a database by its URL."""

from collections.abc import Awaitable
from typing import Any, Final
from urllib.parse import quote

import asyncmy
from sqlalchemy import URL, NullPool, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.lanes.asyncmy_driver import AsyncmyDriver
from adapters.lanes.asyncpg_driver import AsyncpgDriver
from adapters.lanes.leased import LeasedLane
from adapters.lanes.port import Lane, LaneOptions
from adapters.lanes.sessions import MYSQL, POSTGRESQL, postgresql_settings
from adapters.lanes.sync_drivers import GenericDriver, SqliteDriver, connect_arguments
from adapters.lanes.threads import ThreadLane

_PREPARED: Final = 64
"""Statements that MariaDB keeps ready a connection: an execution costs half as much then."""


def open_lane(options: LaneOptions) -> Lane:
    """A lane to the source; connects on first use.

    `postgresql://` means asyncpg and `mysql://`, `mariadb://` asyncmy; any other driver runs in
    threads. Raises ImportError or SQLAlchemy's ArgumentError for a driver that is not there.
    """
    backend, _, driver = options.url.drivername.partition("+")
    if backend == POSTGRESQL and driver in {"", "asyncpg"}:
        return _asyncpg_lane(options)
    if backend in MYSQL and driver in {"", "asyncmy"}:
        return _asyncmy_lane(options, backend)
    if backend == "sqlite":
        return _sqlite_lane(options)
    return _thread_lane(options, backend, driver)


def _asyncpg_lane(options: LaneOptions) -> Lane:
    engine = create_async_engine(
        options.url.set(drivername="postgresql+asyncpg"),
        pool_size=options.max_connections,
        max_overflow=0,
        connect_args={
            "timeout": options.connect_timeout,
            "server_settings": dict(postgresql_settings(options.statement_timeout)),
        },
    )
    return LeasedLane(engine, AsyncpgDriver(options.statement_timeout), options)


def _asyncmy_lane(options: LaneOptions, backend: str) -> Lane:
    engine = create_async_engine(
        options.url.set(drivername=f"{backend}+asyncmy"),
        pool_size=options.max_connections,
        max_overflow=0,
        connect_args={
            "connect_timeout": options.connect_timeout,
            "charset": "utf8mb4",
            "stmt_cache_size": _PREPARED,
        },
    )
    driver = AsyncmyDriver(options.statement_timeout, lambda: _one_more(engine, options))
    return LeasedLane(engine, driver, options)


def _one_more(
    engine: AsyncEngine, options: LaneOptions
) -> Awaitable[Any]:  # Any: asyncmy is untyped
    """A connection outside of the pool, opened as the pool would."""
    _, arguments = engine.dialect.create_connect_args(engine.url)
    connecting: Awaitable[Any] = asyncmy.connect(
        **arguments, connect_timeout=options.connect_timeout
    )
    return connecting


def _sqlite_lane(options: LaneOptions) -> Lane:
    path = quote(options.url.database or "")
    url = URL.create(
        "sqlite+pysqlite", database=f"file:{path}", query={"mode": "ro", "uri": "true"}
    )
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"timeout": options.statement_timeout, "check_same_thread": False},
    )
    return ThreadLane(engine, SqliteDriver(), options)


def _thread_lane(options: LaneOptions, backend: str, driver: str) -> Lane:
    known = {"isolation_level": "AUTOCOMMIT"} if backend in {POSTGRESQL, *MYSQL} else {}
    arguments = dict(connect_arguments(driver, options))
    engine = create_engine(
        options.url,
        pool_size=options.max_connections,
        max_overflow=0,
        connect_args=arguments,
        **known,
    )

    def connect() -> Any:  # noqa: ANN401 - drivers share no type
        places, named = engine.dialect.create_connect_args(options.url)
        return engine.dialect.connect(*places, **{**named, **arguments})

    return ThreadLane(engine, GenericDriver(backend, options.statement_timeout, connect), options)
