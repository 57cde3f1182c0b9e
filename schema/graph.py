"""The one Strawberry schema of the process, with its document caches and limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate
from strawberry import federation
from strawberry.extensions import MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from resolvers.planning.planner import Planner
from schema.categories import get_field
from schema.checking.counts import shape_errors
from schema.checking.limits import DocumentLimits
from schema.covering import check_covered
from schema.entities import Representation
from schema.machinery import describe_machinery
from schema.operations import NamedOperation
from schema.people import Person
from schema.query import Query
from schema.sdl import plain_sdl, subgraph_sdl
from schema.subscription import Subscription
from schema.units import EstablishmentPool, Unit

FEDERATION: Final = "2.3"
"""The oldest version of the federation that has everything we use; newer composers take it too."""


@dataclass(frozen=True, slots=True)
class GraphLimits:
    """Bounds without which a document could not even be looked at, and how many are kept.

    All bounds are checked before, for both paths: `schema.checking`.
    """

    max_depth: int = 12
    max_tokens: int = 2000
    kept_documents: int = 200


class Graph(federation.Schema):
    """Errors are formatted and logged by the endpoint, not printed by Strawberry."""

    def as_str(self) -> str:
        """The plain SDL: what clients see, without what federation adds."""
        return plain_sdl(super().as_str())

    @cached_property
    def subgraph_sdl(self) -> str:
        """The SDL for a composer of subgraphs."""
        return subgraph_sdl(super().as_str())

    @property
    def core(self) -> GraphQLSchema:
        """The same schema as graphql-core knows it, for plans."""
        return self._schema

    def process_errors(
        self, errors: Sequence[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leaves errors to the endpoint."""


def make_planner(graph: Graph, limits: GraphLimits) -> Planner:
    """The planner of a schema; a document passes the same rules on both paths."""
    nesting = DocumentLimits(limits.max_depth, root_fields=limits.max_tokens)

    def check(text: str) -> DocumentNode | None:
        try:
            document = parse(text, max_tokens=limits.max_tokens)
        except GraphQLError:
            return None
        is_bad = any(shape_errors(document, nesting)) or validate(graph.core, document)
        return None if is_bad else document

    return Planner(graph.core, check, limits.kept_documents)


def make_graph(limits: GraphLimits) -> Graph:
    """The schema with these limits."""
    extensions: list[Any] = [  # Strawberry takes factories here
        lambda: MaxTokensLimiter(limits.max_tokens),
        lambda: ParserCache(limits.kept_documents),
        lambda: ValidationCache(limits.kept_documents),
        NamedOperation,
    ]
    graph = Graph(
        query=Query,
        subscription=Subscription,
        types=[Person, Unit, EstablishmentPool],
        extensions=extensions,
        scalar_overrides={FederationAny: Representation},
        federation_version=FEDERATION,
        config=StrawberryConfig(default_resolver=get_field, disable_field_suggestions=True),
    )
    describe_machinery(graph._schema)  # noqa: SLF001 - Strawberry offers no public way to it
    check_covered(graph.core)
    return graph
