"""Traps of key columns: types, padding, case, several columns, impossible texts."""

import pytest

from adapters.port import ReadOrder, SearchOrder, StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import KEY_SEPARATOR, EntityKind
from domain.model.tally import Tally
from tests.contract import source_city as city
from tests.contract.source_kit import values_by_key

PERSON, UNIT = EntityKind.PERSON, EntityKind.UNIT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("key", ["abc", "", "\x00", "1" * 30, "-", "7.0", " 7", "\ud800", "٧"])
async def test_a_text_that_cannot_be_the_key_finds_nothing(units: SqlSource, key: str) -> None:
    facets = await units.read(ReadOrder(UNIT, (key, "7"), frozenset({h.UNIT_NAME})), Tally())

    assert facets[0] is None
    assert facets[1] is not None


@pytest.mark.parametrize("key", ["", "\x00", "x" * 5000, "\ud800", "P1" + KEY_SEPARATOR])
async def test_neither_does_one_for_a_text_key(people: SqlSource, key: str) -> None:
    facets = await people.read(ReadOrder(PERSON, (key, "P1"), frozenset({h.PERSON_NAME})), Tally())

    assert [f is None for f in facets] == [True, False]


async def test_no_key_asks_nothing(people: SqlSource) -> None:
    tally = Tally()

    assert await people.read(ReadOrder(PERSON, (), frozenset({h.PERSON_NAME})), tally) == []
    assert not tally.statements


async def test_keys_that_differ_in_case_are_two_persons(cased: SqlSource) -> None:
    order = ReadOrder(PERSON, ("a1",), frozenset({h.PERSON_NAME, h.EDUCATION}))

    (facet,) = await cased.read(order, Tally())

    assert facet is not None
    assert facet.values[h.PERSON_NAME] == "小写"
    assert facet.twins == ()
    assert [row.values for row in facet.rows[city.EDU]] == [{h.EDUCATION: "21"}]


async def test_both_get_their_own_rows(cased: SqlSource) -> None:
    for wanted in ({h.PERSON_NAME, h.EDUCATION}, {h.EDUCATION}):
        order = ReadOrder(PERSON, ("A1", "a1"), frozenset(wanted))

        found = values_by_key(await cased.read(order, Tally()))

        levels = {k: [r.values[h.EDUCATION] for r in f.rows[city.EDU]] for k, f in found.items()}
        assert levels == {"A1": ["14"], "a1": ["21"]}


async def test_a_search_tells_upper_from_lower_case(cased: SqlSource) -> None:
    order = SearchOrder(PERSON, h.EMAIL, ("x",), frozenset({h.PERSON_NAME}))

    assert [facet.key.text for facet in await cased.search(order, Tally())] == ["a1"]


@pytest.mark.parametrize("after", ["A1", "a1", None])
async def test_a_stream_loses_neither(cased: SqlSource, after: str | None) -> None:
    order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), after=after, batch=1)

    keys = [f.key.text async for part in cased.stream(order, Tally()) for f in part]

    every = ["A1", "a1", "b2"]
    assert keys == every[every.index(after) + 1 if after else 0 :]


async def test_whole_numbers_stream_in_their_own_order(units: SqlSource) -> None:
    order = StreamOrder(UNIT, frozenset({h.UNIT_NAME}), batch=1)

    keys = [f.key.text async for part in units.stream(order, Tally()) for f in part]

    assert keys == ["7", "10", "900"]


async def test_a_key_of_two_columns(pairs: SqlSource) -> None:
    keys = tuple(KEY_SEPARATOR.join(parts) for parts in (("B", "1"), ("A", "1"), ("B", "2")))
    order = ReadOrder(PERSON, (*keys, "A"), frozenset({h.PERSON_NAME, h.EDUCATION}))

    first, second, *missing = await pairs.read(order, Tally())

    assert first is not None
    assert second is not None
    assert (first.values[h.PERSON_NAME], second.values[h.PERSON_NAME]) == ("乙一", "甲一")
    assert [row.values[h.EDUCATION] for row in second.rows[city.EDU]] == ["14", "21"]
    assert missing == [None, None]


async def test_a_stream_goes_on_behind_two_columns(pairs: SqlSource) -> None:
    after = KEY_SEPARATOR.join(("A", "1"))
    order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), after=after)

    names = [f.values[h.PERSON_NAME] async for part in pairs.stream(order, Tally()) for f in part]

    assert names == ["甲二", "乙一"]


async def test_rows_without_a_key_are_skipped_and_counted(people: SqlSource) -> None:
    order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}))

    async for _ in people.stream(order, Tally()):
        pass

    assert people.session.statistics.faults["null_key"] == 1
