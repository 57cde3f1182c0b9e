"""One question asked of both paths, and their answers as a client would see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson
from graphql import GraphQLError

from resolvers.context import RequestContext
from resolvers.planning.planner import Planner, Question
from resolvers.planning.running import Outcome
from schema.errors import show_error, show_troubles
from schema.graph import Graph, GraphLimits, make_graph, make_planner
from schema.serving.planned import Stock, answer

LIMITS = GraphLimits(max_tokens=50_000)
PLANNED = "planned"


class Asking(Protocol):
    """Whatever gives a fresh context a request."""

    def context(self) -> RequestContext: ...


@dataclass(frozen=True, slots=True)
class Paths:
    """The stock path and the planned one over the same schema."""

    graph: Graph
    planner: Planner


def make_paths(limits: GraphLimits = LIMITS) -> Paths:
    graph = make_graph(limits)
    return Paths(graph, make_planner(graph, limits))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client sees, data in the order of its fields; `stock`: why a plan did not answer."""

    data: bytes
    errors: list[str]
    aliases: dict[str, str]
    stock: Stock | None = None

    @property
    def told(self) -> list[str]:
        """The errors; those of sources only where no field's error blanked more than its field.

        Beside a field whose error blanks the object around it, chance decides what is still read.
        """
        of_fields = [error for error in self.errors if "path" in orjson.loads(error)]
        data = orjson.loads(self.data)
        blanks = any(_is_cut(data, orjson.loads(error)["path"]) for error in of_fields)
        return of_fields if blanks else self.errors


def _is_cut(data: object, path: Sequence[str | int]) -> bool:
    """Whether what stands around the place of an error is gone."""
    around = data
    for step in path[:-1]:
        if isinstance(around, dict):
            around = around.get(str(step))
        elif isinstance(around, list):
            around = around[int(step)]
    return around is None


async def by_stock(paths: Paths, city: Asking, question: Question) -> Seen:
    context = city.context()
    result = await paths.graph.execute(
        question.text,
        variable_values=dict(question.variables or {}),
        context_value=context,
        operation_name=question.operation,
    )
    return _seen(result.data, result.errors or (), context)


async def by_plan(paths: Paths, city: Asking, question: Question) -> Seen:
    """What the planned path alone answers; nothing where it hands over."""
    context = city.context()
    found = await answer(paths.planner, question, context)
    if isinstance(found, Outcome):
        return _seen(found.data, found.errors, context)
    return Seen(b"", [], {}, found)


def _seen(data: object, errors: Sequence[GraphQLError], context: RequestContext) -> Seen:
    own = [show_error(error, "t") for error in errors]
    shown = [*own, *show_troubles(context.reads.troubles, "t")]
    return Seen(orjson.dumps(data), sorted(_told(error) for error in shown), context.aliases)


def _told(error: object) -> str:
    """Message, code, path and all else but the order, as text that can be sorted."""
    return orjson.dumps(error, option=orjson.OPT_SORT_KEYS).decode()


async def expect_same(paths: Paths, city: Asking, question: Question) -> str:
    """Both paths asked; where the plan answered, that it is the same. Why it did not, else."""
    stock = await by_stock(paths, city, question)
    planned = await by_plan(paths, city, question)

    if planned.stock is not None:
        return planned.stock.reason
    assert planned.data == stock.data
    assert planned.told == stock.told
    assert planned.aliases == stock.aliases
    return PLANNED
