"""Shared reads and kept rows change no answer: random documents, random cities, every fault."""

import asyncio
from dataclasses import dataclass
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from resolvers.context import RequestContext
from resolvers.planning.planner import Question
from resolvers.sharing import SharedReader
from tests.support.sharing import shared
from tests.unit.planning.both import by_plan, by_stock, make_paths
from tests.unit.planning.chance import ChanceCity, a_city
from tests.unit.planning.documents import Asked, documents
from tests.unit.resolvers.city import CitySource, a_context

PATHS = make_paths()
DOCUMENTS = documents(PATHS.graph.core, PATHS.graph.as_str())
SHARDS = 2
PER_SHARD = 20


@dataclass(frozen=True, slots=True)
class SharedCity:
    """A city whose sources all stand behind caches."""

    city: ChanceCity
    readers: list[SharedReader]

    def context(self) -> RequestContext:
        readers = cast("list[CitySource]", self.readers)
        return a_context(*readers, people=self.city.people, units=self.city.units)


async def same_answers(asked: Asked, number: int) -> None:
    city, question = a_city(number), Question(asked.text, None, asked.variables)
    behind = SharedCity(city, [shared(source) for source in city.sources])
    bare = await by_stock(PATHS, city, question)

    at_once = await asyncio.gather(*(by_plan(PATHS, behind, question) for _ in range(3)))
    later = await by_plan(PATHS, behind, question)
    stock = await by_stock(PATHS, behind, question)

    assert (stock.data, stock.told) == (bare.data, bare.told)
    for planned in (*at_once, later):
        if planned.stock is None:
            assert (planned.data, planned.told) == (bare.data, bare.told)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_caches_change_no_answer_of_either_path(shard: int) -> None:
    @seed(shard)  # Each share asks documents of its own, the same ones in every run.
    @settings(
        max_examples=PER_SHARD, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(DOCUMENTS, st.integers(0, 2**32))
    def run(asked: Asked, city: int) -> None:
        asyncio.run(same_answers(asked, city))

    run()
