"""People that no link knows, found live by ID number in every source; writes nothing."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from adapters.port import SearchOrder, SourceReader
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.identity.holding import Coverage
from domain.identity.id_numbers import normalise_id_number, spellings
from domain.identity.matching import UnlinkedRow, decide_unlinked
from domain.model.departments import RECORD_ORDER
from domain.model.keys import CategoryCode, EntityKind, LocalKey, SourceName
from domain.model.records import Facet
from domain.model.subjects import IdentityState, Subject, ordered_keys
from resolvers.needs import row_codes
from resolvers.reading import Reads
from resolvers.subjects import sealed_id
from resolvers.troubles import category_fields
from resolvers.wanted import Wanted
from store.sealing import Seals

MATCHING = frozenset({handles.ID_NUMBER, handles.PERSON_NAME, handles.FORMER_NAME})
"""What it takes to tell whether rows with one number are one person."""


class NumberAsk(NamedTuple):
    """A normalised ID number and what is wanted of its person.

    `key` is a row that is known to have the number, however it is spelled there, and that answers
    where names contradict each other.
    """

    number: str
    wanted: Wanted
    key: LocalKey | None = None


async def search_people(
    reads: Reads, seals: Seals, asks: Sequence[NumberAsk]
) -> list[Subject | None]:
    """One subject per number, in the order of the asks; None where no source has it.

    One search per source.
    """
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
    return [_subject(reads, ask, found.get(ask.number, []), seals) for ask in asks]


async def _search_source(
    reads: Reads, reader: SourceReader, texts: tuple[str, ...], wanted: Wanted
) -> list[Facet]:
    order = _order(reads, reader, texts, wanted)
    asked = order.indicators if wanted.whole else wanted.values | wanted.everywhere
    shown = order.indicators - (MATCHING - asked)
    fields = category_fields(EntityKind.PERSON, shown, order.rows)
    facets = await reads.search(reader, order, fields)
    reads.remember(order, facets or [])
    return facets or []


def _order(
    reads: Reads, reader: SourceReader, texts: tuple[str, ...], wanted: Wanted
) -> SearchOrder:
    """Asks a source for its copies of everything wanted: nobody knows yet who holds the person."""
    name, coverage = reader.description.name, reads.sources.coverage(EntityKind.PERSON)
    mapped = coverage.mapped(name)
    keys = (key for category in wanted.row_categories for key in category.row_key)
    names = MATCHING.union(wanted.values, wanted.everywhere_with_row_keys, keys) & mapped
    asked = mapped if wanted.whole else names
    return SearchOrder(
        entity=EntityKind.PERSON,
        by=handles.ID_NUMBER,
        spellings=texts,
        indicators=asked,
        rows=row_codes(asked) | {code for code in wanted.rows if _holds(coverage, name, code)},
        raw=wanted.is_raw,
    )


def _holds(coverage: Coverage, source: SourceName, code: CategoryCode) -> bool:
    return coverage.maps_rows(source, catalogue().categories[code])


def _number_of(facet: Facet) -> str:
    return normalise_id_number(str(facet.values.get(handles.ID_NUMBER) or "")).text


def _subject(reads: Reads, ask: NumberAsk, facets: Sequence[Facet], seals: Seals) -> Subject | None:
    found = {facet.key: facet for facet in facets}
    known = reads.known.get((EntityKind.PERSON, ask.key)) if ask.key else None
    if known is not None:
        found[known.facet.key] = known.facet
    if not found:
        return None
    decided = decide_unlinked([_row(facet) for facet in found.values()])
    leader = decided.leader.key
    merged = [row.key for row in decided.merged]
    if decided.state is IdentityState.CONFLICT and ask.key in found:
        leader, merged = ask.key, [ask.key]
    return Subject(
        kind=EntityKind.PERSON,
        id=sealed_id(EntityKind.PERSON, leader, seals),
        state=decided.state,
        keys=ordered_keys(merged, RECORD_ORDER),
        apart=ordered_keys(found.keys() - set(merged), RECORD_ORDER),
    )


def _row(facet: Facet) -> UnlinkedRow:
    former = facet.values.get(handles.FORMER_NAME)
    return UnlinkedRow(
        key=facet.key,
        name=str(facet.values.get(handles.PERSON_NAME) or ""),
        former_names=former if isinstance(former, tuple) else (),
    )
