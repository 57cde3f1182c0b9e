"""Brings the platform database to the tables of this program, however many start at once."""

import asyncio
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from domain.model.errors import PlatformError
from store.engine import Database, as_platform_error

FOLDER: Final = Path(__file__).parent / "migrations"
ADVISORY_LOCK: Final = 4_004_004
ATTEMPTS: Final = 40
PAUSE_SECONDS: Final = 0.1


async def migrate(database: Database) -> None:
    """Apply what is missing in one transaction; a database that is up to date is only read.

    Raises PlatformError for a database made by a newer program.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    head = ScriptDirectory.from_config(config).get_current_head()
    await _prepare_journal(database)
    with as_platform_error():
        if await _revision(database) == head:
            return
    async with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:key)")
            await connection.execute(lock, {"key": ADVISORY_LOCK})
        await connection.run_sync(_upgrade, config)


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise PlatformError("the platform database was made by a newer Fourfold") from error


async def _revision(database: Database) -> str | None:
    async with database.engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )


async def _prepare_journal(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        return
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with database.engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            # The change to WAL does not wait for others who make it at the same time.
            if "locked" not in str(error.orig) or attempt == ATTEMPTS:
                raise PlatformError("the platform database did not answer") from error
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
