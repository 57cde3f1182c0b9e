"""Links the whole city, persons and units: the work behind `fourfold link`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.port import SourceReader
from bulk.people import link_people
from bulk.reports import LinkSummary, Progress, UnreadSource
from bulk.units import link_units
from store.database import Store
from store.recording import Stamp

AUTHOR: Final = "fourfold link"


@dataclass(frozen=True, slots=True)
class CityLinks:
    """What linking found and changed."""

    people: LinkSummary
    units: LinkSummary

    @property
    def unread(self) -> tuple[UnreadSource, ...]:
        """The sources that were left as they are linked, persons first."""
        return (*self.people.unread, *self.units.unread)


async def link_city(
    readers: Sequence[SourceReader],
    store: Store,
    *,
    now: datetime,
    progress: Progress,
    full: bool = False,
) -> CityLinks:
    """Build or refresh the cross-reference from the live sources; a second run changes nothing.

    What changed since the last run is judged, or everything where that is asked for or needed.
    """
    stamp = Stamp(AUTHOR, now)
    units = await link_units(readers, store, stamp, progress, full=full)
    people = await link_people(readers, store, stamp, progress, full=full)
    if people.changes.opened or units.changes.opened:
        await store.refresh_statistics()
    return CityLinks(people, units)
