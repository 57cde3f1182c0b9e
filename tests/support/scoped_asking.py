"""Questions asked under a scope of either path, and what is told and what it cost."""

from dataclasses import dataclass
from typing import Any

import orjson

from domain.model.access import Scope
from resolvers.context import RequestContext
from resolvers.planning.planner import Question
from resolvers.planning.running import Outcome
from schema.errors import show_error, show_troubles
from schema.serving.planned import Stock, answer
from tests.support.scopes import ScopedCity
from tests.unit.planning.both import Paths

Json = dict[str, Any]  # Any: an object of whatever was asked


@dataclass(frozen=True, slots=True)
class Told:
    """What a client sees of one answer, and what it cost."""

    data: Json | None
    errors: list[bytes]
    aliases: dict[str, str]
    statements: dict[str, int]

    @property
    def seen(self) -> bytes:
        return orjson.dumps([self.data, [each.decode() for each in self.errors], self.aliases])


def _told(data: object, errors: object, context: RequestContext) -> Told:
    own = [show_error(error, "t") for error in errors or ()]  # type: ignore[attr-defined] # a list
    shown = [*own, *show_troubles(context.reads.troubles, "t")]
    flat = sorted(orjson.dumps(each, option=orjson.OPT_SORT_KEYS) for each in shown)
    statements = dict(context.reads.tally.statements)
    return Told(data, flat, dict(context.aliases), statements)  # type: ignore[arg-type] # JSON


async def stock(paths: Paths, city: ScopedCity, scope: Scope, text: str, **values: object) -> Told:
    context = city.context(scope)
    result = await paths.graph.execute(text, variable_values=values, context_value=context)
    return _told(result.data, result.errors, context)


async def planned(
    paths: Paths, city: ScopedCity, scope: Scope, text: str, **values: object
) -> Told:
    context = city.context(scope)
    found = await answer(paths.planner, Question(text, None, values), context)
    if isinstance(found, Stock) and found.reason.value == "row_class":
        return await stock(paths, city, scope, text, **values)
    assert isinstance(found, Outcome), found
    return _told(found.data, found.errors, context)
