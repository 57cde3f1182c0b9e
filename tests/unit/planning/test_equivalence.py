"""Plans mean what the stock path means: random documents over random cities full of faults."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from resolvers.planning.planner import Question
from resolvers.planning.reasons import Reason
from tests.unit.planning.both import expect_same, make_paths
from tests.unit.planning.chance import a_city
from tests.unit.planning.documents import Asked, documents

pytestmark = pytest.mark.usefixtures("written_from")

PATHS = make_paths()
DOCUMENTS = documents(PATHS.graph.core, PATHS.graph.as_str())
SHARDS = 10
PER_SHARD = 20
NIGHTLY_SHARDS = 100
MOST_STOCK, BY_CHANCE = 0.01, 1
MOST_LEFT, IN_CLUSTERS = 0.05, 10
"""Of many documents, and more of however few: errors that blank the whole answer come together."""
RUNNING = {Reason.NULL_FOUND, Reason.ODD_VALUE, Reason.ERROR_IN_LIST, Reason.NULL_DATA}
"""What a plan met on its way: it was made and begun, the rest is the oracle's."""


async def both_agree(asked: Asked, seed: int, left: Counter[str]) -> None:
    city, question = a_city(seed), Question(asked.text, None, asked.variables)
    left[await expect_same(PATHS, city, question)] += 1


def hardly_any_left(left: Counter[str]) -> None:
    """Hardly any document may leave the planned path: a little of many, a few of few."""
    met = sum(left[reason] for reason in RUNNING)
    stock = left.total() - left["planned"] - met
    assert met <= MOST_LEFT * left.total() + IN_CLUSTERS, left
    assert stock <= MOST_STOCK * left.total() + BY_CHANCE, left


@pytest.fixture(scope="session")
def in_all() -> Iterator[Counter[str]]:
    """What became of all documents that this process asks: judged when the last one is."""
    left: Counter[str] = Counter()
    yield left
    hardly_any_left(left)


def all_agree(shard: int, in_all: Counter[str]) -> None:
    """Asks a share of the documents of both paths."""
    left: Counter[str] = Counter()

    @seed(shard)  # Each share asks documents of its own, the same ones in every run.
    @settings(
        max_examples=PER_SHARD, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(DOCUMENTS, st.integers(0, 2**32))
    def run(asked: Asked, city: int) -> None:
        asyncio.run(both_agree(asked, city, left))

    run()
    in_all.update(left)
    hardly_any_left(left)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_plans_answer_as_the_stock_path_does(shard: int, in_all: Counter[str]) -> None:
    all_agree(shard, in_all)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.nightly
@pytest.mark.parametrize("shard", range(NIGHTLY_SHARDS))
def test_plans_answer_as_the_stock_path_does_in_two_thousand_documents(
    shard: int, in_all: Counter[str]
) -> None:
    all_agree(SHARDS + shard, in_all)
