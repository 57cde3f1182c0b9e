"""By default it is remembered whose unit a key is: the same answers for a statement less."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.model.tally import PLATFORM
from settings import CachePart
from tests.graph.test_lookup import number_of
from tests.graph.test_metrics import measured
from tests.support.city import Client, Json, TestCity, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNITS = "{ units(first: 3) { nodes { id } } }"
PERSON = "query($n: String!) { person(idNumber: $n) { id unit { id name } } }"
PAGE = "query($u: ID!) { persons(filter: {unitId: $u}, first: 50) { nodes { id } } }"
LEDGER = "{ ledger(first: 20) { nodes { approved unit { id name } } } }"


@pytest_asyncio.fixture(loop_scope="module")
async def remembering(city: TestCity, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A client of an application, just started, with the default of the settings."""
    default = CachePart().unit_links_seconds
    monkeypatch.setenv("FOURFOLD_CACHE__UNIT_LINKS_SECONDS", str(default))
    async with running(city.config) as found:
        yield found


async def asked_twice(client: Client, document: str, **variables: object) -> tuple[Json, Json]:
    """Both answers, without the data, which must be the same."""
    first = await client.ask(document, **variables)
    again = await client.ask(document, **variables)
    assert "errors" not in first
    assert first.pop("data") == again.pop("data")
    return first["extensions"]["statements"], again["extensions"]["statements"]


async def test_the_unit_of_a_person_is_looked_up_once(remembering: Client, city: TestCity) -> None:
    number = number_of(city, city.persons_in_all()[0])

    first, again = await asked_twice(remembering, PERSON, n=number)

    assert (first[PLATFORM], again[PLATFORM]) == (2, 1)


async def test_the_unit_of_a_page_is_looked_up_once(remembering: Client) -> None:
    unit = (await remembering.data(UNITS))["units"]["nodes"][1]["id"]

    first, again = await asked_twice(remembering, PAGE, u=unit)

    assert (first[PLATFORM], again[PLATFORM]) == (2, 1)


async def test_the_units_of_a_ledger_are_looked_up_once(remembering: Client) -> None:
    first, again = await asked_twice(remembering, LEDGER)

    assert first[PLATFORM] == 1
    assert PLATFORM not in again


async def test_answers_are_those_of_a_server_that_remembers_nothing(
    remembering: Client, client: Client, city: TestCity
) -> None:
    numbers = [number_of(city, person) for person in city.persons_in_all()[:20]]
    for _ in range(2):
        for number in numbers:
            own = await remembering.data(PERSON, n=number)
            assert own == await client.data(PERSON, n=number)
        assert await remembering.data(LEDGER) == await client.data(LEDGER)


async def test_what_it_saved_is_counted(remembering: Client) -> None:
    await asked_twice(remembering, LEDGER)
    samples = await measured(remembering)

    hits = samples['fourfold_cache_hits_total{source="platform"}']
    assert hits == samples['fourfold_cache_misses_total{source="platform"}'] > 0
