"""Many text keys go to PostgreSQL as one text: the same rows, by the same index."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from adapters.lanes.port import Parameters
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, Way, marked, opened, recorded, run_sql
from tests.support.databases import DatabaseMaker

NAMES: Final = frozenset({h.PERSON_NAME})
MAPPING: Final = """
format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
"""
TEXTS: Final = ("CHAR(8)", "VARCHAR(8)", "TEXT")
BY_ASYNCPG: Final = [marked(way) for way in WAYS if str(way) == "postgresql"]


def rows_of(kind: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE ry (k {kind} PRIMARY KEY, xm VARCHAR(50))",
        "INSERT INTO ry SELECT 'k' || n, 'name ' || n FROM generate_series(1, 5000) n",
        "INSERT INTO ry VALUES ('a,b', 'comma'), ('null', 'word'), ('{a}', 'brace'), ('K1', 'K')",
        "ANALYZE ry",
    )


async def asked(
    way: Way, url: str, kind: str, keys: Sequence[str], folder: Path
) -> tuple[Mapping[str, Sequence[object]], list[tuple[str, Parameters]]]:
    """The rows of keys in a column of that kind, and what was sent for them."""
    run_sql(url, *rows_of(kind))
    async with opened(way, url, MAPPING, folder) as source:
        await source.open()
        rows = source.row_reader(EntityKind.PERSON, NAMES)
        assert rows is not None
        with recorded(source) as sent:
            return await rows.fetch(keys, Tally()), sent


@pytest.mark.parametrize("way", BY_ASYNCPG)
@pytest.mark.parametrize("kind", TEXTS)
async def test_keys_in_one_text_find_their_rows_by_the_index(
    way: Way, kind: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    keys = ("k7", "null", "{a}", "gone", "K1")
    found, sent = await asked(way, url, kind, keys, tmp_path)

    ((sql, parameters),) = sent
    assert {key: row[1] for key, row in found.items()} == {
        "k7": "name 7",
        "null": "word",
        "{a}": "brace",
        "K1": "K",
    }
    joined = "k7,null,{a},gone,K1"
    assert list(parameters) == [joined]
    plan = run_sql(url, f"EXPLAIN {sql.replace('$1', repr(joined))}")
    assert any("Index Cond" in line for (line,) in plan), plan


@pytest.mark.parametrize("way", BY_ASYNCPG)
@pytest.mark.parametrize("kind", TEXTS)
async def test_a_key_that_holds_the_mark_between_keys_goes_in_a_list(
    way: Way, kind: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    keys = ("a,b", "k7", "a", "b")
    found, sent = await asked(way, make_database(way.kind), kind, keys, tmp_path)

    assert {key: row[1] for key, row in found.items()} == {"a,b": "comma", "k7": "name 7"}
    assert [list(parameters) for _, parameters in sent] == [[["a,b", "k7", "a", "b"]]]


@pytest.mark.parametrize("way", BY_ASYNCPG)
async def test_keys_that_are_numbers_go_in_a_list(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(
        url,
        "CREATE TABLE ry (k BIGINT PRIMARY KEY, xm VARCHAR(50))",
        "INSERT INTO ry VALUES (1, 'one'), (22, 'more')",
    )
    async with opened(way, url, MAPPING, tmp_path) as source:
        await source.open()
        rows = source.row_reader(EntityKind.PERSON, NAMES)
        assert rows is not None
        with recorded(source) as sent:
            found = await rows.fetch(("1", "22", "x"), Tally())

    assert {key: row[1] for key, row in found.items()} == {"1": "one", "22": "more"}
    assert [list(parameters) for _, parameters in sent] == [[[1, 22]]]
