"""A demo city for tests of the graph: made and linked once a module, asked over ASGI."""

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy import make_url

from app import create_app
from bulk.linking import link_city
from bulk.reports import Step
from commands.opening import open_city, utc_now
from demo.city import CityOptions, make_city
from domain.model.departments import Department
from domain.model.tracing import Spans
from tests.support.databases import DatabaseMaker, Kind

PERSONS = 600
UNITS = 40
Json = dict[str, Any]  # a JSON object of whatever was asked


class Silent:
    """Progress nobody watches."""

    def advance(self, label: str, done: int, total: int) -> None: ...

    def report(self, step: Step) -> None: ...


@dataclass(frozen=True, slots=True)
class TestCity:
    """A made and linked city; `truth` is its truth.json."""

    __test__ = False

    kind: Kind
    folder: Path
    truth: Json

    @property
    def config(self) -> Path:
        return self.folder / "city.toml"

    def persons_in_all(self) -> list[Json]:
        """Persons whom all four departments surely hold and nothing was planted on."""
        return [
            person
            for person in self.truth["persons"]
            if len(person["keys"]) == 4
            and not person["kinds"]
            and set(person["level"].values()) == {"CERTAIN"}
        ]


def make_test_city(
    kind: Kind, folder: Path, make_database: DatabaseMaker, platform_url: str | None = None
) -> TestCity:
    """A city in four databases of one kind, linked."""
    urls = {} if kind == "sqlite" else {d: make_database(kind) for d in Department}
    make_city(CityOptions(folder, PERSONS, UNITS, seed=7, urls=urls), Silent())
    switch_access_off(folder / "city.toml")
    remember_no_unit(folder / "city.toml")
    if platform_url is not None:
        _move_platform(folder / "city.toml", platform_url)
    asyncio.run(link(folder / "city.toml"))
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return TestCity(kind, folder, truth)


def _move_platform(config: Path, url: str) -> None:
    """Keeps the platform's own tables in another database."""
    text = config.read_text(encoding="utf-8").replace("sqlite:///platform.sqlite", url)
    config.write_text(text, encoding="utf-8")


def switch_access_off(config: Path) -> None:
    """Lets everybody on this machine ask: for tests whose subject is not access."""
    with config.open("a", encoding="utf-8") as file:
        file.write("\n[auth]\nenabled = false\n")


def remember_no_unit(config: Path) -> None:
    """Has each question cost what the first one does, whatever was asked before."""
    with config.open("a", encoding="utf-8") as file:
        file.write("\n[cache]\nunit_links_seconds = 0\n")


async def link(config: Path) -> set[str]:
    """Links everything in a city; gives the sources that could not be read."""
    async with open_city(config) as city:
        done = await link_city(city.readers, city.store, now=utc_now(), progress=Silent())
    return {str(unread.source) for unread in done.unread}


@dataclass(frozen=True, slots=True)
class Client:
    """Asks one running application."""

    http: httpx.AsyncClient

    async def ask(self, document: str, **variables: object) -> Json:
        """The whole answer of a query."""
        body = {"query": document, "variables": variables}
        answer = await self.http.post("/graphql", json=body)
        told: Json = answer.json()
        return told

    async def data(self, document: str, **variables: object) -> Json:
        """The data of a query that must not have errors."""
        answer = await self.ask(document, **variables)
        assert "errors" not in answer, answer["errors"]
        data: Json = answer["data"]
        return data

    async def statements(self, document: str, **variables: object) -> Mapping[str, int]:
        """The SQL statements of a query that must not have errors, by source."""
        answer = await self.ask(document, **variables)
        assert "errors" not in answer, answer["errors"]
        counts: Mapping[str, int] = answer["extensions"]["statements"]
        return counts


@asynccontextmanager
async def running(config: Path, spans: Spans | None = None) -> AsyncIterator[Client]:
    """A client of the application of a city file."""
    app = create_app(config, spans)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as http,
    ):
        yield Client(http)


def source_urls(config: Path) -> dict[str, str]:
    """The URLs of the sources of a city file, absolute, by source name."""
    listed = tomllib.loads(config.read_text(encoding="utf-8"))["sources"]
    return {source["name"]: _absolute(source["url"], config.parent) for source in listed}


def _absolute(text: str, folder: Path) -> str:
    url = make_url(text)
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(folder / (url.database or "")))
    return url.render_as_string(hide_password=False)


def loading_url(text: str) -> str:
    """The URL with a synchronous driver, for looking into a database past the program."""
    drivers = {
        "postgresql": "postgresql+psycopg",
        "mariadb": "mysql+pymysql",
        "mysql": "mysql+pymysql",
    }
    url = make_url(text)
    backend = url.get_backend_name()
    return url.set(drivername=drivers.get(backend, backend)).render_as_string(hide_password=False)


def stored(city: TestCity, source: str, entity: str, indicator: str) -> dict[str, str]:
    """What a department's own table holds of one indicator, by key; read past the program."""
    mapping = tomllib.loads(
        (city.folder / "mappings" / f"{source}.toml").read_text(encoding="utf-8")
    )[entity]
    column = mapping["indicators"][indicator]
    name = column if isinstance(column, str) else column["column"]
    assert "." not in name, "only columns of the entity's own table"
    engine = sa.create_engine(loading_url(source_urls(city.config)[source]), poolclass=sa.NullPool)
    with engine.connect() as connection:
        table = sa.Table(mapping["table"], sa.MetaData(), autoload_with=connection)
        rows = connection.execute(sa.select(table.c[mapping["key"]], table.c[name]))
        return {str(key).strip(): str(value) for key, value in rows if value is not None}


def change(city: TestCity, source: str, statement: str) -> None:
    """Changes a department's own database."""
    engine = sa.create_engine(loading_url(source_urls(city.config)[source]), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
