"""Version columns of every usual type: the rows from one version on, and those without one."""

from datetime import date
from pathlib import Path

import pytest

from adapters.port import VERSION, ListOrder, StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.identity.versions import Versions, go_on_from
from domain.model.keys import EntityKind
from domain.model.records import Facet
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, Way, opened, run_sql
from tests.support.databases import DatabaseMaker

PERSON = EntityKind.PERSON
TODAY = date(2026, 11, 1)
MAPPING = """format = 1
[person]
table = "ry"
key = "k"
version = "gx"
[person.join.dw]
table = "dw"
on = { bh = "dw" }
[person.indicators]
personName = "xm"
occupiedUnitCode = "dw.bm"
"""
OLD, NEW = "2026-06-30 08:00:00", "2026-10-01 09:30:00"
TYPES = {
    "time": ("TIMESTAMP", OLD, NEW),
    "instant": ("TIMESTAMP WITH TIME ZONE", f"{OLD}+08", f"{NEW}+08"),
    "day": ("DATE", OLD[:10], NEW[:10]),
    "number": ("BIGINT", "200000001", "200000002"),
    "text": ("VARCHAR(30)", "20260630080000", "20261001093000"),
}
CASES = [
    pytest.param(
        way,
        kind,
        id=f"{way}-{kind}",
        marks=[] if way.kind == "sqlite" else [getattr(pytest.mark, way.kind)],
    )
    for way in WAYS
    for kind in TYPES
    if kind != "instant" or way.kind == "postgresql"
]

pytestmark = pytest.mark.slow


def schema(way: Way, kind: str) -> list[str]:
    column, old, new = TYPES[kind]
    if way.kind == "mariadb":
        column = column.replace("TIMESTAMP", "DATETIME")
    return [
        "CREATE TABLE dw (bh INT PRIMARY KEY, bm VARCHAR(10))",
        f"CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(20), dw INT, gx {column} NULL)",
        "INSERT INTO dw VALUES (1, 'A')",
        f"INSERT INTO ry VALUES ('a', '甲', 1, '{old}'), ('b', '乙', 1, '{new}')",
        "INSERT INTO ry VALUES ('c', '丙', 1, NULL)",
    ]


async def streamed(source: SqlSource, since: str | None) -> list[Facet]:
    order = StreamOrder(PERSON, frozenset({h.PERSON_NAME, VERSION}), since=since)
    return [facet async for part in source.stream(order, Tally()) for facet in part]


def newest(facets: list[Facet]) -> str | None:
    versions = Versions(TODAY)
    for facet in facets:
        version = facet.values[VERSION]
        versions.see(None if version is None else str(version))
    return versions.mark


@pytest.mark.parametrize(("way", "kind"), CASES)
async def test_only_what_is_new_or_has_no_version_is_streamed(
    make_database: DatabaseMaker, tmp_path: Path, way: Way, kind: str
) -> None:
    url = make_database(way.kind)
    run_sql(url, *schema(way, kind))
    async with opened(way, url, MAPPING, tmp_path) as source:
        every = await streamed(source, None)
        mark = newest(every)
        assert mark is not None
        again = await streamed(source, go_on_from(mark))
        count = await source.count(ListOrder(PERSON, (), 1, frozenset()), Tally())

    assert [facet.key.text for facet in every] == ["a", "b", "c"]
    assert [facet.key.text for facet in again] == ["b", "c"]
    assert count == {None: 3}


async def test_a_version_tells_of_its_own_table_only(tmp_path: Path) -> None:
    way = Way("sqlite")
    async with opened(way, f"sqlite:///{tmp_path / 'x'}", MAPPING, tmp_path) as source:
        told = source.description

    assert told.versioned == {PERSON: frozenset({h.PERSON_NAME})}


async def test_the_digest_changes_with_mapping_and_database_not_with_the_account(
    tmp_path: Path,
) -> None:
    async def digest(url: str, mapping: str) -> str:
        async with opened(Way("postgresql"), url, mapping, tmp_path) as source:
            return source.description.digest

    one = await digest("postgresql://a:b@localhost/x", MAPPING)

    assert await digest("postgresql://c:d@localhost/x", MAPPING) == one
    assert await digest("postgresql://a:b@localhost/y", MAPPING) != one
    assert await digest("postgresql://a:b@localhost/x", f"{MAPPING}# changed") != one
