"""What the tests of sources share: databases, drivers, open sources, recorded statements."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Dialect, make_url

from adapters.breaker import BreakerOptions
from adapters.lanes.port import Lane, LaneError, Parameters, Row, T
from adapters.opening import open_source
from adapters.options import SourceOptions
from adapters.source import SqlSource
from domain.model.departments import Department
from domain.model.keys import SourceName
from tests.support.databases import Kind

EAGER = BreakerOptions(retry_after=0.05, retry_at_most=0.2)
NOW = datetime(2024, 5, 15, 8, 0, tzinfo=UTC)
LOADERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mariadb": "mariadb+pymysql",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A database and the driver it is read by; `driver` empty: the house's own choice."""

    kind: Kind
    driver: str = ""

    def __str__(self) -> str:
        return self.driver or self.kind

    def url(self, url: str) -> URL:
        """The URL as a city file would name it."""
        return make_url(url).set(drivername=self.driver or make_url(url).drivername)


WAYS = (
    Way("sqlite"),
    Way("postgresql"),
    Way("postgresql", "postgresql+psycopg"),
    Way("mariadb"),
    Way("mariadb", "mariadb+pymysql"),
)


def marked(way: Way) -> object:
    """A parameter of a test, with the mark of the server it needs."""
    marks = [] if way.kind == "sqlite" else [getattr(pytest.mark, way.kind)]
    return pytest.param(way, marks=marks, id=str(way))


def run_sql(url: str, *statements: str) -> list[Sequence[Any]]:  # Any: a row of whatever was asked
    """Runs statements outside of the house; the rows of the last one."""
    named = make_url(url).set(drivername=LOADERS[make_url(url).get_backend_name()])
    if named.get_backend_name() == "postgresql":
        named = named.update_query_dict({"client_encoding": "utf8"})
    engine = create_engine(named, isolation_level="AUTOCOMMIT")
    rows: list[Sequence[Any]] = []  # Any: as above
    try:
        with engine.connect() as connection:
            for statement in statements:
                result = connection.exec_driver_sql(statement)
                rows = list(result.fetchall()) if result.returns_rows else []
    finally:
        engine.dispose()
    return rows


async def run_beside(url: str, *statements: str) -> None:
    """As `run_sql`, beside an open source: what it may wait for, only the loop can end."""
    await asyncio.to_thread(run_sql, url, *statements)


@contextlib.asynccontextmanager
async def opened(
    way: Way,
    url: str,
    mapping: str,
    folder: Path,
    **options: Any,  # noqa: ANN401 - fields of SourceOptions
) -> AsyncIterator[SqlSource]:
    """A source over a database, closed at the end."""
    file = folder / "mapping.toml"
    file.write_text(mapping, encoding="utf-8")
    source = open_source(
        SourceOptions(
            name=SourceName("city"),
            department=Department.HR,
            url=way.url(url),
            mapping=file,
            **{"breaker": EAGER, **options},
        ),
        lambda: NOW,
    )
    assert isinstance(source, SqlSource), source.findings
    try:
        yield source
    finally:
        await source.close()


@dataclass(slots=True)
class RecordingLane:
    """Notes every statement on its way to the real lane."""

    lane: Lane
    statements: list[tuple[str, Parameters]] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        return self.lane.dialect

    @property
    def has_array_binds(self) -> bool:
        return self.lane.has_array_binds

    @property
    def waiting(self) -> int:
        return self.lane.waiting

    async def fetch(
        self, sql: str, parameters: Parameters, until: float | None = None
    ) -> Sequence[Row]:
        self.statements.append((sql, parameters))
        return await self.lane.fetch(sql, parameters, until)

    def stream(self, sql: str, parameters: Parameters, batch: int) -> AsyncIterator[Sequence[Row]]:
        self.statements.append((sql, parameters))
        return self.lane.stream(sql, parameters, batch)

    async def inspect(self, look: Callable[[Connection], T]) -> T:
        return await self.lane.inspect(look)

    def turn_away(self, error: LaneError) -> None:
        self.lane.turn_away(error)

    async def close(self) -> None:
        await self.lane.close()


@contextlib.contextmanager
def recorded(source: SqlSource) -> Iterator[list[tuple[str, Parameters]]]:
    """The statements a source sends while the block lasts."""
    real = source.session.lane
    recording = RecordingLane(real)
    source.session.lane = recording
    try:
        yield recording.statements
    finally:
        source.session.lane = real


def values_by_key(facets: Sequence[Any]) -> Mapping[str, Any]:  # Any: facets or None
    """The facets found, by key."""
    return {facet.key.text: facet for facet in facets if facet is not None}
