"""Finding any object by its global id; the bounds and words of node and nodes."""

from collections.abc import Sequence
from typing import Final

from domain.model.access import Permission
from domain.model.errors import BadInputError
from domain.model.global_ids import POOL, SEALED, GlobalId, decode_id, encode_id
from domain.model.keys import EntityKind, UnitId
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.pools import Pool, PoolAsk, PoolsWanted, pool_id, unit_of_pool
from resolvers.subjects import linked_subject, opened_id, unlinked_subject
from resolvers.units import find_unit_by_key, unit_within
from store.units import UnitAsk

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
    """One pool of a unit; None where the unit or the type is not there.

    One whose unit was merged or linked since answers with its new id.
    """
    if not context.access.may(Permission.POOLS):
        return None
    unit = await _unit_of_pool(context, unit_of_pool(decoded.local))
    if unit is None:
        return None
    ask = PoolAsk(unit, wanted, context.today, context.now)
    rest = decoded.local.removeprefix(unit_of_pool(decoded.local))
    asked, current = encode_id(*decoded), encode_id(POOL, f"{unit.id}{rest}")
    pools = await context.loaders.pools.load(ask)
    found = next((pool for pool in pools or () if pool_id(pool) == current), None)
    if found and asked != current:
        context.aliases[asked] = current
    return found


async def _unit_of_pool(context: RequestContext, local: str) -> Subject | None:
    """The unit; of a code that no link and no register knows its pools make one."""
    if not local.startswith(SEALED):
        linked = await context.loaders.unit_links.load(UnitAsk(unit_id=UnitId(local)))
        subject = linked_subject(EntityKind.UNIT, linked) if linked else None
        return await unit_within(context, subject)
    key = opened_id(EntityKind.UNIT, local, context.store.seals, context.reads.sources)
    if key is None:
        raise BadInputError("id 不是本平台的编制池标识 (not the id of a pool)")
    unit = await find_unit_by_key(context, key)
    alone = unlinked_subject(EntityKind.UNIT, key, context.store.seals)
    return await unit_within(context, unit or alone)
