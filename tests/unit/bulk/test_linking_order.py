"""Linking does not depend on the order of sources and rows."""

import asyncio
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk.linking import CityLinks
from domain.identity.id_numbers import check_character
from domain.model.departments import Department
from store.database import open_store
from store.recording import Recorded
from tests.support.fakes import FakeSource
from tests.support.linking import (
    LATER,
    Groups,
    a_person,
    a_unit,
    levels,
    link,
    options,
    persons,
)

pytestmark = pytest.mark.timeout(60)


NUMBERS = [f"3707021985031510{n}" for n in range(6)]


@st.composite
def cities(draw: st.DrawFn) -> list[FakeSource]:
    """A few persons with few numbers and names, spread over the four departments."""
    valid = [seventeen + check_character(seventeen) for seventeen in (n[:17] for n in NUMBERS)]
    numbers = st.sampled_from([*valid, valid[0][:6] + valid[0][8:17], "bad", ""])
    names = st.sampled_from(["张三", "张 三", "李四", "李峰", "李峯", "王?"])
    people = draw(
        st.lists(
            st.tuples(
                st.sampled_from(list(Department)), numbers, names, st.sampled_from(["", "A"])
            ),
            max_size=14,
        )
    )
    return [
        FakeSource(
            each,
            [a_person(str(i), *told) for i, (d, *told) in enumerate(people) if d is each],
            [a_unit("A")] if each is Department.ESTABLISHMENT else [],
        )
        for each in Department
    ]


def shuffled(sources: Sequence[FakeSource], seed: int) -> list[FakeSource]:
    chance = random.Random(seed)
    mixed = [
        FakeSource(s.department, chance.sample(s.people, len(s.people)), list(s.units))
        for s in sources
    ]
    return chance.sample(mixed, len(mixed))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(cities(), st.integers(0, 99))
def test_the_order_of_sources_and_rows_does_not_change_who_is_linked(
    tmp_path_factory: pytest.TempPathFactory, sources: list[FakeSource], seed: int
) -> None:
    async def linked(order: Sequence[FakeSource]) -> tuple[Groups, dict[str, str], CityLinks]:
        async with open_store(options(tmp_path_factory.mktemp("city"))) as store:
            await link(store, *order)
            again = await link(store, *shuffled(order, seed + 1), now=LATER)
            return await persons(store, *order), await levels(store, *order), again

    one, judged, again = asyncio.run(linked(sources))
    other, judged_too, _ = asyncio.run(linked(shuffled(sources, seed)))

    assert (one, judged) == (other, judged_too)
    assert again.people.changes == Recorded()
