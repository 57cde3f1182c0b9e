"""A new index key: hashes the numbers of the live sources under it, then lets the store change."""

from collections.abc import Iterator, Sequence

from adapters.port import LINK_KEY, SourceReader
from bulk.reading import Wanted, list_holders, stream, text_of
from bulk.reports import Findings, Progress
from domain.catalogue.handles import ID_NUMBER
from domain.identity.id_numbers import normalise_id_number
from domain.identity.link_keys import normalise_link_key
from domain.model.keys import EntityKind
from domain.model.records import Facet
from store.database import Store
from store.links import link_index
from store.rekeying import Rekeyed, rekey
from store.sealing import Seals


def _hashes(seals: Seals, row: Facet, link_name: str | None) -> Iterator[str]:
    """What a record is known by: its number, its link key."""
    normal = normalise_id_number(text_of(row, ID_NUMBER))
    if normal.is_valid:
        yield seals.blind_index(normal.text)
    link_key = normalise_link_key(text_of(row, LINK_KEY))
    if link_name and link_key:
        yield link_index(seals, link_name, link_key)


async def rekey_city(
    readers: Sequence[SourceReader], store: Store, new: Seals, progress: Progress
) -> Rekeyed:
    """Read every number once and write all hashes anew; a source that fails leaves all as it was.

    Holds two hashes a number in memory: 60 MiB for 188,000 persons. Raises SourceError.
    """
    wanted = Wanted(EntityKind.PERSON, frozenset({ID_NUMBER, LINK_KEY}), needed=(ID_NUMBER,))
    numbers: dict[str, str] = {}
    for reader in list_holders(readers, wanted, Findings()):
        name = reader.description.link_keys.get(EntityKind.PERSON)
        async for facets in stream(reader, wanted, progress):
            for row in (row for facet in facets for row in (facet, *facet.twins)):
                old, again = (list(_hashes(seals, row, name)) for seals in (store.seals, new))
                numbers |= zip(old, again, strict=True)
    return await rekey(store.database, store.seals, new, numbers)
