"""Plans mean what the stock path means: random documents over random cities full of faults."""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from resolvers.planning.planner import Question
from resolvers.planning.reasons import Reason
from tests.unit.planning.both import expect_same, make_paths
from tests.unit.planning.chance import a_city
from tests.unit.planning.documents import Asked, documents

PATHS = make_paths()
DOCUMENTS = documents(PATHS.graph.core, PATHS.graph.as_str())
SHARDS = 10
PER_SHARD = 20
NIGHTLY_SHARDS = 100
MOST_STOCK = 0.05
MOST_LEFT = 0.25
"""Of a share as small as this; errors that blank the whole answer come in clusters."""
RUNNING = {Reason.NULL_FOUND, Reason.ODD_VALUE, Reason.ERROR_IN_LIST, Reason.NULL_DATA}
"""What a plan met on its way: it was made and begun, the rest is the oracle's."""


async def both_agree(asked: Asked, seed: int, left: Counter[str]) -> None:
    city, question = a_city(seed), Question(asked.text, None, asked.variables)
    left[await expect_same(PATHS, city, question)] += 1


def all_agree(shard: int) -> None:
    """Asks a share of the documents of both paths; hardly any may leave the planned one."""
    left: Counter[str] = Counter()

    @seed(shard)  # Each share asks documents of its own, the same ones in every run.
    @settings(
        max_examples=PER_SHARD, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(DOCUMENTS, st.integers(0, 2**32))
    def run(asked: Asked, city: int) -> None:
        asyncio.run(both_agree(asked, city, left))

    run()
    met = sum(left[reason] for reason in RUNNING)
    assert met <= MOST_LEFT * left.total(), left
    assert left["planned"] + met >= (1 - MOST_STOCK) * left.total(), left


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_plans_answer_as_the_stock_path_does(shard: int) -> None:
    all_agree(shard)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.nightly
@pytest.mark.parametrize("shard", range(NIGHTLY_SHARDS))
def test_plans_answer_as_the_stock_path_does_in_two_thousand_documents(shard: int) -> None:
    all_agree(SHARDS + shard)
