"""Finding a unit: by public id, standard code, credit code, or a department's own code."""

import asyncio
from collections.abc import Sequence
from itertools import repeat
from typing import Final

from adapters.port import SearchOrder, SourceReader
from domain.catalogue import handles
from domain.identity.units import normalise_uscc
from domain.model.departments import UNIT_DRIVERS, Department
from domain.model.errors import BadInputError
from domain.model.global_ids import SEALED, UNIT, GlobalId, decode_id, encode_id
from domain.model.keys import EntityKind, IndicatorName, LocalKey, UnitCode, UnitId
from domain.model.many import made
from domain.model.records import Facet
from domain.model.subjects import IdentityState, Subject
from resolvers.context import RequestContext
from resolvers.sight import check_filter
from resolvers.sources import covering
from resolvers.subjects import (
    linked_subject,
    opened_id,
    subjects_of_owners,
    sure_unit,
    sure_units,
    unlinked_subject,
)
from resolvers.unit_codes import UNIT_FIELD
from resolvers.wanted import Wanted
from resolvers.within import NOBODY, credit_code_within
from store.forms import OwnerRows
from store.units import UnitAsk

USCC_LENGTH: Final = 18
MAX_CODE: Final = 64
_ROW_ALONE: Final = Wanted(values=frozenset({handles.UNIT_CODE, handles.USCC, handles.UNIT_NAME}))


async def find_unit(
    context: RequestContext, public_id: str | None, unit_code: str | None, credit_code: str | None
) -> Subject | None:
    """The unit of exactly one of the three; None where nobody has it. Raises BadInputError."""
    given = [text for text in (public_id, unit_code, credit_code) if text is not None]
    if len(given) != 1:
        raise BadInputError(
            "请只给出 id、unitCode、creditCode 之一 (give exactly one of id, unitCode, creditCode)"
        )
    if unit_code is not None:
        check_filter(context.access, handles.UNIT_CODE)
        return await _find_by_code(context, clean_code(unit_code))
    if credit_code is not None:
        check_filter(context.access, handles.USCC)
        found = await _find_by_credit_code(context, normalise_uscc(clean_code(credit_code)))
        return await unit_within(context, found)
    decoded = decode_id(public_id or "")
    if decoded is None or decoded.kind != UNIT:
        raise BadInputError("id 不是本平台的机构标识 (not the id of a unit)")
    return await find_unit_by_id(context, decoded)


async def find_unit_by_id(context: RequestContext, decoded: GlobalId) -> Subject | None:
    """The unit with a public id; an id merged away answers with its successor."""
    if decoded.local.startswith(SEALED):
        return await _find_unlinked(context, decoded.local)
    linked = await context.loaders.unit_links.load(UnitAsk(unit_id=UnitId(decoded.local)))
    subject = None if linked is None else linked_subject(EntityKind.UNIT, linked)
    found = await unit_within(context, subject)
    if found is not None and found.id != decoded.local:
        context.aliases[encode_id(*decoded)] = encode_id(UNIT, found.id)
    return found


async def unit_within(context: RequestContext, found: Subject | None) -> Subject | None:
    """The unit as the caller may see it; None, at the same cost, for one out of reach."""
    if context.reads.bounds is None:
        return found
    return await context.loaders.within[EntityKind.UNIT].load(found or NOBODY[EntityKind.UNIT])


async def follow_unit(context: RequestContext, key: LocalKey) -> Subject | None:
    """The unit that a code of a row leads to; None where it is not known or out of reach."""
    return await unit_within(context, await find_unit_by_key(context, key))


async def follow_units(context: RequestContext, keys: Sequence[LocalKey]) -> list[Subject | None]:
    """As `follow_unit`, of many codes; one statement for all links."""
    found = await find_units_by_keys(context, keys)
    if context.reads.bounds is None:
        return found
    return list(await asyncio.gather(*(unit_within(context, unit) for unit in found)))


async def find_unit_by_key(context: RequestContext, key: LocalKey) -> Subject | None:
    """The unit that a department's own code names; None where no sure link knows the code."""
    return sure_unit(key, await context.loaders.unit_links.load(UnitAsk(key=key)))


async def find_units_by_keys(
    context: RequestContext, keys: Sequence[LocalKey]
) -> list[Subject | None]:
    """The units that departments' own codes name, in their order; one statement for all."""
    different = list(dict.fromkeys(keys))
    found = await context.loaders.unit_links.load_many(_asks(different))
    units = dict(zip(different, sure_units(different, found), strict=True))
    return [units[key] for key in keys]


async def find_units_of_rows(
    context: RequestContext, keys: Sequence[LocalKey]
) -> Sequence[Subject | None]:
    """As `find_units_by_keys`, of different keys of rows; by columns where all of them are sure.

    Whoever asks for one of these keys later in the request is answered out of the same read.
    """
    loader = context.loaders.unit_links
    if context.reads.shows_links or not loader.is_new:
        return await find_units_by_keys(context, keys)
    _, owners = await context.store.owners([], keys, context.reads.tally)
    loader.keep(lambda: zip(_asks(keys), owners, strict=True))
    if isinstance(owners, OwnerRows):
        rows = subjects_of_owners(EntityKind.UNIT, keys, owners.rows, context.store.seals)
        if rows.is_sure and not rows.lacks(keys):
            return rows
    return sure_units(keys, owners)


def _asks(keys: Sequence[LocalKey]) -> list[UnitAsk]:
    return made(UnitAsk, zip(repeat(None), repeat(None), keys, strict=False))


async def _find_by_code(context: RequestContext, code: str) -> Subject | None:
    linked = await context.loaders.unit_links.load(UnitAsk(unit_code=UnitCode(code)))
    found = None if linked is None else linked_subject(EntityKind.UNIT, linked)
    if context.reads.bounds is None:
        return found or await _subject_of(context, await context.loaders.unit_codes.load(code))
    found = await unit_within(context, found)
    if found is not None:
        return found
    # Asked whether a link was found or not: what is out of reach costs what is nowhere.
    is_within = await context.loaders.codes_within.load(code)
    if linked is not None or not is_within:
        return None
    live = await _subject_of(context, await context.loaders.unit_codes.load(code))
    return await unit_within(context, live)


async def _find_by_credit_code(context: RequestContext, code: str) -> Subject | None:
    """Asks the first living department that keeps credit codes.

    Of its sources those that cover the division in the code go first.
    """
    if len(code) != USCC_LENGTH:
        raise BadInputError("统一社会信用代码应为 18 位 (a credit code has 18 characters)")
    spellings = tuple(dict.fromkeys((code, code.lower())))
    for department in UNIT_DRIVERS:
        readers = _holding(context, department, handles.USCC)
        near = covering(readers, code[2:8]) if code[2:8].isdigit() else readers
        far = tuple(reader for reader in readers if reader not in near)
        is_living = False
        for part in (near, far):
            is_within, answered = await credit_code_within(context.reads, part, spellings)
            is_living |= answered and context.reads.bounds is not None
            if not is_within:
                continue
            found, answered = await _search(context, part, handles.USCC, spellings)
            is_living |= answered
            if found:
                return await _subject_of(context, found[0].key)
        if is_living:
            return None
    return None


def _holding(
    context: RequestContext, department: Department, indicator: IndicatorName
) -> tuple[SourceReader, ...]:
    return context.reads.sources.holding(department, EntityKind.UNIT, indicator)


async def _search(
    context: RequestContext,
    readers: Sequence[SourceReader],
    by: IndicatorName,
    texts: tuple[str, ...],
) -> tuple[list[Facet], bool]:
    """What the sources find, lowest key first, and whether any of them answered."""
    order = SearchOrder(EntityKind.UNIT, by, texts, frozenset({by}))
    answers = await asyncio.gather(
        *(context.reads.search(reader, order, UNIT_FIELD) for reader in readers)
    )
    found = [facet for answer in answers for facet in answer or []]
    context.reads.remember(order, found)
    return sorted(found, key=lambda facet: facet.key), any(a is not None for a in answers)


async def _subject_of(context: RequestContext, key: LocalKey | None) -> Subject | None:
    if key is None:
        return None
    linked = await find_unit_by_key(context, key)
    return linked or unlinked_subject(EntityKind.UNIT, key, context.store.seals)


async def _find_unlinked(context: RequestContext, local: str) -> Subject | None:
    """The unit of a sealed row; one linked since answers as that unit."""
    key = opened_id(EntityKind.UNIT, local, context.store.seals, context.reads.sources)
    if key is None:
        raise BadInputError("id 不是本平台的机构标识 (not the id of a unit)")
    linked = await find_unit_by_key(context, key)
    alone = Subject(EntityKind.UNIT, local, IdentityState.UNLINKED, (key,))
    if await unit_within(context, linked or alone) is None:
        return None
    if linked is None:
        return await _find_row(context, alone, key)
    context.aliases[encode_id(UNIT, local)] = encode_id(UNIT, linked.id)
    return linked


async def _find_row(context: RequestContext, alone: Subject, key: LocalKey) -> Subject | None:
    """The unit that one row alone makes; None where the row is gone or cannot be read."""
    gathered = await context.loaders.facts[EntityKind.UNIT].load((alone, _ROW_ALONE))
    return alone if key in gathered.facets else None


def clean_code(text: str) -> str:
    """A code without blanks around it. Raises BadInputError for one that cannot be."""
    stripped = text.strip()
    if not stripped or len(stripped) > MAX_CODE or not stripped.isprintable():
        raise BadInputError(
            "编码为空或含有不可见字符 (the code is empty, too long or not printable)"
        )
    return stripped
