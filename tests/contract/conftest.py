"""Fixtures of the tests of sources: the small department, read by every driver."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.source import SqlSource
from store.database import Store, open_store
from tests.contract import source_city as city
from tests.contract.source_kit import WAYS, Way, marked, opened, run_sql
from tests.support.databases import DatabaseMaker, Kind
from tests.support.links import options

Place = Callable[[Kind], str]


@pytest.fixture(scope="module")
def place(make_module_database: DatabaseMaker) -> Place:
    """The small department in a database of each kind, made when first asked for."""
    made: dict[Kind, str] = {}

    def url(kind: Kind) -> str:
        if kind not in made:
            made[kind] = make_module_database(kind)
            run_sql(made[kind], *city.TABLES, *city.ROWS)
        return made[kind]

    return url


@pytest.fixture(params=[marked(way) for way in WAYS])
def way(request: pytest.FixtureRequest) -> Way:
    """Every database and driver in turn."""
    found: Way = request.param
    return found


@pytest.fixture
async def people(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """The persons of the small department."""
    async with opened(way, place(way.kind), city.PEOPLE, tmp_path) as source:
        yield source


@pytest.fixture
async def units(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """Its units and pools."""
    async with opened(way, place(way.kind), city.UNITS, tmp_path) as source:
        yield source


@pytest.fixture
async def pairs(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """Persons with a key of two columns."""
    async with opened(way, place(way.kind), city.PAIRS, tmp_path) as source:
        yield source


@pytest.fixture
async def cased(way: Way, place: Place, tmp_path: Path) -> AsyncIterator[SqlSource]:
    """Persons whose keys differ in case only."""
    async with opened(way, place(way.kind), city.CASED, tmp_path) as source:
        yield source


@pytest.fixture
def logs() -> Iterator[list[Any]]:  # Any: events of any fields
    """What was logged."""
    with capture_logs() as captured:
        yield captured


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, make_database: DatabaseMaker) -> str:
    """An empty platform database of each kind that may be one."""
    kind: Kind = request.param
    return make_database(kind)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """The same, opened with its tables made."""
    async with open_store(options(url)) as opened:
        yield opened
