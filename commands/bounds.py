"""The bounds of a city file as the graph's endpoint takes them."""

from pathlib import Path

from graphql import GraphQLSchema

from domain.model.budgets import Budget
from schema.checking.checker import Checker
from schema.checking.limits import DocumentLimits
from schema.serving.request import BodyLimits
from schema.serving.screening import Screen, roles_that_introspect
from schema.serving.sockets.events import EventOptions
from schema.serving.sockets.limits import SocketLimits, origin_of
from schema.serving.trusted import Mode, read_manifest, trust
from settings import BudgetPart, GraphPart, Settings


def document_limits(part: GraphPart) -> DocumentLimits:
    """The bounds of one document."""
    return DocumentLimits(
        depth=part.max_depth,
        tokens=part.max_tokens,
        aliases=part.max_aliases,
        root_fields=part.max_root_fields,
        directives=part.max_directives,
        rows=part.max_rows,
        cost=part.max_cost,
        kept=part.kept_documents,
    )


def budget_of(part: BudgetPart) -> Budget:
    """The budget of each subject."""
    return Budget(part.cost_per_minute or None, part.lookups_per_day or None, part.misses or None)


def screen_of(part: GraphPart, schema: GraphQLSchema, folder: Path) -> Screen:
    """The screen of a server; relative paths are meant from the city file's folder.

    Raises MappingError for a manifest that cannot be trusted.
    """
    by_id = read_manifest(folder / part.manifest) if part.manifest else {}
    return Screen(
        checker=Checker(schema, document_limits(part)),
        documents=trust(Mode(part.documents), by_id),
        introspects=roles_that_introspect(part.introspection_roles),
    )


def socket_limits(settings: Settings) -> SocketLimits:
    """The bounds of connections for subscriptions; the platform's own pages may always open one."""
    part = settings.graph.sockets
    return SocketLimits(
        max_connections=part.max_connections,
        max_per_client=part.max_per_client,
        max_subscriptions=part.max_subscriptions,
        init_timeout=part.init_timeout,
        recheck=part.recheck,
        origins=frozenset({origin_of(settings.platform.issuer), *part.origins}),
    )


def event_options(part: GraphPart) -> EventOptions:
    """A subscription comes as a query does."""
    return EventOptions(part.get == "queries", BodyLimits(part.max_body_bytes, part.body_timeout))
