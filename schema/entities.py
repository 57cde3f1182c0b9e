"""The graph as a subgraph of a federation: its SDL, and its objects by the keys others know."""

from asyncio import gather
from typing import Annotated, Protocol, cast

import strawberry
from strawberry.federation.schema import FederationAny
from strawberry.types.scalar import ScalarDefinition

from resolvers.entities import Represented, check_number, read_representation
from resolvers.planning.metadata import PLAN, FindsEntities
from resolvers.units import find_unit
from schema.fields import Info, argument, described, plain
from schema.finding import Found, find_object
from schema.units import make_unit, pool_fields


class Subgraph(Protocol):
    """A schema that can print itself for a composer."""

    @property
    def subgraph_sdl(self) -> str:
        """The SDL with the directives of federation."""


Representation: ScalarDefinition = strawberry.scalar(
    name="_Any",
    description=described(
        "联邦实体引用：__typename 与键", "a reference to an entity: __typename and a key"
    ),
    serialize=lambda value: value,
    parse_value=lambda value: value,
)
Entity = Annotated[
    Found,
    strawberry.union(
        "_Entity",
        description=described(
            "可被其他子图引用的对象", "objects that other subgraphs may refer to"
        ),
    ),
]


@strawberry.type(name="_Service", description=described("本子图", "this subgraph"))
class Service:
    """What a composer asks first."""

    sdl: str = plain("带联邦指令的 SDL", "the SDL with the directives of federation")


@strawberry.type
class FederationFields:
    """The two fields of the root that Apollo Federation 2 wants of a subgraph."""

    @strawberry.field(
        name="_entities",
        description=described(
            "联邦：按键取实体，次序与引用一致",
            "federation: entities by their keys, in the order of the representations; at most 500",
        ),
        metadata={PLAN: FindsEntities(pool_fields)},
    )
    async def entities(
        self,
        info: Info,
        representations: Annotated[
            list[FederationAny], argument("实体引用", "references to entities")
        ],
    ) -> list[Entity | None]:
        """A bad reference gives null in its place and one error; all are read together."""
        check_number(cast(list[object], representations))
        found = (_entity(info, each) for each in representations)
        return await gather(*found, return_exceptions=True)  # type: ignore[return-value] # an exception in a list is that item's error

    @strawberry.field(
        name="_service", description=described("联邦：本子图的定义", "federation: this subgraph")
    )
    def service(self, info: Info) -> Service:
        """The definition of this subgraph."""
        return Service(sdl=cast(Subgraph, info.schema).subgraph_sdl)


async def _entity(info: Info, representation: object) -> Found | None:
    named: Represented = read_representation(representation)
    if named.id is not None:
        return await find_object(info, named.id)
    return make_unit(info, await find_unit(info.context, None, named.unit_code, None))
