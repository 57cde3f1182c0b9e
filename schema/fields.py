"""How fields of the graph are declared: a description in two languages, and what they read."""

from typing import Any

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from resolvers.context import RequestContext
from resolvers.entities import KEYS
from resolvers.planning.metadata import PLAN, Plan

Info = strawberry.Info[RequestContext, None]


def described(zh: str, en: str) -> str:
    """A description in Chinese and English."""
    return f"{zh} · {en}"


def plain(zh: str, en: str, *, name: str | None = None) -> Any:  # noqa: ANN401 - Strawberry's field marker has no public type
    """A field that is an attribute of its object."""
    return strawberry.field(description=described(zh, en), name=name)


def planned(zh: str, en: str, plan: Plan) -> Any:  # noqa: ANN401 - as `plain`
    """A resolver field that reads from departments; the plan says what."""
    return strawberry.field(description=described(zh, en), metadata={PLAN: plan})


def argument(zh: str, en: str) -> Any:  # noqa: ANN401 - as `plain`
    """The annotation of a described argument."""
    return strawberry.argument(description=described(zh, en))


def keyed(type_name: str) -> list[Key]:
    """The directives by which other subgraphs refer to objects of a type."""
    return [Key(fields=FieldSet(key)) for key in KEYS[type_name]]


def resolving(info: Info) -> GraphQLResolveInfo[object]:
    """graphql-core's own view of the running field, for the projection."""
    return info._raw_info  # noqa: SLF001 - Strawberry offers no public way to the selected nodes
