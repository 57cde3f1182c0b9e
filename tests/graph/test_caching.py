"""Caches before real databases: fewer statements, the same answers, and others' changes seen."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from commands.caching import open_caches
from commands.opening import open_city, utc_now
from domain.catalogue.handles import CIVIL_RANK
from domain.model.tally import PLATFORM
from resolvers.context import City
from resolvers.planning.planner import Question
from resolvers.sharing import Collapse
from resolvers.sources import Sources
from settings import CachePart, Settings, read_settings
from tests.graph.test_metrics import measured
from tests.graph.test_outages import NUMBER, fill
from tests.graph.test_plans import DOCUMENTS, LISTS, OpenCity, both_agree, numbers
from tests.graph.test_soak import SHORT, soak
from tests.support.city import Client, TestCity, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.tiny import TinyCity, make_tiny_city

RANK = "query($n: String!) { person(idNumber: $n) { identity rank { civilRank { code } } } }"
NAME = "query($n: String!) { person(idNumber: $n) { name } }"
PAGE = "{ persons(first: 5) { nodes { name } } ledger(first: 5) { nodes { approved } } }"
CALLERS = 30
ALL = '[cache]\ncollapse = "all"\nlinks_seconds = 30\n'
PATIENCE = 20.0


@pytest.fixture
async def tiny(database_kind: Kind, tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    """A tiny linked city with everything switched on but personal rows."""
    city = make_tiny_city(database_kind, tmp_path, make_database)
    fill(city)
    city.write_config(cache_seconds=30)
    text = city.config.read_text(encoding="utf-8")
    city.config.write_text(f"{ALL}{text}", encoding="utf-8")
    await link(city.config)
    return city


async def sent(client: Client, document: str, **variables: object) -> Mapping[str, int]:
    return await client.statements(document, **variables)


async def test_the_second_lookup_asks_nobody(tiny: TinyCity) -> None:
    async with running(tiny.config) as client:
        first = await client.ask(RANK, n=NUMBER)
        again = await client.ask(RANK, n=NUMBER)
        samples = await measured(client)

    assert first["extensions"].pop("statements") == {PLATFORM: 1, "organization": 1}
    assert again["extensions"].pop("statements") == {}
    assert first == again
    assert first["data"]["person"]["rank"][CIVIL_RANK]["code"] == "31"
    for source in (PLATFORM, "organization"):
        assert samples[f'fourfold_cache_hits_total{{source="{source}"}}'] == 1
        assert samples[f'fourfold_cache_misses_total{{source="{source}"}}'] == 1


async def test_personal_rows_are_read_every_time(tiny: TinyCity) -> None:
    async with running(tiny.config) as client:
        await sent(client, NAME, n=NUMBER)
        again = await sent(client, NAME, n=NUMBER)

    assert again == {"hr": 1}


async def test_the_same_question_of_many_at_one_moment_is_asked_once(tiny: TinyCity) -> None:
    async with running(tiny.config) as client:
        alone = await sent(client, PAGE)
        together = await asyncio.gather(*(sent(client, PAGE) for _ in range(CALLERS)))
        samples = await measured(client)

    total = Counter[str]()
    for counts in together:
        total.update(counts)
    del total[PLATFORM]
    assert all(count <= 3 * alone[source] for source, count in total.items())
    assert samples['fourfold_cache_collapsed_total{source="hr"}'] >= CALLERS / 2


async def test_both_workers_see_within_two_seconds_that_a_third_has_linked(tiny: TinyCity) -> None:
    async with running(tiny.config) as one, running(tiny.config) as other:
        asked = "query($n: String!) { person(idNumber: $n) { identity links { source } } }"
        newcomer = "370702196803121239"
        for client in (one, other):
            answer = await client.data(asked, n=newcomer)
            assert answer["person"] is None
        tiny.run("hr", f"INSERT INTO ry (grbh, xm, sfzh) VALUES ('K2', '李四', '{newcomer}')")
        assert (await one.data(asked, n=newcomer))["person"]["identity"] == "UNLINKED"

        await link(tiny.config)
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(_linked(client, asked, newcomer) for client in (one, other)))

    assert asyncio.get_running_loop().time() - began < 2.5


async def _linked(client: Client, document: str, number: str) -> None:
    person = None
    while person is None or person["identity"] != "LINKED":
        await asyncio.sleep(0.05)
        person = (await client.data(document, n=number))["person"]


async def test_by_default_nothing_is_kept(
    database_kind: Kind, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    city = make_tiny_city(database_kind, tmp_path, make_database)
    fill(city)
    await link(city.config)

    async with running(city.config) as client:
        first = await sent(client, RANK, n=NUMBER)
        again = await sent(client, RANK, n=NUMBER)

    assert first == again == {PLATFORM: 1, "organization": 1}


def switched_on(settings: Settings) -> Settings:
    """The settings with everything kept that may be kept at all."""
    kept = {"cache_seconds": 60.0, "cache_personal": True}
    sources = {name: part.model_copy(update=kept) for name, part in settings.sources.items()}
    cache = CachePart(collapse=Collapse.ALL, links_seconds=60.0)
    return settings.model_copy(update={"cache": cache, "sources": sources})


@asynccontextmanager
async def behind_caches(city: TestCity) -> AsyncIterator[OpenCity]:
    now, settings = utc_now(), switched_on(read_settings(city.config))
    async with (
        open_city(city.config, settings, clock=lambda: now) as found,
        open_caches(settings, found, utc_now) as cached,
    ):
        yield OpenCity(City(Sources(cached.asked), cached.store, list, lambda: now))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cached(city: TestCity) -> AsyncIterator[OpenCity]:
    async with behind_caches(city) as found:
        yield found


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("document", DOCUMENTS, ids=["everything", "nested", "records", "origins"])
async def test_plans_behind_caches_answer_as_the_stock_path_does(
    cached: OpenCity, city: TestCity, document: str
) -> None:
    for number in numbers(city):
        question = Question(document, None, {"n": number})
        first = await both_agree(cached, question)
        again = await both_agree(cached, question)
        assert (first.data, first.errors) == (again.data, again.errors)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("document", LISTS, ids=["persons", "units", "ledger"])
async def test_lists_behind_caches_answer_as_the_stock_path_does(
    cached: OpenCity, document: str
) -> None:
    first = await both_agree(cached, Question(document, None, None))

    assert (await both_agree(cached, Question(document, None, None))).data == first.data


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_grows_beyond_the_bounds_of_the_caches(
    city: TestCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in read_settings(city.config).sources:
        monkeypatch.setenv(f"FOURFOLD_SOURCES__{name.upper()}__CACHE_SECONDS", "60")
        monkeypatch.setenv(f"FOURFOLD_SOURCES__{name.upper()}__CACHE_PERSONAL", "true")
    for key, value in {
        "COLLAPSE": "all",
        "LINKS_SECONDS": "60",
        "LINKS": "40",
        "ROWS": "40",
    }.items():
        monkeypatch.setenv(f"FOURFOLD_CACHE__{key}", value)

    async with running(city.config) as client:
        await soak(client, city, SHORT)
        samples = await measured(client)

    assert samples['fourfold_cache_misses_total{source="hr"}'] > SHORT / 3
