"""Any object by its global id, as `node`, `nodes` and other subgraphs ask for it."""

from collections.abc import Awaitable, Callable
from typing import Final

from domain.model.global_ids import PERSON, POOL, UNIT, GlobalId
from domain.model.subjects import Subject
from resolvers.people import find_by_id
from resolvers.planning.projection import pools_wanted_of
from resolvers.units import find_unit_by_id
from schema.fields import Info, resolving
from schema.people import Person, make_person, wanted_person
from schema.units import EstablishmentPool, Unit, make_pool, make_unit, pools_of

Found = Person | Unit | EstablishmentPool


async def find_object(info: Info, decoded: GlobalId) -> Found | None:
    """The object, wanting what the running field selects of its type."""
    return await _FINDERS[decoded.kind](info, decoded)


async def _find_person(info: Info, decoded: GlobalId) -> Found | None:
    wanted = wanted_person(info)
    return make_person(await find_by_id(info.context, decoded, wanted), wanted)


async def _find_unit(info: Info, decoded: GlobalId) -> Found | None:
    return make_unit(info, await find_unit_by_id(info.context, decoded))


async def _find_pool(info: Info, decoded: GlobalId) -> Found | None:
    local, _, kind = decoded.local.rpartition("/")
    unit = await find_unit_by_id(info.context, GlobalId(UNIT, local))
    pools = await _pools(info, unit) if unit else None
    return next((pool for pool in pools or [] if pool.pool.type == kind), None)


async def _pools(info: Info, unit: Subject) -> list[EstablishmentPool]:
    wanted = pools_wanted_of(resolving(info), POOL)
    return [make_pool(pool) for pool in await pools_of(info, unit, wanted) or ()]


_FINDERS: Final[dict[str, Callable[[Info, GlobalId], Awaitable[Found | None]]]] = {
    PERSON: _find_person,
    UNIT: _find_unit,
    POOL: _find_pool,
}
