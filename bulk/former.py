"""Earlier names of a few records, read by key: streams carry single values only."""

from collections.abc import Sequence

from adapters.port import ReadOrder, SourceReader
from bulk.run import Run
from domain.catalogue.handles import FORMER_NAME
from domain.model.errors import SourceError
from domain.model.keys import EntityKind, LocalKey
from domain.model.tally import Tally

FormerNames = dict[LocalKey, tuple[str, ...]]


async def read_former_names(
    run: Run, keys: Sequence[LocalKey]
) -> tuple[FormerNames, frozenset[LocalKey]]:
    """Earlier names by record, and the records whose source broke off meanwhile."""
    found: FormerNames = {}
    unread: set[LocalKey] = set()
    for reader in run.holders:
        own = [key for key in keys if key.source == reader.description.name]
        if not own or FORMER_NAME not in reader.description.places[EntityKind.PERSON]:
            continue
        try:
            found |= await _read(reader, own)
        except SourceError:
            unread.update(own)
    return found, frozenset(unread)


async def _read(reader: SourceReader, keys: Sequence[LocalKey]) -> FormerNames:
    texts = tuple(dict.fromkeys(key.text for key in keys))
    order = ReadOrder(EntityKind.PERSON, texts, frozenset({FORMER_NAME}))
    facets = [facet for facet in await reader.read(order, Tally()) if facet is not None]
    told = {facet.key: facet.values.get(FORMER_NAME) for facet in facets}
    return {key: names for key, names in told.items() if isinstance(names, tuple)}
