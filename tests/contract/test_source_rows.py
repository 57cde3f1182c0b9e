"""Child rows, joins, and what is kept in several rows."""

from datetime import date

import pytest

from adapters.port import ReadOrder, SearchOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from tests.contract import source_city as city

PERSON, UNIT = EntityKind.PERSON, EntityKind.UNIT

pytestmark = pytest.mark.slow


async def test_one_key_and_many_keys_get_the_same_rows(people: SqlSource) -> None:
    order = ReadOrder(PERSON, ("P1", "P2", "P4", "P7"), frozenset({h.SCHOOL}))

    together = await people.read(order, Tally())
    alone = [
        (await people.read(ReadOrder(PERSON, (key,), order.indicators), Tally()))[0]
        for key in order.keys
    ]

    assert [f and f.rows for f in together] == [f and f.rows for f in alone]


async def test_twins_do_not_double_child_rows(people: SqlSource) -> None:
    (facet,) = await people.read(ReadOrder(PERSON, ("P4",), frozenset({h.SCHOOL})), Tally())

    assert facet is not None
    assert len(facet.rows[city.EDU]) == 1


async def test_a_category_may_be_asked_for_without_an_indicator(people: SqlSource) -> None:
    order = ReadOrder(PERSON, ("P1", "P3"), frozenset(), frozenset({city.PAY}))

    facet, dead = await people.read(order, Tally())

    assert facet is not None
    assert [row.extra for row in facet.rows[city.PAY]] == ["2024-03", "2024-01"]
    assert [row.values for row in facet.rows[city.PAY]] == [{}, {}]
    assert dead is None


async def test_the_extra_key_may_be_a_date(units: SqlSource) -> None:
    order = ReadOrder(UNIT, ("7", "10"), frozenset({h.UNIT_SUCCESSION}))

    seven, ten = await units.read(order, Tally())

    assert seven is not None
    assert ten is not None
    rows = seven.rows[city.REL]
    assert [row.extra for row in rows] == [date(2001, 1, 1), date(2019, 3, 1)]
    assert [row.values[h.UNIT_SUCCESSION] for row in rows] == ["合并", "2"]
    assert [row.extra for row in ten.rows[city.REL]] == [None]


async def test_a_value_of_several_rows(units: SqlSource) -> None:
    order = ReadOrder(UNIT, ("7", "10", "900"), frozenset({h.UNIT_OTHER_NAME}))

    seven, ten, other = await units.read(order, Tally())

    assert seven is not None
    assert ten is not None
    assert other is not None
    assert seven.values == {h.UNIT_OTHER_NAME: ("教育委员会", "体育局")}
    assert ten.values == other.values == {h.UNIT_OTHER_NAME: None}
    assert seven.rows == {}


async def test_a_search_by_a_joined_column(people: SqlSource) -> None:
    order = SearchOrder(PERSON, h.INTERNAL_OFFICE, ("办公室",), frozenset({h.PERSON_NAME}))

    assert [f.key.text for f in await people.search(order, Tally())] == ["P1"]


async def test_a_search_by_an_expression(people: SqlSource) -> None:
    spelling = ("it's 100%: x",)
    order = SearchOrder(PERSON, h.WORK_UNIT_CODE, spelling, frozenset({h.PERSON_NAME}))

    assert [f.key.text for f in await people.search(order, Tally())] == ["P2"]


@pytest.mark.parametrize("spelling", ["", "\x00", "\ud800", "无此人"])
async def test_a_spelling_that_cannot_be_finds_nothing(people: SqlSource, spelling: str) -> None:
    order = SearchOrder(PERSON, h.PERSON_NAME, (spelling,), frozenset({h.PERSON_NAME}))

    assert await people.search(order, Tally()) == []


async def test_a_search_by_a_date(people: SqlSource) -> None:
    order = SearchOrder(PERSON, h.BIRTH_DATE, ("1980-01-01", "x"), frozenset({h.PERSON_NAME}))

    assert [f.key.text for f in await people.search(order, Tally())] == ["P1"]
