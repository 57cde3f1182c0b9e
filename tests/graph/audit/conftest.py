"""A city whose requests are audited, on both kinds of platform database."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.graph.audit.audited import Audited, audited
from tests.support.city import TestCity, make_test_city
from tests.support.databases import DatabaseMaker, Kind
from tests.support.sign_in import add_account, switch_access_on


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    name="platform",
)
def _platform(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


@pytest.fixture(scope="module", name="audited_city")
def _audited_city(
    platform: Kind,
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
) -> TestCity:
    url = None if platform == "sqlite" else make_module_database(platform)
    folder = tmp_path_factory.mktemp(f"audit_{platform}")
    city = make_test_city("sqlite", folder, make_module_database, platform_url=url)
    switch_access_on(city.config)
    return city


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="house")
async def _house(audited_city: TestCity) -> AsyncIterator[Audited]:
    await add_account(audited_city.config, "li.na")
    async with audited(audited_city) as found:
        yield found
