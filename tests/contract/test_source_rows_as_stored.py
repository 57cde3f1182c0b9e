"""A prepared read tells of rows what an order tells: values, gaps, faults, twins, bad keys."""

from pathlib import Path
from typing import Final

import pytest

from adapters.port import ReadOrder, RowReader
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, Way, marked, opened, recorded, run_sql
from tests.support.counting import counted_calls
from tests.support.databases import DatabaseMaker

PERSON = EntityKind.PERSON
MAPPING: Final = """
format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
birthDate = { column = "rq", date = "%Y%m%d" }
gender = { column = "xb", codes = { "m" = "1", "f" = "2" } }
nativePlace = { const = "370700" }
postWageStandard = "qian"
"""
NAMES = frozenset({h.PERSON_NAME, h.BIRTH_DATE, h.GENDER, h.NATIVE_PLACE, h.POST_WAGE_STANDARD})
ROWS = (
    "CREATE TABLE ry (k VARCHAR(10), xm VARCHAR(50), rq VARCHAR(20), xb CHAR(2), qian FLOAT)",
    "INSERT INTO ry VALUES ('a', ' Wang ', '20190208', 'm', 0.1)",
    "INSERT INTO ry VALUES ('b', NULL, '20190230', 'x', NULL)",
    "INSERT INTO ry VALUES ('c', 'one', '', 'f', 16.25)",
    "INSERT INTO ry VALUES ('c', 'two', '00000000', 'f', 16.5)",
    "INSERT INTO ry VALUES ('D', 'upper', '2019', '', 1)",
)
KEYS = ("a", "b", "c", "d", "D", "gone", "", "x\x00")


async def prepared(source: SqlSource) -> RowReader:
    await source.open()
    found = source.row_reader(PERSON, NAMES)
    assert found is not None
    return found


@pytest.mark.slow
@pytest.mark.parametrize("way", [marked(way) for way in WAYS])
async def test_a_prepared_read_tells_what_an_order_tells(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *ROWS)
    async with opened(way, url, MAPPING, tmp_path) as source:
        by_order = await source.read(ReadOrder(PERSON, KEYS, NAMES), Tally())
        faults = dict(source.session.statistics.faults)
        rows = await prepared(source)
        together = await rows.fetch(KEYS, Tally())
        one_by_one = {k: r for key in KEYS for k, r in (await rows.fetch((key,), Tally())).items()}
        alone = {k: row for k in KEYS if (row := await rows.fetch_one(k, Tally())) is not None}

        told = {f.key.text: dict(f.values) for f in by_order if f is not None}
        for found in (together, one_by_one, alone):
            seen = {k: dict(rows.facet(k, row).values) for k, row in found.items() if k in KEYS}
            assert seen == told
        assert set(told) == {"a", "b", "c", "D"}
        assert faults["bad_value"] * 4 == source.session.statistics.faults["bad_value"]
        assert faults["two_rows_for_one_key"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("way", [marked(way) for way in WAYS])
async def test_one_key_and_many_are_one_statement_each(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *ROWS)
    async with opened(way, url, MAPPING, tmp_path) as source:
        rows, tally = await prepared(source), Tally()
        with recorded(source) as sent:
            await rows.fetch(("a",), tally)
            await rows.fetch(("a", "b", "c"), tally)

    assert len(sent) == tally.statements[source.description.name] == 2


async def test_a_read_prepared_for_another_schema_is_not_current(
    make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database("sqlite")
    run_sql(url, *ROWS)
    async with opened(Way("sqlite"), url, MAPPING, tmp_path) as source:
        assert source.row_reader(PERSON, NAMES | {h.ID_NUMBER}) is None
        assert source.row_reader(PERSON, NAMES) is None  # nobody has looked yet
        rows = await prepared(source)
        is_last = [rows.look.is_last]
        source.session.forget_look()  # as after a statement that proved the schema wrong
        is_last.append(rows.look.is_last)

        assert is_last == [True, False]
        assert source.row_reader(PERSON, NAMES) is None


MOST_CALLS: Final = 40
"""Of our own functions, from the prepared read down to the driver; the cells come afterwards."""
OWN_LOOP: Final = [marked(way) for way in WAYS if not way.driver and way.kind != "sqlite"]
"""Drivers without a thread of their own."""


@pytest.mark.slow
@pytest.mark.parametrize("way", OWN_LOOP)
async def test_one_row_passes_through_few_hands(
    way: Way, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    url = make_database(way.kind)
    run_sql(url, *ROWS)
    async with opened(way, url, MAPPING, tmp_path) as source:
        rows = await prepared(source)
        await rows.fetch(["a"], Tally())
        with counted_calls() as calls:
            found = await rows.fetch(["b"], Tally())

    assert list(found) == ["b"]
    assert calls.total() <= MOST_CALLS, calls
