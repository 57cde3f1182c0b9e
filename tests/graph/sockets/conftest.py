"""A small city, open to this machine, and behind sign-in; served on a port."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.databases import DatabaseMaker
from tests.support.sign_in import switch_access_on
from tests.support.sockets import Served, serving
from tests.support.tiny import TinyCity, make_tiny_city


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker) -> TinyCity:
    """Open to this machine."""
    made = make_tiny_city("sqlite", tmp_path_factory.mktemp("sockets"), make_module_database)
    made.write_config(statement_timeout=0.5, deadline=1.0, breaker_failures=1, retry_after=0.5)
    return made


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> TinyCity:
    """Only with a token."""
    folder = tmp_path_factory.mktemp("guarded")
    made = make_tiny_city("sqlite", folder, make_module_database)
    switch_access_on(made.config)
    return made


@pytest_asyncio.fixture
async def served(city: TinyCity) -> AsyncIterator[Served]:
    """The open city, running."""
    async with serving(city.config) as found:
        yield found
