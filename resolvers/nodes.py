"""Finding any object by its global id; the bounds and words of node and nodes."""

from collections.abc import Sequence
from typing import Final

from domain.model.errors import BadInputError
from domain.model.global_ids import UNIT, GlobalId, decode_id
from resolvers.context import RequestContext
from resolvers.pools import Pool, PoolAsk, PoolsWanted
from resolvers.units import find_unit_by_id

MAX_NODES: Final = 200


def decoded_id(public_id: str) -> GlobalId:
    """What an id names. Raises BadInputError for anything this platform never gave out."""
    decoded = decode_id(public_id)
    if decoded is None:
        raise BadInputError("id 不是本平台的标识 (not an id of this platform)")
    return decoded


def check_number(ids: Sequence[str]) -> None:
    """Raises BadInputError for more ids than one question may hold."""
    if len(ids) > MAX_NODES:
        raise BadInputError(f"一次最多 {MAX_NODES} 个标识 (at most {MAX_NODES} ids)")


async def find_pool(context: RequestContext, decoded: GlobalId, wanted: PoolsWanted) -> Pool | None:
    """One pool of a unit; None where the unit or the type is not there."""
    local, _, kind = decoded.local.rpartition("/")
    unit = await find_unit_by_id(context, GlobalId(UNIT, local))
    if unit is None:
        return None
    ask = PoolAsk(unit, wanted, context.today, context.now)
    pools = await context.loaders.pools.load(ask)
    return next((pool for pool in pools or () if pool.type == kind), None)
