"""Any object by its global id, as `node`, `nodes` and other subgraphs ask for it."""

from collections.abc import Awaitable, Callable
from typing import Final

from domain.model.global_ids import PERSON, POOL, UNIT, GlobalId
from resolvers.nodes import find_pool
from resolvers.people import find_by_id
from resolvers.planning.projection import pools_wanted_of
from resolvers.units import find_unit_by_id
from schema.fields import Info, resolving, sight_below
from schema.people import Person, make_person, wanted_person
from schema.units import EstablishmentPool, Unit, make_pool, make_unit

Found = Person | Unit | EstablishmentPool


async def find_object(info: Info, decoded: GlobalId) -> Found | None:
    """The object, wanting what the running field selects of its type."""
    return await _FINDERS[decoded.kind](info, decoded)


async def _find_person(info: Info, decoded: GlobalId) -> Found | None:
    wanted = wanted_person(info)
    readable = sight_below(info).reduced(wanted)
    return make_person(await find_by_id(info.context, decoded, readable), wanted)


async def _find_unit(info: Info, decoded: GlobalId) -> Found | None:
    return make_unit(info, await find_unit_by_id(info.context, decoded))


async def _find_pool(info: Info, decoded: GlobalId) -> Found | None:
    wanted = pools_wanted_of(resolving(info), POOL)
    pool = await find_pool(info.context, decoded, wanted)
    return None if pool is None else make_pool(pool)


_FINDERS: Final[dict[str, Callable[[Info, GlobalId], Awaitable[Found | None]]]] = {
    PERSON: _find_person,
    UNIT: _find_unit,
    POOL: _find_pool,
}
