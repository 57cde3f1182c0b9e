"""Keys with blanks around them, and numbers at the edge: read by the text the graph shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.lanes.port import Failure, LaneError, Parameters, Row
from adapters.port import ReadOrder, StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.errors import SourceUnavailableError
from domain.model.keys import EntityKind
from domain.model.records import Facet
from domain.model.tally import Tally
from tests.contract.source_kit import WAYS, RecordingLane, Way, marked, opened, recorded, run_sql
from tests.contract.source_networks.kit import until
from tests.support.databases import DatabaseMaker

PERSON = EntityKind.PERSON
MAPPING = """format = 1
[person]
table = "ry"
key = "k"
[person.indicators]
personName = "xm"
[person.rows.EDU]
table = "xl"
on = { k = "k" }
[person.rows.EDU.indicators]
education = "cc"
"""
PADDED = (
    "CREATE TABLE ry (k VARCHAR(10) PRIMARY KEY, xm VARCHAR(20))",
    "CREATE TABLE xl (k VARCHAR(10), cc VARCHAR(5))",
    "INSERT INTO ry VALUES ('a', '甲'), ('b ', '乙'), ('cc   ', '丙')",
    "INSERT INTO xl VALUES ('a', '11'), ('b ', '14'), ('cc', '21')",
)


@dataclass(slots=True)
class BlindLane(RecordingLane):
    """Fails the looks for blanks."""

    failure: Failure = Failure.TIMEOUT

    async def fetch(
        self, sql: str, parameters: Parameters, until: float | None = None
    ) -> Sequence[Row]:
        if "trim" in sql:
            raise LaneError(self.failure, "blind")
        return await self.lane.fetch(sql, parameters, until)


pytestmark = pytest.mark.slow
every_way = pytest.mark.parametrize("way", [marked(way) for way in WAYS])


@every_way
async def test_a_padded_key_is_found_by_its_trimmed_text(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *PADDED)
    keys = ("a", "b", "cc", "c")

    async with opened(way, url, MAPPING, tmp_path) as source:
        for wanted in ({h.PERSON_NAME, h.EDUCATION}, {h.EDUCATION}):
            order = ReadOrder(PERSON, keys, frozenset(wanted))
            levels = [_levels(facet) for facet in await source.read(order, Tally())]

            assert levels == [["11"], ["14"], ["21"], None]


def _levels(facet: Facet | None) -> list[object] | None:
    if facet is None:
        return None
    return [row.values[h.EDUCATION] for row in next(iter(facet.rows.values()))]


@pytest.mark.parametrize("failure", list(Failure))
async def test_a_look_for_blanks_that_fails_costs_nothing_else(
    failure: Failure, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    """But a database that is gone is asked again at the next opening."""
    url = make_database("sqlite")
    run_sql(url, *PADDED)
    order = ReadOrder(PERSON, ("a", "b"), frozenset({h.PERSON_NAME}))

    async with opened(Way("sqlite"), url, MAPPING, tmp_path) as source:
        lane = source.session.lane
        source.session.lane = BlindLane(lane, failure=failure)
        if failure is Failure.UNAVAILABLE:
            with pytest.raises(SourceUnavailableError):
                await source.read(order, Tally())
            source.session.lane = lane
            await until(lambda: source.breaker.state == "CLOSED")
        found = [facet is not None for facet in await source.read(order, Tally())]

    assert found == [True, failure is Failure.UNAVAILABLE]


@every_way
async def test_a_stream_goes_on_behind_a_padded_key(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(url, *PADDED)

    async with opened(way, url, MAPPING, tmp_path) as source:
        order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), after="b", batch=1)

        keys = [f.key.text async for part in source.stream(order, Tally()) for f in part]

        assert keys == ["cc"]


@pytest.mark.parametrize("way", [marked(way) for way in WAYS if way.kind != "mariadb"])
async def test_padded_keys_are_told_once_and_read_by_index(
    way: Way,
    make_database: DatabaseMaker,
    tmp_path: Path,
    logs: list[Any],  # Any: events of any fields
) -> None:
    url = make_database(way.kind)
    run_sql(url, *PADDED)

    async with opened(way, url, MAPPING, tmp_path) as source:
        sql = await _key_filter(source)

    assert "trim" not in sql
    told = [(e["source"], e["table"]) for e in logs if e["event"] == "padded_keys"]
    assert told == [("city", "ry")]


async def _key_filter(source: SqlSource) -> str:
    await source.open()
    with recorded(source) as statements:
        await source.read(ReadOrder(PERSON, ("b",), frozenset({h.PERSON_NAME})), Tally())
    return statements[0][0].lower()


@pytest.mark.parametrize("way", [marked(way) for way in WAYS if way.kind == "mariadb"])
@pytest.mark.parametrize("kind", ["BIGINT", "INT"])
async def test_a_number_without_sign_is_a_key_to_its_end(
    way: Way, kind: str, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url, greatest = make_database("mariadb"), 2 ** {"BIGINT": 64, "INT": 32}[kind] - 1
    run_sql(
        url,
        f"CREATE TABLE ry (k {kind} UNSIGNED PRIMARY KEY, xm VARCHAR(20))",
        f"CREATE TABLE xl (k {kind} UNSIGNED, cc VARCHAR(5))",
        f"INSERT INTO ry VALUES ({greatest}, '甲')",
    )

    async with opened(way, url, MAPPING, tmp_path) as source:
        order = ReadOrder(PERSON, (str(greatest),), frozenset({h.PERSON_NAME}))
        (facet,) = await source.read(order, Tally())

    assert facet is not None


@pytest.mark.parametrize("way", [marked(way) for way in WAYS if way.kind == "mariadb"])
@pytest.mark.parametrize(
    "keys", [("INTEGER", "12", "0012"), ("VARCHAR(9)", "ABC", "abc")], ids=["number", "case"]
)
async def test_a_child_key_that_only_the_database_takes_for_ours_is_told(
    way: Way, keys: tuple[str, str, str], make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url, (kind, entity, child) = make_database(way.kind), keys
    run_sql(
        url,
        f"CREATE TABLE ry (k {kind}, xm VARCHAR(20))",
        "CREATE TABLE xl (k VARCHAR(10), cc VARCHAR(5))",
        f"INSERT INTO ry VALUES ('{entity}', '甲')",
        f"INSERT INTO xl VALUES ('{child}', '11'), ('{entity}', '14')",
    )

    async with opened(way, url, MAPPING, tmp_path) as source:
        order = ReadOrder(PERSON, (entity,), frozenset({h.PERSON_NAME, h.EDUCATION}))
        (facet,) = await source.read(order, Tally())

        assert _levels(facet) == ["14"]
        assert source.statistics.faults == {"child_key_unmatched": 1}


@every_way
async def test_the_rows_of_a_namesake_in_other_case_are_no_fault(
    way: Way, make_database: DatabaseMaker, tmp_path: Path
) -> None:
    url = make_database(way.kind)
    run_sql(
        url,
        "CREATE TABLE ry (k VARCHAR(10), xm VARCHAR(20))",
        "CREATE TABLE xl (k VARCHAR(10), cc VARCHAR(5))",
        "INSERT INTO ry VALUES ('a', '甲'), ('A', '乙')",
        "INSERT INTO xl VALUES ('a', '11'), ('A', '14'), ('gone', '14')",
    )

    async with opened(way, url, MAPPING, tmp_path) as source:
        order = ReadOrder(PERSON, ("a", "gone"), frozenset({h.PERSON_NAME, h.EDUCATION}))
        facets = await source.read(order, Tally())

        assert [_levels(facet) for facet in facets] == [["11"], None]
        assert not source.statistics.faults
