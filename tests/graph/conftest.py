"""Cities and clients for tests that go from a document to its answer."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.city import Client, TestCity, make_test_city, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.scopes import ScopedCity, scoped
from tests.unit.planning.both import Paths, make_paths


@pytest.fixture(scope="module")
def city(
    database_kind: Kind,
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
) -> TestCity:
    """A linked demo city on each kind of database in turn."""
    folder = tmp_path_factory.mktemp(f"city_{database_kind}")
    return make_test_city(database_kind, folder, make_module_database)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(city: TestCity) -> AsyncIterator[Client]:
    """A client of the city's application."""
    async with running(city.config) as found:
        yield found


@pytest.fixture(scope="module")
def paths() -> Paths:
    """The stock path and the planned one."""
    return make_paths()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def books(city: TestCity) -> AsyncIterator[ScopedCity]:
    """The city under scopes, with what its sources gave away."""
    async with scoped(city.config) as found:
        yield found
