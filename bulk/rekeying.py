"""A new index key: hashes the numbers of the live sources under it, then lets the store change."""

from collections.abc import Sequence

from adapters.port import SourceReader
from bulk.reading import Wanted, list_holders, stream, text_of
from bulk.reports import Findings, Progress
from domain.catalogue.handles import ID_NUMBER
from domain.identity.id_numbers import normalise_id_number
from domain.model.keys import EntityKind
from store.database import Store
from store.rekeying import Rekeyed, rekey
from store.sealing import Seals


async def rekey_city(
    readers: Sequence[SourceReader], store: Store, new: Seals, progress: Progress
) -> Rekeyed:
    """Read every number once and write all hashes anew; a source that fails leaves all as it was.

    Holds two hashes a number in memory: 60 MiB for 188,000 persons. Raises SourceError.
    """
    wanted = Wanted(EntityKind.PERSON, frozenset({ID_NUMBER}), needed=(ID_NUMBER,))
    numbers: dict[str, str] = {}
    for reader in list_holders(readers, wanted, Findings()):
        async for facets in stream(reader, wanted, progress):
            for row in (row for facet in facets for row in (facet, *facet.twins)):
                normal = normalise_id_number(text_of(row, ID_NUMBER))
                if normal.is_valid:
                    old = store.seals.blind_index(normal.text)
                    numbers[old] = new.blind_index(normal.text)
    return await rekey(store.database, store.seals, new, numbers)
