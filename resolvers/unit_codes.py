"""Units that no link knows, found live by standard code; one search a source for many codes."""

import asyncio
from collections.abc import Sequence

from adapters.port import SearchOrder, SourceReader
from domain.catalogue import handles
from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey
from domain.model.records import Facet
from domain.model.values import canonical_text
from resolvers.reading import Reads

UNIT_FIELD = {"Query.unit"}


async def search_unit_codes(reads: Reads, codes: Sequence[str]) -> list[LocalKey | None]:
    """The lowest key that has each code, in the order of the codes; None where no source has it."""
    readers = reads.sources.holding(Department.ESTABLISHMENT, EntityKind.UNIT, handles.UNIT_CODE)
    texts = tuple(dict.fromkeys(codes))
    answers = await asyncio.gather(*(_search(reads, reader, texts) for reader in readers))
    lowest: dict[str | None, LocalKey] = {}
    for facet in sorted((f for answer in answers for f in answer), key=lambda f: f.key):
        lowest.setdefault(canonical_text(facet.values.get(handles.UNIT_CODE)), facet.key)
    return [lowest.get(code) for code in codes]


async def _search(reads: Reads, reader: SourceReader, texts: tuple[str, ...]) -> list[Facet]:
    by = handles.UNIT_CODE
    order = SearchOrder(EntityKind.UNIT, by, texts, frozenset({by}))
    facets = await reads.search(reader, order, UNIT_FIELD) or []
    reads.remember(order, facets)
    return facets
