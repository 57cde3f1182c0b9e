"""How fields of the graph are declared: a description in two languages, and what they read."""

from typing import Any

import strawberry
from graphql import GraphQLResolveInfo, get_nullable_type, is_list_type
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from domain.model.access import RowClass
from resolvers.context import RequestContext
from resolvers.entities import KEYS
from resolvers.planning.metadata import PLAN, Plan
from resolvers.sight import Sight

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


def sight_at(info: Info, rows: RowClass = RowClass.HOME) -> Sight:
    """What the caller may see of the object whose field runs; a list above it makes it a list's."""
    info.context.rows_shown.add(rows)
    return Sight(info.context.access, rows, in_list=_is_below_list(resolving(info)))


def sight_below(info: Info) -> Sight:
    """What the caller may see of the objects that the running field finds."""
    running = resolving(info)
    finds_many = is_list_type(get_nullable_type(running.return_type))
    return Sight(info.context.access, in_list=finds_many or _is_below_list(running))


def listed_sight(info: Info) -> Sight:
    """What the caller may see of the nodes of a connection."""
    return Sight(info.context.access, in_list=True)


def _is_below_list(running: GraphQLResolveInfo[object]) -> bool:
    return any(isinstance(step, int) for step in running.path.as_list())


def resolving(info: Info) -> GraphQLResolveInfo[object]:
    """graphql-core's own view of the running field, for the projection."""
    return info._raw_info  # noqa: SLF001 - Strawberry offers no public way to the selected nodes
