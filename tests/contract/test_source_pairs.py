"""The row of a person with that of the unit it names, by one statement where a source can."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from adapters.lanes.port import Failure, LaneError, Parameters, Row
from adapters.port import PairReader
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from tests.contract.source_kit import (
    WAYS,
    RecordingLane,
    Way,
    marked,
    opened,
    recorded,
    run_beside,
    run_sql,
)
from tests.support.databases import DatabaseMaker

PERSON, UNIT = EntityKind.PERSON, EntityKind.UNIT
MAPPING: Final = """
format = 1
[person]
table = "ry"
key = "k"
where = "yx = 1"
[person.indicators]
personName = "xm"
occupiedUnitCode = "dw"
[unit]
table = "jg"
key = "dm"
where = "yx = 1"
[unit.join.qh]
table = "qh"
on = { dm = "dm" }
[unit.indicators]
unitName = "mc"
unitDivision = "qh.qhdm"
"""
NUMBER, TEXT = "INTEGER", "VARCHAR(10)"
OF_PERSON = frozenset({h.PERSON_NAME, h.OCCUPIED_UNIT_CODE})
OF_UNIT = frozenset({h.UNIT_NAME, h.UNIT_DIVISION})
every_way = pytest.mark.parametrize("way", [marked(way) for way in WAYS])
postgresql = pytest.mark.parametrize("way", [marked(w) for w in WAYS if w.kind == "postgresql"])


def tables(code: str, key: str) -> list[str]:
    return [
        f"CREATE TABLE ry (k VARCHAR(10), xm VARCHAR(50), dw {code}, yx INTEGER)",
        f"CREATE TABLE jg (dm {key}, mc VARCHAR(50), yx INTEGER)",
        f"CREATE TABLE qh (dm {key}, qhdm VARCHAR(10))",
        "INSERT INTO jg VALUES ('1', 'one', 1)",
        "INSERT INTO jg VALUES ('2', 'closed', 0)",
        "INSERT INTO jg VALUES ('3', 'three', 1)",
        "INSERT INTO jg VALUES ('3', 'again', 1)",
        "INSERT INTO qh VALUES ('1', '370700')",
        "INSERT INTO ry VALUES ('a', 'Wang', '1', 1)",
        "INSERT INTO ry VALUES ('b', 'Li', '2', 1)",
        "INSERT INTO ry VALUES ('c', 'Zhao', NULL, 1)",
        "INSERT INTO ry VALUES ('d', 'Qian', '3', 1)",
        "INSERT INTO ry VALUES ('e', 'Sun', '9', 1)",
        "INSERT INTO ry VALUES ('left', 'Zhou', '1', 0)",
        "INSERT INTO ry VALUES ('twice', 'first', '1', 1)",
        "INSERT INTO ry VALUES ('twice', 'second', '1', 1)",
    ]


@asynccontextmanager
async def paired(
    way: Way, url: str, folder: Path, types: tuple[str, str]
) -> AsyncIterator[tuple[SqlSource, PairReader | None]]:
    run_sql(url, *tables(*types))
    async with opened(way, url, MAPPING, folder) as source:
        await source.open()
        rows = source.row_reader(PERSON, OF_PERSON)
        assert rows is not None
        yield source, rows.pair(h.OCCUPIED_UNIT_CODE, OF_UNIT)


def names(reader: PairReader, row: Row | None) -> tuple[object, tuple[str, object, object] | None]:
    """Whose row it is, and the key, name and division of the unit beside it."""
    assert row is not None
    person = reader.cells[h.PERSON_NAME].of(row)
    found = reader.unit_in(row)
    return person, None if found is None else (found[0], found[1][1], found[1][2])


@pytest.mark.slow
@every_way
async def test_the_unit_comes_with_the_person_by_one_statement(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with paired(way, make_database(way.kind), tmp_path, (NUMBER, NUMBER)) as (_, reader):
        assert reader is not None
        tally = Tally()

        assert names(reader, await reader.fetch_one("a", tally)) == ("Wang", ("1", "one", "370700"))
        assert tally.statements == {"city": 1}


@pytest.mark.slow
@every_way
async def test_a_unit_that_is_closed_unknown_or_not_named_does_not_come(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with paired(way, make_database(way.kind), tmp_path, (NUMBER, NUMBER)) as (_, reader):
        assert reader is not None
        for key, name in (("b", "Li"), ("c", "Zhao"), ("e", "Sun")):
            assert names(reader, await reader.fetch_one(key, Tally())) == (name, None)
        for gone in ("left", "nobody", "", "x\x00"):
            tally = Tally()
            assert await reader.fetch_one(gone, tally) is None
            assert tally.statements.get("city", 0) <= 1


@pytest.mark.slow
@every_way
async def test_rows_that_are_there_twice_are_read_as_without_a_unit(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with paired(way, make_database(way.kind), tmp_path, (NUMBER, NUMBER)) as (source, reader):
        alone = source.row_reader(PERSON, OF_PERSON)
        assert reader is not None
        assert alone is not None
        for key in ("twice", "d"):
            found = names(reader, await reader.fetch_one(key, Tally()))
            row = await alone.fetch_one(key, Tally())
            assert row is not None
            assert found == (alone.cells[h.PERSON_NAME].of(row), None)


@pytest.mark.slow
@every_way
async def test_columns_that_do_not_compare_are_not_joined(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with paired(way, make_database(way.kind), tmp_path, (NUMBER, TEXT)) as (_, reader):
        assert reader is None


@pytest.mark.slow
@every_way
async def test_texts_are_joined_where_the_database_tells_their_collation(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    async with paired(way, make_database(way.kind), tmp_path, (TEXT, TEXT)) as (_, reader):
        assert (reader is not None) is (way.kind == "postgresql")
        if reader is not None:
            found = names(reader, await reader.fetch_one("a", Tally()))
            assert found == ("Wang", ("1", "one", "370700"))


@pytest.mark.slow
@postgresql
async def test_texts_of_two_collations_are_not_joined(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    types = (f'{TEXT} COLLATE "C"', TEXT)
    async with paired(way, make_database(way.kind), tmp_path, types) as (_, reader):
        assert reader is None


@pytest.mark.slow
@postgresql
async def test_what_the_server_refuses_is_sent_once_and_the_person_is_read_alone(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    async with paired(way, url, tmp_path, (TEXT, TEXT)) as (source, reader):
        assert reader is not None
        await run_beside(url, "ALTER TABLE qh DROP COLUMN qhdm")
        with recorded(source) as sent:
            found = [await reader.fetch_one("a", Tally()) for _ in range(3)]

        assert [names(reader, row) for row in found] == [("Wang", None)] * 3
        assert sum("qhdm" in sql for sql, _ in sent) == 1


@pytest.mark.slow
@postgresql
async def test_what_was_refused_is_sent_again_when_the_schema_is_looked_at_anew(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    async with paired(way, url, tmp_path, (TEXT, TEXT)) as (source, reader):
        assert reader is not None
        await run_beside(url, "ALTER TABLE qh RENAME COLUMN qhdm TO other")
        alone = names(reader, await reader.fetch_one("a", Tally()))
        await run_beside(url, "ALTER TABLE qh RENAME COLUMN other TO qhdm")

        again = await looked_at_anew(source)
        assert alone == ("Wang", None)
        assert again is not None
        assert names(again, await again.fetch_one("a", Tally()))[1] == ("1", "one", "370700")
        assert not source.session.refusals


@pytest.mark.slow
@postgresql
async def test_what_is_refused_after_every_look_is_sent_no_more(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    async with paired(way, url, tmp_path, (TEXT, TEXT)) as (source, first):
        reader, real = first, source.session.lane
        refusing = source.session.lane = Refusing(real)
        try:
            for _ in range(5):
                assert reader is not None
                assert names(reader, await reader.fetch_one("a", Tally())) == ("Wang", None)
                reader = await looked_at_anew(source)
        finally:
            source.session.lane = real

        assert sum("JOIN" in sql for sql, _ in refusing.statements) == 3
        assert source.session.statistics.faults["unit_not_joined"] == 3


class Refusing(RecordingLane):
    """A server that takes no statement with a join."""

    async def fetch(
        self, sql: str, parameters: Parameters, until: float | None = None
    ) -> Sequence[Row]:
        rows = await super().fetch(sql, parameters, until)
        if "JOIN" in sql:
            raise LaneError(Failure.INVALID, "columns that do not compare")
        return rows


async def looked_at_anew(source: SqlSource) -> PairReader | None:
    source.session.forget_look()
    await source.open()
    rows = source.row_reader(PERSON, OF_PERSON)
    assert rows is not None
    return rows.pair(h.OCCUPIED_UNIT_CODE, OF_UNIT)
