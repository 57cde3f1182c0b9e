"""The one Strawberry schema of the process, with its document caches and limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.categories import get_field
from schema.limits import depth_rule
from schema.operations import NamedOperation
from schema.people import Person
from schema.query import Query
from schema.units import EstablishmentPool, Unit


@dataclass(frozen=True, slots=True)
class GraphLimits:
    """Bounds of one document, and of what is kept of many."""

    max_depth: int = 12
    max_tokens: int = 2000
    kept_documents: int = 200


class Graph(strawberry.Schema):
    """Errors are formatted and logged by the endpoint, not printed by Strawberry."""

    def process_errors(
        self, errors: Sequence[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leaves errors to the endpoint."""


def make_graph(limits: GraphLimits) -> Graph:
    """The schema with these limits."""
    rule = depth_rule(limits.max_depth)
    extensions: list[Any] = [  # Strawberry takes factories here
        lambda: MaxTokensLimiter(limits.max_tokens),
        lambda: ParserCache(limits.kept_documents),
        lambda: AddValidationRules([rule]),
        lambda: ValidationCache(limits.kept_documents),
        NamedOperation,
    ]
    return Graph(
        query=Query,
        types=[Person, Unit, EstablishmentPool],
        extensions=extensions,
        config=StrawberryConfig(default_resolver=get_field, disable_field_suggestions=True),
    )
