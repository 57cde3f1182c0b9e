"""What these tests share: one person in one table, readers of it, and what an error may tell."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from adapters.figures import SourceState
from adapters.port import ReadOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.errors import Finding, SourceError, SourceInvalidError
from domain.model.keys import EntityKind
from domain.model.records import Facet
from domain.model.tally import Tally
from tests.contract.source_kit import LOADERS, WAYS, Way, run_sql

PERSON = EntityKind.PERSON
MAPPING = """
format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
"""
SLOW = {"postgresql": "CAST(pg_sleep(30) AS VARCHAR(9))", "mariadb": "SLEEP(30)"}
SECRETS = ("ry", "k1", "SELECT", "select", "127.0.0.1", "localhost", "sql", "Errno", "xm")
QUICK: dict[str, Any] = {
    "statement_timeout": 0.8,
    "connect_timeout": 1.0,
    "deadline": 6.0,
}  # Any: options
PATIENCE = 20.0
"""Seconds a condition may take on a busy machine; waiting ends as soon as it holds."""
NETWORK = [way for way in WAYS if way.kind != "sqlite"]


async def read_one(source: SqlSource) -> Facet | None:
    order = ReadOrder(PERSON, ("k1",), frozenset({h.PERSON_NAME}))
    return (await source.read(order, Tally()))[0]


async def until(holds: Callable[[], bool]) -> None:
    """Waits for a condition, with patience."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def is_well_again(source: SqlSource) -> bool:
    """Reads once the source's own probe has found it back; nobody restarts anything."""
    await until(lambda: source.breaker.state == "CLOSED")
    facet = await read_one(source)
    return is_like_new(facet) and source.statistics.state is SourceState.UP


async def told_findings(source: SqlSource) -> tuple[Finding, ...]:
    """What does not fit, once the source has looked; it looks no more often than it is probed."""
    deadline = time.monotonic() + PATIENCE
    while not source.findings:
        assert time.monotonic() < deadline
        assert isinstance(await failure_of(source, within=10), SourceInvalidError)
        await asyncio.sleep(0.05)
    return source.findings


async def reads_again(source: SqlSource) -> bool:
    """Asks until the source has looked again and answers as before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(SourceError):
            return is_like_new(await read_one(source))
        await asyncio.sleep(0.05)
    return False


async def failure_of(source: SqlSource, within: float) -> SourceError:
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        await read_one(source)
    assert time.monotonic() - began < within
    return caught.value


def tells_nothing(error: SourceError, logs: list[Any]) -> bool:  # Any: as in `logs`
    told = [str(error), error.reason, *(str(event) for event in logs)]
    return not [word for word in SECRETS for text in told if word in text.replace("query", "")]


def is_like_new(facet: Facet | None) -> bool:
    return facet is not None and facet.values == {h.PERSON_NAME: "张三"}


def slow_mapping(way: Way) -> str:
    return MAPPING + f'contactAddress = {{ sql = "{SLOW[way.kind]}" }}\n'


async def read_slowly(source: SqlSource) -> None:
    await source.read(ReadOrder(PERSON, ("k1",), frozenset({h.CONTACT_ADDRESS})), Tally())


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Another session holds the table."""
    named = make_url(url).set(drivername=LOADERS[make_url(url).get_backend_name()])
    lock = "LOCK TABLE ry IN ACCESS EXCLUSIVE MODE"
    if named.get_backend_name() == "mariadb":
        lock = "LOCK TABLES ry WRITE"
    engine = create_engine(named)
    with engine.connect() as connection:
        connection.exec_driver_sql(lock)
        yield
        connection.invalidate()
    engine.dispose()


def connections(url: str) -> int:
    place = make_url(url)
    if place.get_backend_name() == "postgresql":
        counting = (
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            f"AND datname = '{place.database}'"
        )
    else:
        counting = (
            "SELECT count(*) FROM information_schema.processlist "
            f"WHERE id <> connection_id() AND db = '{place.database}'"
        )
    return int(run_sql(url, counting)[0][0])


async def none_left(url: str) -> bool:
    """Whether every connection is gone in the end."""
    return await at_most(0, url)


async def at_most(count: int, url: str) -> bool:
    """A server needs a moment to see that a client has gone, a busy one more of it."""
    deadline = time.monotonic() + PATIENCE
    while await asyncio.to_thread(connections, url) > count:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
