"""Links are read whole where a document shows them, and the keys alone where it does not."""

import pytest

from domain.model.global_ids import PERSON, encode_id
from resolvers.planning.planner import Question
from schema.graph import make_planner
from tests.unit.planning.both import LIMITS, PLANNED, Paths, expect_same, make_paths
from tests.unit.planning.chance import a_city

PATHS = make_paths()
LINKS = "links { source level evidence confirmedBy validFrom }"
ID = encode_id(PERSON, "p1")
SHOWN = {
    "of a person": f'{{ person(id: "{ID}") {{ name {LINKS} }} }}',
    "of a unit": f"{{ persons {{ nodes {{ unit {{ {LINKS} }} }} }} }}",
    "in a fragment": f"{{ persons {{ nodes {{ ...f }} }} }} fragment f on Person {{ {LINKS} }}",
    "of any node": f'{{ node(id: "{ID}") {{ id ... on Person {{ {LINKS} }} }} }}',
    "below a pool": f"{{ ledger {{ nodes {{ unit {{ parent {{ {LINKS} }} }} }} }} }}",
    "of a child": f"{{ units {{ nodes {{ children {{ edges {{ node {{ {LINKS} }} }} }} }} }} }}",
}
HIDDEN = {
    "keys alone": "{ persons { nodes { id identity name unit { name } } } }",
    "records": f'{{ person(id: "{ID}") {{ records {{ source }} }} }}',
    "left out": "{ persons { nodes { name links @skip(if: true) { source } } } }",
}
MIXED = "query($all: Boolean!) { persons { nodes { name links @include(if: $all) { level } } } }"


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
def test_a_document_that_shows_links_says_so(text: str) -> None:
    assert PATHS.planner.plan(Question(text, None, None)).plan.columns.links


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_a_document_that_shows_none_reads_none(text: str) -> None:
    assert not PATHS.planner.plan(Question(text, None, None)).plan.columns.links


def test_a_switch_decides_request_by_request() -> None:
    shown = [
        PATHS.planner.plan(Question(MIXED, None, {"all": each})).plan for each in (True, False)
    ]

    assert [plan.columns.links for plan in shown] == [True, False]


@pytest.mark.parametrize("text", [*SHOWN.values(), *HIDDEN.values()], ids=[*SHOWN, *HIDDEN])
async def test_both_ways_answer_as_the_stock_path_does(text: str) -> None:
    question = Question(text, None, None)

    met = [await expect_same(_unused(), a_city(seed), question) for seed in range(20)]

    assert met.count(PLANNED) >= 10


def _unused() -> Paths:
    """Paths without plans: those of a plan's routes are of one city."""
    return Paths(PATHS.graph, make_planner(PATHS.graph, LIMITS))
