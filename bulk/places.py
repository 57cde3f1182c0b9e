"""Which unit a department's own unit code means, by the links of units."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.port import SourceDescription, SourceReader
from domain.identity.matching import SURE
from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey, SourceName
from store.database import Store
from store.units import UnitLinks

SURE_LEVELS: Final = frozenset(level.value for level in SURE)


@dataclass(slots=True)
class Places:
    """Units by the codes that persons' records name; a code is looked up once."""

    units: UnitLinks
    owners: dict[str, str]
    offices: Sequence[SourceName]
    known: dict[tuple[SourceName, str], str | None] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Changes when a code leads to another unit."""
        text = "\n".join([*self.offices, *(f"{k} {v}" for k, v in sorted(self.owners.items()))])
        return hashlib.sha256(text.encode()).hexdigest()

    def unit_of(self, source: SourceDescription, code: str) -> str | None:
        """The unit of a source's own code, else of a standard code; None where no link knows it."""
        asked = source.name, code
        if asked not in self.known:
            self.known[asked] = self._find(source, code)
        return self.known[asked]

    def _find(self, source: SourceDescription, code: str) -> str | None:
        own = LocalKey(source.department, source.name, code)
        standard = (LocalKey(Department.ESTABLISHMENT, name, code) for name in self.offices)
        found = (self.owners.get(self.units.key_index(key)) for key in (own, *standard))
        return next((owner for owner in found if owner is not None), None)


async def read_places(readers: Sequence[SourceReader], store: Store) -> Places:
    """The sure links of units as they stand."""
    owners: dict[str, str] = {}
    sources = [each.description for each in readers if each.description.places.get(EntityKind.UNIT)]
    for source in sources:
        after = ""
        while page := await store.units.list_open(source.name, after):
            after = page[-1].id
            owners |= {link.key_hmac: link.owner for link in page if link.level in SURE_LEVELS}
    offices = [each.name for each in sources if each.department is Department.ESTABLISHMENT]
    return Places(store.units, owners, offices)
