"""Every document we publish is planned, whatever is down."""

import pytest
from graphql import NonNullTypeNode, OperationDefinitionNode, parse, print_ast

from benchmarks.planning import published
from resolvers.planning.planner import Question
from tests.unit.planning.both import by_plan, make_paths
from tests.unit.planning.broad import broad_questions
from tests.unit.planning.chance import a_city

PATHS = make_paths()
_GIVEN: dict[str, object] = {
    "ID!": "x",
    "String!": "370702196803121239",
    "Int!": 1,
    "Boolean!": True,
    "[ID!]!": [],
    "[_Any!]!": [],
    "PersonFilter!": {},
}


def questions() -> list[tuple[str, Question]]:
    """Each operation of each document, with variables that fit."""
    found = []
    for place, text in published():
        for node in parse(text).definitions:
            if not isinstance(node, OperationDefinitionNode):
                continue
            variables = {
                each.variable.name.value: _GIVEN[print_ast(each.type)]
                for each in node.variable_definitions or ()
                if isinstance(each.type, NonNullTypeNode) and each.default_value is None
            }
            name = node.name.value if node.name else None
            found.append((place, Question(text, name, variables)))
    return found


def test_there_are_published_documents() -> None:
    assert len(questions()) >= 3


@pytest.mark.parametrize(("place", "question"), questions())
def test_every_published_document_is_planned(place: str, question: Question) -> None:
    assert PATHS.planner.plan(question).plan.roots, place


@pytest.mark.slow
async def test_a_dead_source_is_handled_inside_the_plan() -> None:
    """No storm of fallbacks: with each source dead in turn every answer still comes of a plan."""
    for question in broad_questions(PATHS.graph.core):
        city = a_city(5, faults=False)
        for source in city.sources:
            source.fault = 0
            planned = await by_plan(PATHS, city, question)
            source.fault = None

            assert planned.stock is None
            assert len(planned.errors) <= 1
