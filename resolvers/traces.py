"""All ids and hashes under which the audit log may know one person."""

from collections.abc import Sequence

from domain.model.errors import BadInputError
from domain.model.global_ids import PERSON, SEALED, decode_id
from domain.model.keys import EntityKind, PersonId
from domain.model.tally import Tally
from resolvers.subjects import sealed_id
from store.audit.keys import AuditKeys
from store.audit.subjects import Kind
from store.audit.whom import merged_into
from store.database import Store
from store.people import LinkedPerson, PersonAsk


async def ids_by_public_id(store: Store, public_id: str) -> list[str]:
    """All ids of a person: its own, those merged into it, and of its rows while unlinked.

    Raises BadInputError.
    """
    decoded = decode_id(public_id)
    if decoded is None or decoded.kind != PERSON:
        raise BadInputError("id 不是本平台的人员标识 (not the id of a person)")
    if decoded.local.startswith(SEALED):
        return [decoded.local]
    [linked] = await store.people.find([PersonAsk(person_id=PersonId(decoded.local))], Tally())
    return [decoded.local, *await _all_ids(store, linked)]


async def ids_by_number(store: Store, number: str) -> list[str]:
    """The same by a normalised ID number."""
    [linked] = await store.people.find([PersonAsk(id_number=number)], Tally())
    return await _all_ids(store, linked)


def hashes_of(keys: AuditKeys, ids: Sequence[str], number: str | None = None) -> list[str]:
    """The hashes of all of them, under every key of the log."""
    found = [one for local in ids for one in keys.every_subject(Kind.PERSON, local)]
    return found + list(keys.every_subject(Kind.NUMBER, number) if number else ())


async def _all_ids(store: Store, linked: LinkedPerson | None) -> list[str]:
    if linked is None:
        return []
    merged = await merged_into(store.database, linked.person_id)
    sealed = [sealed_id(EntityKind.PERSON, link.key, store.seals) for link in linked.links]
    return list(dict.fromkeys([linked.person_id, *merged, *sealed]))
