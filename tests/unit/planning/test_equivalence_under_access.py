"""Both paths agree whoever asks: masks, blanks and what is not read are the same."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from resolvers.planning.planner import Question
from tests.unit.planning.accesses import Seeing, an_access
from tests.unit.planning.both import expect_same, make_paths
from tests.unit.planning.chance import a_city
from tests.unit.planning.documents import Asked, documents

pytestmark = pytest.mark.usefixtures("written_from")

PATHS = make_paths()
DOCUMENTS = documents(PATHS.graph.core, PATHS.graph.as_str())
SHARDS = 10
PER_SHARD = 20
NIGHTLY_SHARDS = 100
MOST_STOCK, IN_CLUSTERS = 0.08, 8
"""A refused filter blanks the answer, and the stock path tells why: of many, and more of few."""


async def both_agree(asked: Asked, chance: int, left: Counter[str]) -> None:
    city = Seeing(a_city(chance), an_access(Random(chance)))
    question = Question(asked.text, None, asked.variables)
    left[await expect_same(PATHS, city, question)] += 1


def few_left(left: Counter[str]) -> None:
    """Few documents may leave the planned path."""
    stock = left.total() - left["planned"]
    assert stock <= MOST_STOCK * left.total() + IN_CLUSTERS, left


@pytest.fixture(scope="session")
def in_all() -> Iterator[Counter[str]]:
    """What became of all documents that this process asks: judged when the last one is."""
    left: Counter[str] = Counter()
    yield left
    few_left(left)


def all_agree(shard: int, in_all: Counter[str]) -> None:
    """Asks a share of the documents of both paths as random people."""
    left: Counter[str] = Counter()

    @seed(1000 + shard)
    @settings(
        max_examples=PER_SHARD, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(DOCUMENTS, st.integers(0, 2**32))
    def run(asked: Asked, chance: int) -> None:
        asyncio.run(both_agree(asked, chance, left))

    run()
    in_all.update(left)
    few_left(left)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_plans_answer_as_the_stock_path_does_whoever_asks(shard: int, in_all: Counter[str]) -> None:
    all_agree(shard, in_all)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.nightly
@pytest.mark.parametrize("shard", range(NIGHTLY_SHARDS))
def test_plans_answer_as_the_stock_path_does_to_two_thousand_people(
    shard: int, in_all: Counter[str]
) -> None:
    all_agree(SHARDS + shard, in_all)
