"""Which of several rows is in force today: on each database, whatever holds the days."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.port import ReadOrder, StreamOrder
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from domain.model.records import Value
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, Way, marked, opened, recorded, run_sql
from tests.support.databases import DatabaseMaker

MAPPING = """format = 1
[person]
table = "p"
key = "k"
[person.join.now]
table = "h"
on = {{ k = "k" }}
current = {current}
[person.indicators]
personName = "n"
internalOffice = "now.w"
"""
KEYED = "CREATE TABLE h (i INTEGER PRIMARY KEY, k VARCHAR(9), f {day}, t {day}, w VARCHAR(9))"
# What the rows of each person say; `now` is in force on 2024-05-15, the day of the tests' clock.
ROWS: dict[str, list[tuple[str | None, str | None, str]]] = {
    "open": [("2020-01-01", "2021-01-01", "old"), ("2021-01-01", None, "now")],
    "far": [("2020-01-01", "2021-01-01", "old"), ("2021-01-01", "9999-01-01", "now")],
    "ended": [("2020-01-01", "2021-01-01", "old")],
    "coming": [("2020-01-01", "2030-01-01", "now"), ("2024-05-16", None, "later")],
    "begun": [("2020-01-01", "2030-01-01", "old"), ("2024-05-15", None, "now")],
    "always": [(None, None, "now")],
    "undated": [(None, None, "old"), ("1999-01-01", None, "now")],
    "twice": [("2020-01-01", None, "first"), ("2020-01-01", None, "now")],
    "none": [],
}
EXPECTED = {
    key: "now" if any(word == "now" for _, _, word in rows) else None for key, rows in ROWS.items()
}
DATES = ("DATE", '{ from = "f", to = "t" }', "%Y-%m-%d")
FORMS = {
    "dates": DATES,
    "instants": ("{instant}", '{ from = "f", to = "t" }', "%Y-%m-%d 00:00:00"),
    "texts": (
        "VARCHAR(20)",
        '{ from = { column = "f", date = "%Y%m%d" }, to = { column = "t", date = "%Y%m%d" } }',
        "%Y%m%d",
    ),
    "numbers": (
        "INTEGER",
        '{ from = { column = "f", date = "%Y%m%d" }, to = { column = "t", date = "%Y%m%d" } }',
        "%Y%m%d",
    ),
}
INSTANTS = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP", "mariadb": "DATETIME"}

pytestmark = pytest.mark.slow
every_way = pytest.mark.parametrize("way", [marked(way) for way in WAYS])


def _tables(way: Way, day: str, pattern: str, table: str = KEYED) -> list[str]:
    day = day.replace("{instant}", INSTANTS[way.kind])
    statements = ["CREATE TABLE p (k VARCHAR(9) PRIMARY KEY, n VARCHAR(9))", table.format(day=day)]
    number = 0
    for key, rows in ROWS.items():
        statements.append(f"INSERT INTO p VALUES ('{key}', 'x')")
        for begin, end, word in rows:
            number += 1
            days = (_literal(text, pattern, day) for text in (begin, end))
            values = f"{number}, '{key}', {', '.join(days)}, '{word}'"
            statements.append(f"INSERT INTO h VALUES ({values})")
    return statements


def _literal(text: str | None, pattern: str, day: str) -> str:
    if text is None:
        return "NULL"
    written = date.fromisoformat(text).strftime(pattern)
    return written if day == "INTEGER" else f"'{written}'"


async def _read(
    way: Way, url: str, mapping: str, folder: Path, keys: tuple[str, ...] = tuple(ROWS)
) -> dict[str, Value]:
    order = ReadOrder(EntityKind.PERSON, keys, frozenset({h.PERSON_NAME, h.INTERNAL_OFFICE}))
    async with opened(way, url, mapping, folder) as source:
        await source.open()
        with recorded(source) as statements:
            facets = await source.read(order, Tally())
        assert len(statements) == 1
        stream = StreamOrder(EntityKind.PERSON, order.indicators)
        streamed = [f async for batch in source.stream(stream, Tally()) for f in batch]
    found = {f.key.text: f.values[h.INTERNAL_OFFICE] for f in facets if f is not None}
    everybody = {f.key.text: f.values[h.INTERNAL_OFFICE] for f in streamed}
    assert {key: everybody[key] for key in found} == found
    assert not any(f.twins for f in facets if f is not None)
    return found


@every_way
@pytest.mark.parametrize("form", FORMS)
async def test_the_row_in_force_today_answers(
    way: Way, form: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    day, current, pattern = FORMS[form]
    url = make_database(way.kind)
    run_sql(url, *_tables(way, day, pattern))

    found = await _read(way, url, MAPPING.format(current=current), tmp_path)

    assert found == EXPECTED


@every_way
async def test_an_end_is_the_day_after_or_the_last_day(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(
        url,
        *_tables(way, "DATE", "%Y-%m-%d"),
        "DELETE FROM h",
        "INSERT INTO h VALUES (1, 'ended', '2020-01-01', '2024-05-15', 'today')",
        "INSERT INTO h VALUES (2, 'open', '2020-01-01', '2024-05-14', 'before')",
    )

    after = MAPPING.format(current='{ from = "f", to = "t" }')
    last = MAPPING.format(current='{ from = "f", until = "t" }')

    keys = ("ended", "open")
    assert await _read(way, url, after, tmp_path, keys) == {"ended": None, "open": None}
    assert await _read(way, url, last, tmp_path, keys) == {"ended": "today", "open": None}


@every_way
async def test_a_day_of_the_department_s_own_may_mean_no_end(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(
        url,
        *_tables(way, "DATE", "%Y-%m-%d"),
        "DELETE FROM h",
        "INSERT INTO h VALUES (1, 'open', '2020-01-01', '1900-01-01', 'now')",
    )
    current = '{ from = "f", to = "t", open = ["1900-01-01"] }'

    with_word = await _read(way, url, MAPPING.format(current=current), tmp_path, ("open",))
    plain = MAPPING.format(current='{ from = "f", to = "t" }')

    assert with_word == {"open": "now"}
    assert await _read(way, url, plain, tmp_path, ("open",)) == {"open": None}


@every_way
async def test_a_view_of_periods_without_a_key_gives_one_row_all_the_same(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *_tables(way, "DATE", "%Y-%m-%d"), "ALTER TABLE h RENAME TO h0")
    run_sql(url, "CREATE VIEW h AS SELECT k, f, t, w FROM h0")

    found = await _read(way, url, MAPPING.format(current='{ from = "f", to = "t" }'), tmp_path)

    assert found == EXPECTED


async def test_the_day_is_that_of_china(make_database: DatabaseMaker, tmp_path: Path) -> None:
    way = WAYS[0]
    url = make_database(way.kind)
    run_sql(url, *_tables(way, "DATE", "%Y-%m-%d"))
    order = ReadOrder(EntityKind.PERSON, ("coming",), frozenset({h.INTERNAL_OFFICE}))

    async with opened(way, url, MAPPING.format(current=FORMS["dates"][1]), tmp_path) as source:
        source.session.now = lambda: datetime(2024, 5, 15, 17, 0, tzinfo=UTC)
        (facet,) = await source.read(order, Tally())

    assert facet is not None
    assert facet.values[h.INTERNAL_OFFICE] == "later"
