"""The Viewer of the graph: who is signed in, with roles and scope."""

import asyncio

import strawberry

from domain.model.principal import Principal
from resolvers.units import find_unit
from schema.enums import Department, department_value
from schema.fields import Info, described, plain
from schema.units import Unit, make_unit


@strawberry.type(description=described("当前登录者", "Who is signed in"))
class Viewer:
    """The caller; roles and scope are those of this moment, whatever the token says."""

    id: strawberry.ID = plain("账号标识", "opaque id of the account")
    name: str = plain("显示名", "the name shown")
    roles: list[str] = plain("角色", "the roles held")
    divisions: list[str] = plain("行政区划范围", "divisions in scope; a code covers those below it")
    department: Department | None = plain("所属部门", "the department belonged to")
    unit_codes: strawberry.Private[tuple[str, ...]]

    @strawberry.field(description=described("单位范围", "units in scope that can be found now"))
    async def units(self, info: Info) -> list[Unit]:
        """In the order of the account."""
        asked = (find_unit(info.context, None, code, None) for code in self.unit_codes)
        made = (make_unit(info, found) for found in await asyncio.gather(*asked))
        return [unit for unit in made if unit is not None]


def make_viewer(principal: Principal | None) -> Viewer | None:
    """The graph's view of a caller."""
    if principal is None:
        return None
    rights = principal.rights
    return Viewer(
        id=strawberry.ID(principal.sub),
        name=principal.name,
        roles=sorted(rights.roles),
        divisions=list(rights.divisions),
        department=department_value(rights.department) if rights.department else None,
        unit_codes=rights.units,
    )
