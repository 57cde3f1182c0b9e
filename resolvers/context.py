"""What one request carries: its reads, loaders, clock and notes; nothing outlives it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from domain.model.access import OPEN, Access, Redaction, RowClass
from domain.model.principal import Principal
from domain.model.tally import Tally
from domain.policy.purposes import Purpose
from resolvers.health import Health
from resolvers.loaders import Loaders
from resolvers.reaching import Reaching, covers_city
from resolvers.reading import Reads
from resolvers.sources import Sources
from store.audit.reading import AuditBook
from store.database import Store

CITY_TIME: Final = ZoneInfo("Asia/Shanghai")


@dataclass(slots=True)
class RequestContext:
    """The context of one GraphQL request; `trace` names it in logs and errors.

    `access` is what the caller may see and reach; OPEN where access control is off. `audit` is the
    log of who read what, where it is kept.
    """

    reads: Reads
    loaders: Loaders
    store: Store
    now: datetime
    trace: str
    health: Health
    principal: Principal | None = None
    access: Access = OPEN
    purpose: Purpose | None = None
    audit: AuditBook | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    redactions: tuple[Redaction, ...] = ()
    rows_shown: set[RowClass] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The day in the city."""
        return self.now.astimezone(CITY_TIME).date()


class Asker(NamedTuple):
    """Who asks, what may be seen and reached, what for; nobody in particular with access off."""

    principal: Principal | None = None
    access: Access = OPEN
    purpose: Purpose | None = None


NOBODY: Final = Asker()


@dataclass(frozen=True, slots=True)
class City:
    """What every request of the process shares."""

    sources: Sources
    store: Store
    health: Health
    clock: Callable[[], datetime]
    division: str | None = None
    """Where all that the departments hold lies; None where nobody says."""
    audit: AuditBook | None = None


def open_context(city: City, trace: str, asker: Asker = NOBODY) -> RequestContext:
    """A fresh context; call it inside the running event loop. No principal: access is off."""
    viewer = asker.access.digest, asker.access.scope
    reads = Reads(city.sources, Tally(viewer=viewer))
    loaders = Loaders(reads, city.store)
    now = city.clock()
    if not covers_city(asker.access.scope, city.division):
        today = now.astimezone(CITY_TIME).date()
        find = loaders.unit_links.load_many
        reads.bounds = Reaching(asker.access.scope, reads, find, today)
    shared = (city.store, now, trace, city.health)
    return RequestContext(reads, loaders, *shared, *asker, audit=city.audit)
