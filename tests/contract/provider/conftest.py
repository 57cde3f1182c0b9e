"""A provider with one account and four clients, on each platform database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.databases import DatabaseMaker, Kind
from tests.support.place import DESK, FINANCE, HR, PUBLIC, Place, open_place


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], name="place_url"
)
def _place_url(request: pytest.FixtureRequest, make_database: DatabaseMaker) -> str:
    kind: Kind = request.param
    return make_database(kind)


@pytest.fixture(name="place")
async def _place(place_url: str) -> AsyncIterator[Place]:
    async with open_place(place_url) as place:
        await place.house.account()
        for client in (HR, FINANCE, PUBLIC, DESK):
            await place.house.store.clients.add(client, place.house.clock())
        yield place
