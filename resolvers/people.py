"""Finding a person: by public id or by ID number, linked or not."""

from collections.abc import Coroutine
from typing import Any, Final

from domain.catalogue import handles
from domain.identity.id_numbers import is_searchable, normalise_id_number
from domain.model.access import Permission
from domain.model.errors import BadInputError
from domain.model.global_ids import PERSON, SEALED, GlobalId, decode_id, encode_id
from domain.model.keys import EntityKind, PersonId
from domain.model.subjects import IdentityState, Subject
from resolvers.context import RequestContext
from resolvers.searching import MATCHING, NumberAsk
from resolvers.subjects import is_awaited, linked_subject, opened_id
from resolvers.wanted import Wanted
from resolvers.within import NOBODY
from store.people import PersonAsk

# What says whose row it is, former names included: they may make two names one.
_ROW_ALONE: Final = Wanted(values=MATCHING)


def find_person(
    context: RequestContext, public_id: str | None, id_number: str | None, wanted: Wanted
) -> Coroutine[Any, Any, Subject | None]:
    """The person of exactly one of the two; None where nobody has it. Raises BadInputError."""
    if (public_id is None) == (id_number is None):
        raise BadInputError("请只给出 id 和 idNumber 之一 (give exactly one of id and idNumber)")
    if id_number is not None:
        return find_by_number(context, id_number, wanted)
    decoded = decode_id(public_id or "")
    if decoded is None or decoded.kind != PERSON:
        raise BadInputError("id 不是本平台的人员标识 (not the id of a person)")
    return find_by_id(context, decoded, wanted)


async def find_by_number(context: RequestContext, text: str, wanted: Wanted) -> Subject | None:
    """The person with an ID number: by link, else live in every source."""
    if not is_searchable(text):
        raise BadInputError(
            "身份证号应为 15 位或 18 位 (an ID number has 15 or 18 characters, spaces apart)"
        )
    if not context.access.may(Permission.PERSONS):
        return None
    number = normalise_id_number(text).text
    context.reads.touches.numbers.append(number)
    found = await _find_by_number(context, number, wanted)
    context.reads.touches.add([found] if found else [])
    return found


async def _find_by_number(context: RequestContext, number: str, wanted: Wanted) -> Subject | None:
    linked = await context.loaders.person_links.load(PersonAsk(id_number=number))
    found = None if linked is None else linked_subject(EntityKind.PERSON, linked)
    if context.reads.bounds is None:
        return found or await context.loaders.numbers.load(NumberAsk(number, wanted))
    found = await person_within(context, found)
    if found is not None:
        return found
    # Asked whether a link was found or not: who is out of reach costs what nobody costs.
    is_within = await context.loaders.numbers_within.load(number)
    if linked is not None or not is_within:
        return None
    live = await context.loaders.numbers.load(NumberAsk(number, wanted))
    return await person_within(context, live)


async def person_within(context: RequestContext, found: Subject | None) -> Subject | None:
    """The person as the caller may see it; None, at the same cost, for one out of reach."""
    if context.reads.bounds is None:
        return found
    return await context.loaders.within[EntityKind.PERSON].load(found or NOBODY[EntityKind.PERSON])


async def find_by_id(context: RequestContext, decoded: GlobalId, wanted: Wanted) -> Subject | None:
    """The person with a public id; an id merged away answers with its successor."""
    if not context.access.may(Permission.PERSONS):
        return None
    if decoded.local.startswith(SEALED):
        return await _find_unlinked(context, decoded.local, wanted)
    linked = await context.loaders.person_links.load(PersonAsk(person_id=PersonId(decoded.local)))
    subject = None if linked is None else linked_subject(EntityKind.PERSON, linked)
    found = await person_within(context, subject)
    if found is not None and found.id != decoded.local:
        context.aliases[encode_id(*decoded)] = encode_id(PERSON, found.id)
    return found


async def _find_unlinked(context: RequestContext, local: str, wanted: Wanted) -> Subject | None:
    """The person of a sealed row, who may be linked or led by another row by now."""
    found = await _find_by_row(context, local, wanted)
    if found is not None and found.id != local:
        context.aliases[encode_id(PERSON, local)] = public_person_id(found)
    return found


async def _find_by_row(context: RequestContext, local: str, wanted: Wanted) -> Subject | None:
    """Reads the sealed row, then searches the others by its number.

    A row that awaits confirmation answers for itself: it may be somebody else's.
    """
    key = opened_id(EntityKind.PERSON, local, context.store.seals, context.reads.sources)
    if key is None:
        raise BadInputError("id 不是本平台的人员标识 (not the id of a person)")
    linked = await context.loaders.person_links.load(PersonAsk(key=key))
    if linked is not None and not is_awaited(linked, key):
        return await person_within(context, linked_subject(EntityKind.PERSON, linked, key))
    alone = Subject(EntityKind.PERSON, local, IdentityState.UNLINKED, (key,))
    if await person_within(context, alone) is None:
        return None
    gathered = await context.loaders.facts[EntityKind.PERSON].load((alone, _ROW_ALONE))
    facet = gathered.facets.get(key)
    if facet is None:
        return None
    number = str(facet.values.get(handles.ID_NUMBER) or "")
    if not is_searchable(number):
        return alone
    ask = NumberAsk(normalise_id_number(number).text, wanted, key)
    if not await context.loaders.numbers_within.load(ask.number):
        return None
    return await person_within(context, await context.loaders.numbers.load(ask))


def public_person_id(subject: Subject) -> str:
    """The opaque id shown to clients."""
    return encode_id(PERSON, subject.id)
