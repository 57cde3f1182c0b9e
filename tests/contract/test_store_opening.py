"""Opening the platform database: tables at start, many at once, and what is refused."""

import asyncio
import multiprocessing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from domain.model.departments import Department
from domain.model.errors import BadInputError, PlatformError
from store.database import Store, open_store
from store.people import PersonAsk
from store.recording import Recorded
from store.tables import METADATA
from tests.support.links import (
    NUMBER,
    a_link,
    find_person,
    link_person,
    options,
)


async def test_the_migrated_tables_are_those_of_the_program(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, METADATA))

    async with store.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def start_once(url: str) -> None:
    """One process that opens the store, as `fourfold serve --workers` does."""

    async def start() -> None:
        async with open_store(options(url)) as opened:
            await find_person(opened, PersonAsk(id_number=NUMBER))

    asyncio.run(start())


@pytest.mark.slow
def test_processes_that_start_at_once_make_the_tables_once(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=start_once, args=(url,)) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]


async def test_tasks_that_start_at_once_make_the_tables_once(url: str) -> None:
    async def start() -> None:
        async with open_store(options(url)):
            pass

    await asyncio.gather(*(start() for _ in range(4)))


async def test_a_database_of_a_newer_program_is_refused(url: str) -> None:
    async with open_store(options(url)) as store, store.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(PlatformError, match="newer"):
        async with open_store(options(url)):
            pass


async def test_a_start_does_not_wait_for_a_long_write(store: Store, url: str) -> None:
    async with store.database.writing() as connection:
        await connection.execute(text("DELETE FROM person_number"))

        async with asyncio.timeout(10), open_store(options(url)) as second:
            assert await find_person(second, PersonAsk(id_number=NUMBER)) is None


async def test_two_writers_of_one_batch_leave_one_person(store: Store) -> None:
    done = await asyncio.gather(
        *(link_person(store, a_link(Department.HR)) for _ in range(3)), return_exceptions=True
    )

    assert any(isinstance(each, Recorded) for each in done)
    assert all(isinstance(each, Recorded | PlatformError) for each in done)
    assert len(await store.people.list_open("hr")) == 1


async def test_a_platform_database_that_is_away_is_one_error_without_driver_text(
    tmp_path: Path,
) -> None:
    urls = [
        f"sqlite:///{tmp_path / 'missing' / 'platform.sqlite'}",
        "postgresql://nobody:secret@127.0.0.1:1/none",
    ]
    for url in urls:
        with pytest.raises(PlatformError) as caught:
            async with open_store(options(url)):
                pass
        assert str(caught.value) == "the platform database did not answer"


async def test_another_kind_of_database_is_refused() -> None:
    for url in ("mysql://root@127.0.0.1/x", "no url"):
        with pytest.raises(BadInputError):
            async with open_store(options(url)):
                pass


def test_options_show_no_secret() -> None:
    assert repr(options("postgresql://u:secret@h/d")) == "StoreOptions(pool_size=3)"


async def test_statistics_follow_growth_so_that_no_plan_of_an_empty_table_is_kept(
    store: Store,
) -> None:
    """PostgreSQL read each batch of links by going through the whole table."""
    rows = [a_link(Department.HR, str(number)) for number in range(300)]
    await link_person(store, *rows)

    await store.refresh_statistics()

    if store.database.engine.dialect.name == "postgresql":
        known = text("SELECT reltuples FROM pg_class WHERE relname = 'person_link'")
        async with store.database.engine.connect() as connection:
            assert (await connection.execute(known)).scalar_one() == 300
