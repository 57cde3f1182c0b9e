"""What a source must answer: the fake and every database and driver alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.port import ReadOrder, SearchOrder, SourceReader, StreamOrder
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from domain.model.records import UnknownCode
from domain.model.tally import Tally
from tests.contract import source_city as city
from tests.contract.conftest import Place
from tests.contract.source_kit import WAYS, Way, marked, opened
from tests.support.sharing import shared

PERSON = EntityKind.PERSON

pytestmark = pytest.mark.slow


@pytest.fixture(params=["fake", "shared fake", "shared", *(marked(way) for way in WAYS)])
async def reader(
    request: pytest.FixtureRequest, place: Place, tmp_path: Path
) -> AsyncIterator[SourceReader]:
    """The same persons in the fake and in every database, and behind shared reads."""
    if request.param == "fake":
        yield city.fake_source()
        return
    if request.param == "shared fake":
        yield shared(city.fake_source())
        return
    if request.param == "shared":
        async with opened(Way("sqlite"), place("sqlite"), city.PEOPLE, tmp_path) as source:
            yield shared(source)
        return
    async with opened(request.param, place(request.param.kind), city.PEOPLE, tmp_path) as source:
        yield source


def _all(*keys: str, raw: bool = False) -> ReadOrder:
    rows = frozenset({city.EDU, city.PAY})
    return ReadOrder(PERSON, keys, city.EVERYTHING, rows, raw)


async def test_every_value_is_read_in_its_type(reader: SourceReader) -> None:
    facets = await reader.read(_all("P1", "P2", "P7"), Tally())

    wanted = {row.key: row for row in city.EXPECTED if row.key != "P4"}
    for facet in facets:
        assert facet is not None
        assert facet.values == wanted[facet.key.text].values
        assert facet.rows == wanted[facet.key.text].rows


async def test_an_unknown_code_is_marked_and_kept(reader: SourceReader) -> None:
    (facet,) = await reader.read(ReadOrder(PERSON, ("P2",), frozenset({h.GENDER})), Tally())

    assert facet is not None
    assert isinstance(facet.values[h.GENDER], UnknownCode)
    assert facet.values[h.GENDER] == "怪"


async def test_answers_stand_in_the_order_of_the_keys(reader: SourceReader) -> None:
    order = ReadOrder(PERSON, ("P7", "无", "P1", "P7"), frozenset({h.PERSON_NAME}))

    facets = await reader.read(order, Tally())

    assert [f and f.key.text for f in facets] == ["P7", None, "P1", "P7"]


async def test_a_row_outside_the_live_rows_is_not_there(reader: SourceReader) -> None:
    assert await reader.read(_all("P3"), Tally()) == [None]


async def test_only_what_is_asked_for_is_answered(reader: SourceReader) -> None:
    order = ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME, h.SCHOOL}))

    (facet,) = await reader.read(order, Tally())

    assert facet is not None
    assert set(facet.values) == {h.PERSON_NAME}
    assert [set(row.values) for row in facet.rows[city.EDU]] == [{h.SCHOOL}] * 3
    assert set(facet.rows) == {city.EDU}


async def test_an_asked_category_without_rows_is_empty(reader: SourceReader) -> None:
    (facet,) = await reader.read(ReadOrder(PERSON, ("P7",), frozenset({h.SCHOOL})), Tally())

    assert facet is not None
    assert facet.values == {}
    assert facet.rows == {city.EDU: ()}


async def test_an_indicator_that_is_not_mapped_is_left_out(reader: SourceReader) -> None:
    order = ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME, h.MOBILE_PHONE}))

    (facet,) = await reader.read(order, Tally())

    assert facet is not None
    assert set(facet.values) == {h.PERSON_NAME}


async def test_of_two_rows_with_one_key_the_same_answers_always(reader: SourceReader) -> None:
    """Also when something else is asked for: else the answer would be made of two persons."""
    for wanted in (h.PERSON_NAME, h.ID_NUMBER, h.GENDER):
        (facet,) = await reader.read(ReadOrder(PERSON, ("P4",), frozenset({wanted})), Tally())

        assert facet is not None
        assert facet.values[wanted] == city.EXPECTED[2].values[wanted]
        assert [t.values[wanted] for t in facet.twins] == [city.EXPECTED[3].values[wanted]]


async def test_stored_texts_come_only_when_asked_for(reader: SourceReader) -> None:
    (without,) = await reader.read(_all("P1"), Tally())
    (with_raw,) = await reader.read(_all("P1", raw=True), Tally())

    assert without is not None
    assert with_raw is not None
    assert without.raws == {}
    assert with_raw.raws[h.GENDER] == "男"


async def test_a_search_finds_all_spellings_in_key_order(reader: SourceReader) -> None:
    order = SearchOrder(PERSON, h.PERSON_NAME, ("张三", city.LONG_TEXT), frozenset({h.SCHOOL}))

    facets = await reader.search(order, Tally())

    assert [facet.key.text for facet in facets] == ["P1", "P2", "P7"]
    assert [len(facet.rows[city.EDU]) for facet in facets] == [3, 3, 0]


async def test_a_search_by_what_is_not_mapped_finds_nothing(reader: SourceReader) -> None:
    order = SearchOrder(PERSON, h.MOBILE_PHONE, ("1",), frozenset({h.PERSON_NAME}))
    tally = Tally()

    assert await reader.search(order, tally) == []
    assert not tally.statements


@pytest.mark.parametrize("batch", [1, 2, 100])
async def test_a_stream_gives_every_key_once_and_in_order(reader: SourceReader, batch: int) -> None:
    order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), batch=batch)

    batches = [part async for part in reader.stream(order, Tally())]

    facets = [facet for part in batches for facet in part]
    assert [facet.key.text for facet in facets] == ["P1", "P2", "P4", "P7"]
    assert [len(facet.twins) for facet in facets] == [0, 0, 1, 0]
    assert all(facet.rows == {} for facet in facets)


async def test_a_stream_goes_on_behind_a_key(reader: SourceReader) -> None:
    order = StreamOrder(PERSON, frozenset({h.PERSON_NAME}), after="P2")

    keys = [f.key.text async for part in reader.stream(order, Tally()) for f in part]

    assert keys == ["P4", "P7"]


async def test_every_read_is_counted(reader: SourceReader) -> None:
    tally = Tally()

    await reader.read(ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME})), tally)

    assert tally.statements == {"city": 1}


async def test_the_description_names_what_is_mapped(reader: SourceReader) -> None:
    assert reader.description.places[PERSON].keys() >= city.EXPECTED[0].values.keys()
    assert h.MOBILE_PHONE not in reader.description.places[PERSON]
