"""What a request makes goes with it: nothing waits for the collector to find circles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.model.keys import PersonId
from resolvers.context import RequestContext
from resolvers.planning.planner import Question
from tests.unit.planning.both import by_plan, make_paths
from tests.unit.resolvers.city import (
    LinkedPeople,
    LinkedUnits,
    a_context,
    a_key,
    a_linked_person,
    a_linked_unit,
)
from tests.unit.resolvers.lists import EST, HR, source

PATHS = make_paths()
NUMBER = "370702198503151232"
LOOKUP = f'{{ person(idNumber: "{NUMBER}") {{ id identity name unit {{ id name }} }} }}'
PAGE = "{ persons(first: 2) { nodes { id name unit { name } } pageInfo { endCursor } } }"
WHOLE = f'{{ person(idNumber: "{NUMBER}") {{ links {{ source }} records {{ source }} }} }}'


class LinkedCity:
    """One person of two departments; nothing holds a context but the request."""

    def __init__(self) -> None:
        self.sources = source(EST, "e1", "e2", "e3"), source(HR, "h1", "h2", "h3")

    def context(self) -> RequestContext:
        office, bureau = self.sources
        person = a_linked_person(a_key(office, "e1"), a_key(bureau, "h1"))
        people = LinkedPeople([person], {NUMBER: PersonId("p1")})
        units = LinkedUnits([a_linked_unit(a_key(office, "U1"))])
        return a_context(*self.sources, people=people, units=units)


@contextmanager
def uncollected() -> Iterator[None]:
    """What the block leaves stays until it is counted."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("text", [LOOKUP, PAGE, WHOLE], ids=["lookup", "page", "whole"])
async def test_a_planned_request_leaves_nothing_to_the_collector(text: str) -> None:
    city, question = LinkedCity(), Question(text, None, None)
    await by_plan(PATHS, city, question)

    with uncollected():
        seen = await by_plan(PATHS, city, question)
        left = gc.collect()

    assert (seen.stock, seen.errors) == (None, [])
    assert left == 0


async def test_loaders_are_made_when_they_are_asked() -> None:
    loaders = LinkedCity().context().loaders

    own = {"_reads", "_store", "_is_alone"}
    assert set(vars(loaders)) == own
    assert loaders.pages is loaders.pages
    assert set(vars(loaders)) == {*own, "pages", "unit_links"}
    assert not hasattr(loaders, "nobody")
