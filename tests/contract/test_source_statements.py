"""How many statements are sent, and what stands in them."""

from pathlib import Path

import pytest

from adapters.port import ReadOrder, StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.keys import KEY_SEPARATOR, CategoryCode, EntityKind, IndicatorName
from domain.model.tally import Tally
from tests.contract import source_city as city
from tests.contract.conftest import Place
from tests.contract.source_kit import Way, opened, recorded

PERSON, UNIT = EntityKind.PERSON, EntityKind.UNIT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("wanted", "statements"),
    [
        ({h.PERSON_NAME}, 1),
        ({h.PERSON_NAME, h.CONTACT_ADDRESS, h.INTERNAL_OFFICE}, 1),
        ({h.PERSON_NAME, h.SCHOOL}, 2),
        ({h.SCHOOL}, 1),
        ({h.SCHOOL, h.GROSS_PAY}, 2),
        ({h.MOBILE_PHONE}, 1),
    ],
)
async def test_one_for_the_entity_and_one_for_each_category(
    people: SqlSource, wanted: set[IndicatorName], statements: int
) -> None:
    tally = Tally()

    await people.read(ReadOrder(PERSON, ("P1", "P2"), frozenset(wanted)), tally)

    assert tally.statements == {"city": statements}


async def test_an_entity_that_is_not_mapped_costs_nothing(people: SqlSource) -> None:
    tally = Tally()

    facets = await people.read(ReadOrder(UNIT, ("7",), frozenset({h.UNIT_NAME})), tally)
    found = [
        part async for part in people.stream(StreamOrder(UNIT, frozenset({h.UNIT_NAME})), tally)
    ]

    assert (facets, found) == ([None], [])
    assert not tally.statements


async def test_only_asked_columns_are_read(people: SqlSource) -> None:
    await people.open()
    with recorded(people) as statements:
        await people.read(ReadOrder(PERSON, ("P1",), frozenset({h.PERSON_NAME, h.SCHOOL})), Tally())

    main, child = (sql for sql, _ in statements)
    for column in ("sfzh", "csrq", "bzlx", "ryzw", "djb", "gwgz"):
        assert column not in main
    assert "xl" not in child.replace("ryxl", "")


async def test_sizes_of_key_lists_are_powers_of_two(pairs: SqlSource) -> None:
    names = frozenset({h.PERSON_NAME})
    await pairs.open()
    with recorded(pairs) as statements:
        for size in (3, 4, 5, 7, 8):
            keys = tuple(f"A{KEY_SEPARATOR}{number}" for number in range(size))
            await pairs.read(ReadOrder(PERSON, keys, names), Tally())

    assert len({sql for sql, _ in statements}) == 2


async def test_many_keys_go_in_several_statements(way: Way, place: Place, tmp_path: Path) -> None:
    tally = Tally()
    keys = ("P1", "P2", "x", "P4", "P7")
    async with opened(way, place(way.kind), city.PEOPLE, tmp_path, max_keys=2) as source:
        facets = await source.read(
            ReadOrder(PERSON, keys, frozenset({h.PERSON_NAME, h.SCHOOL})), tally
        )

    assert [f and f.key.text for f in facets] == ["P1", "P2", None, "P4", "P7"]
    # SQLite is asked for each CHAR key with and without its padding.
    assert tally.statements == {"city": 2 * (5 if way.kind == "sqlite" else 3)}


async def test_an_unknown_category_changes_nothing(people: SqlSource) -> None:
    order = ReadOrder(PERSON, ("P1",), frozenset(), frozenset({CategoryCode("FAM")}))

    (facet,) = await people.read(order, Tally())

    assert facet is not None
    assert (facet.values, facet.rows) == ({}, {})
