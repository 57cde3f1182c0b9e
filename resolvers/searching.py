"""People that no link knows, found live by their ID number in every source at once; writes nothing."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from adapters.port import SearchOrder, SourceReader
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.identity.id_numbers import normalise_id_number, spellings
from domain.identity.matching import UnlinkedRow, decide_unlinked
from domain.model.departments import RECORD_ORDER
from domain.model.keys import CategoryCode, EntityKind, IndicatorName
from domain.model.records import Facet
from domain.model.subjects import IdentityState, Subject, ordered_keys
from resolvers.reading import Reads
from resolvers.subjects import sealed_id
from resolvers.troubles import category_fields
from resolvers.wanted import Wanted
from store.sealing import Seals

_MATCHING = frozenset({handles.ID_NUMBER, handles.PERSON_NAME, handles.FORMER_NAME})


class NumberAsk(NamedTuple):
    """A normalised ID number and what is wanted of its person."""

    number: str
    wanted: Wanted


async def search_people(
    reads: Reads, seals: Seals, asks: Sequence[NumberAsk]
) -> list[Subject | None]:
    """One subject per number, in the order of the asks; None where no source has it. One search per source."""
    wanted = Wanted()
    for ask in asks:
        wanted |= ask.wanted
    texts = dict.fromkeys(text for ask in asks for text in spellings(ask.number))
    answers = await asyncio.gather(
        *(_search_source(reads, reader, tuple(texts), wanted) for reader in reads.sources.all)
    )
    found: dict[str, list[Facet]] = {}
    for facet in (facet for answer in answers for facet in answer):
        found.setdefault(_number_of(facet), []).append(facet)
    return [_subject(found.get(ask.number, []), seals) for ask in asks]


async def _search_source(
    reads: Reads, reader: SourceReader, texts: tuple[str, ...], wanted: Wanted
) -> list[Facet]:
    order = _order(reads, reader, texts, wanted)
    shown = frozenset(order.indicators - (_MATCHING - wanted.values))
    fields = category_fields(EntityKind.PERSON, shown, order.rows)
    facets = await reads.search(reader, order, fields)
    reads.remember(order, facets or [])
    return facets or []


def _order(
    reads: Reads, reader: SourceReader, texts: tuple[str, ...], wanted: Wanted
) -> SearchOrder:
    """Asks a source for its copies of everything wanted, since nobody knows yet who else holds the person."""
    mapped = reads.sources.coverage(EntityKind.PERSON).by_source[reader.description.name]
    keys = (name for category in wanted.row_categories for name in category.row_key)
    names = (
        mapped
        if wanted.whole
        else mapped & (_MATCHING | wanted.values | wanted.everywhere).union(keys)
    )
    return SearchOrder(
        entity=EntityKind.PERSON,
        by=handles.ID_NUMBER,
        spellings=texts,
        indicators=frozenset(names),
        rows=_rows(frozenset(names), wanted),
        raw=wanted.is_raw,
    )


def _rows(names: frozenset[IndicatorName], wanted: Wanted) -> frozenset[CategoryCode]:
    found = (catalogue().indicators[name] for name in names)
    return wanted.rows | {i.category for i in found if catalogue().categories[i.category].is_row(i)}


def _number_of(facet: Facet) -> str:
    return normalise_id_number(str(facet.values.get(handles.ID_NUMBER) or "")).text


def _subject(facets: Sequence[Facet], seals: Seals) -> Subject | None:
    if not facets:
        return None
    decided = decide_unlinked([_row(facet) for facet in facets])
    return Subject(
        kind=EntityKind.PERSON,
        id=sealed_id(EntityKind.PERSON, decided.leader.key, seals),
        state=IdentityState(decided.state),
        keys=ordered_keys((row.key for row in decided.merged), RECORD_ORDER),
        apart=ordered_keys((row.key for row in decided.conflicting), RECORD_ORDER),
    )


def _row(facet: Facet) -> UnlinkedRow:
    former = facet.values.get(handles.FORMER_NAME)
    return UnlinkedRow(
        key=facet.key,
        name=str(facet.values.get(handles.PERSON_NAME) or ""),
        former_names=former if isinstance(former, tuple) else (),
    )
