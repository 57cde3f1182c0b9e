"""`python -m benchmarks.planning`: what planning costs; many documents keep memory flat."""

import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from graphql import NonNullTypeNode, OperationDefinitionNode, parse, print_ast
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks.fourfold import ROOT
from resolvers.planning.planner import Planner, Question
from resolvers.planning.reasons import UnplannableError
from schema.graph import Graph, GraphLimits, make_graph, make_planner

LARGEST: Final = 10
REPEATS: Final = 5
DIFFERENT: Final = 5_000
STEPS: Final = 5
_FENCE: Final = re.compile(r"```graphql\n(.*?)```", re.DOTALL)
_GIVEN: Final[dict[str, object]] = {
    "ID!": "x",
    "String!": "x",
    "Int!": 1,
    "Boolean!": True,
    "[ID!]!": [],
    "[_Any!]!": [],
    "PersonFilter!": {},
}


class Timed(NamedTuple):
    """One document: where it stands, its size, and CPU milliseconds to check and plan it."""

    place: str
    characters: int
    milliseconds: float


def main() -> int:
    """Prints both."""
    limits = GraphLimits()
    graph = make_graph(limits)
    console = Console()
    console.print(_table(_timed(graph, limits)))
    planner = make_planner(graph, limits)
    for count, kept, resident in _memory(planner):
        console.print(f"{count:6} documents: {kept} plans kept, {resident} MB resident")
    return 0


def _timed(graph: Graph, limits: GraphLimits) -> list[Timed]:
    questions = sorted(_questions(), key=lambda each: len(each[1].text), reverse=True)
    return [
        Timed(place, len(question.text), _milliseconds(graph, limits, question))
        for place, question in questions[:LARGEST]
    ]


def _milliseconds(graph: Graph, limits: GraphLimits, question: Question) -> float:
    found = []
    for _ in range(REPEATS):
        planner, began = make_planner(graph, limits), time.process_time()
        planner.plan(question)
        found.append((time.process_time() - began) * 1000)
    return statistics.median(found)


def _memory(planner: Planner) -> Iterator[tuple[int, int, int]]:
    """Plans kept and memory, again and again, while different documents come in."""
    for number in range(1, DIFFERENT + 1):
        text = f'query A{number} {{ person(idNumber: "x") {{ a{number}: name unit {{ name }} }} }}'
        planner.plan(Question(text, None, None))
        if number % (DIFFERENT // STEPS) == 0:
            yield number, planner.kept, _resident()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 // 1_000_000


def _table(found: Sequence[Timed]) -> Table:
    table = Table(
        "document", "characters", "CPU ms", title="first time a document comes", box=SIMPLE
    )
    for place, characters, milliseconds in found:
        table.add_row(place, str(characters), f"{milliseconds:.1f}")
    return table


def _questions() -> Iterator[tuple[str, Question]]:
    """Each operation of each published document that is planned, with variables that fit."""
    limits = GraphLimits()
    planner = make_planner(make_graph(limits), limits)
    for place, text in published():
        for node in parse(text).definitions:
            if isinstance(node, OperationDefinitionNode):
                question = Question(text, node.name.value if node.name else None, _values(node))
                if _is_planned(planner, question):
                    yield place, question


def _is_planned(planner: Planner, question: Question) -> bool:
    try:
        planner.plan(question)
    except UnplannableError:
        return False
    return True


def _values(node: OperationDefinitionNode) -> dict[str, object]:
    return {
        each.variable.name.value: _GIVEN.get(print_ast(each.type), "x")
        for each in node.variable_definitions or ()
        if isinstance(each.type, NonNullTypeNode) and each.default_value is None
    }


def published() -> Iterator[tuple[str, str]]:
    """The example documents of the repository, by where they stand."""
    for folder in ("demo", "benchmarks/jobs"):
        for path in sorted((ROOT / folder).glob("*.graphql")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for number, text in enumerate(_FENCE.findall(path.read_text(encoding="utf-8"))):
            if "query" in text or text.lstrip().startswith("{"):
                yield f"{path.relative_to(ROOT)}:{number}", text


if __name__ == "__main__":
    sys.exit(main())
