"""Chooses the way to a database by its URL."""

from sqlalchemy import URL, NullPool, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.lanes.asyncmy_driver import AsyncmyDriver
from adapters.lanes.asyncpg_driver import AsyncpgDriver
from adapters.lanes.leased import LeasedLane
from adapters.lanes.port import Lane, LaneOptions
from adapters.lanes.sessions import MYSQL, POSTGRESQL, postgresql_settings
from adapters.lanes.sync_drivers import GenericDriver, SqliteDriver
from adapters.lanes.threads import ThreadLane


def open_lane(options: LaneOptions) -> Lane:
    """A lane to the source; connects on first use.

    `postgresql://` means asyncpg and `mysql://`, `mariadb://` asyncmy; any other driver named in the URL runs in threads.
    """
    backend, _, driver = options.url.drivername.partition("+")
    if backend == POSTGRESQL and driver in {"", "asyncpg"}:
        return _asyncpg_lane(options)
    if backend in MYSQL and driver in {"", "asyncmy"}:
        return _asyncmy_lane(options)
    if backend == "sqlite":
        return _sqlite_lane(options)
    return _thread_lane(options, backend)


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


def _asyncmy_lane(options: LaneOptions) -> Lane:
    backend = options.url.drivername.partition("+")[0]
    engine = create_async_engine(
        options.url.set(drivername=f"{backend}+asyncmy"),
        pool_size=options.max_connections,
        max_overflow=0,
        connect_args={"connect_timeout": options.connect_timeout, "charset": "utf8mb4"},
    )
    return LeasedLane(engine, AsyncmyDriver(options.statement_timeout), options)


def _sqlite_lane(options: LaneOptions) -> Lane:
    path = options.url.database or ""
    url = URL.create(
        "sqlite+pysqlite",
        database=f"file:{path}",
        query={"mode": "ro", "uri": "true"},
    )
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"timeout": options.statement_timeout, "check_same_thread": False},
    )
    return ThreadLane(engine, SqliteDriver(), options)


def _thread_lane(options: LaneOptions, backend: str) -> Lane:
    engine = create_engine(options.url, pool_size=options.max_connections, max_overflow=0)
    return ThreadLane(engine, GenericDriver(backend, options.statement_timeout), options)
