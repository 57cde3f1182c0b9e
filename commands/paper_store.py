"""A platform database of paper: it knows every person and unit, linked in every department."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from adapters.rehearsal.source import Rehearsed
from adapters.rehearsal.waves import Waves
from domain.identity.matching import MatchLevel
from domain.model.keys import EntityKind, LocalKey, PersonId, UnitId
from domain.model.tally import PLATFORM, Tally
from store.database import Store
from store.engine import Database
from store.forms import Owner
from store.people import LinkedPerson, PersonAsk, PersonLink, PersonLinks
from store.sealing import Seals
from store.units import LinkedUnit, UnitAsk, UnitLink, UnitLinks

_SECRET_BYTES: Final = 32
_SINCE: Final = datetime(2000, 1, 1, tzinfo=UTC)
Links = Mapping[EntityKind, Sequence[LocalKey]]


def paper_store(sources: Sequence[Rehearsed], waves: Waves, *, knows: bool) -> Store:
    """Where `knows` is false nobody is linked, and people are searched for in every source."""
    database = Database("sqlite:///", 1)
    seals = Seals(secrets.token_bytes(_SECRET_BYTES), secrets.token_bytes(_SECRET_BYTES))
    links = {kind: _keys(sources, kind) if knows else () for kind in EntityKind}
    people = _PaperPeople(database, seals, links[EntityKind.PERSON], waves)
    units = _PaperUnits(database, seals, links[EntityKind.UNIT], waves)
    return _PaperStore(database, seals, people, units)


def _keys(sources: Sequence[Rehearsed], kind: EntityKind) -> tuple[LocalKey, ...]:
    """One key a department: a person is held by one of its sources."""
    keys = (key for source in sources if (key := source.key(kind)) is not None)
    return tuple({key.department: key for key in reversed(list(keys))}.values())


class _PaperStore(Store):
    async def find(
        self, people: Sequence[PersonAsk], units: Sequence[UnitAsk], tally: Tally
    ) -> tuple[list[LinkedPerson | None], list[LinkedUnit | None]]:
        """Both batches by one statement, as the real one."""
        together = Tally()
        found = await asyncio.gather(
            self.people.find(people, together), self.units.find(units, together)
        )
        tally.count(PLATFORM)
        return found

    async def owners(
        self, people: Sequence[LocalKey], units: Sequence[LocalKey], tally: Tally
    ) -> tuple[Sequence[Owner | None], Sequence[Owner | None]]:
        """The owners of both by one statement, as the real one."""
        asked: tuple[Sequence[PersonAsk], Sequence[UnitAsk]] = (
            [PersonAsk(key=key) for key in people],
            [UnitAsk(key=key) for key in units],
        )
        persons, places = await self.find(*asked, tally)
        return [_owner(each) for each in persons], [_owner(each) for each in places]


def _owner(linked: LinkedPerson | LinkedUnit | None) -> Owner | None:
    if linked is None:
        return None
    owner = linked.person_id if isinstance(linked, LinkedPerson) else linked.unit_id
    return Owner(owner, tuple(link.key for link in linked.links))


class _PaperPeople(PersonLinks):
    def __init__(
        self, database: Database, seals: Seals, keys: Sequence[LocalKey], waves: Waves
    ) -> None:
        super().__init__(database, seals)
        self._keys = keys
        self._waves = waves

    async def find(self, asks: Sequence[PersonAsk], tally: Tally) -> list[LinkedPerson | None]:
        """One statement for the batch, as the real one."""
        tally.count(PLATFORM)
        await self._waves.joined()
        return [self._told(ask) if self._keys else None for ask in asks]

    async def find_owner(self, ask: PersonAsk, tally: Tally) -> Owner | None:
        """One statement, as the real one."""
        [found] = await self.find([ask], tally)
        return _owner(found)

    def _told(self, ask: PersonAsk) -> LinkedPerson:
        owner = ask.person_id or PersonId("1")
        links = (PersonLink(owner, key, *_LINKED) for key in self._keys)
        return LinkedPerson(owner, tuple(links))


class _PaperUnits(UnitLinks):
    def __init__(
        self, database: Database, seals: Seals, keys: Sequence[LocalKey], waves: Waves
    ) -> None:
        super().__init__(database, seals)
        self._keys = keys
        self._waves = waves

    async def find(self, asks: Sequence[UnitAsk], tally: Tally) -> list[LinkedUnit | None]:
        """One statement for the batch, as the real one."""
        tally.count(PLATFORM)
        await self._waves.joined()
        return [self._told(ask) if self._keys else None for ask in asks]

    async def find_owner(self, ask: UnitAsk, tally: Tally) -> Owner | None:
        """One statement, as the real one."""
        [found] = await self.find([ask], tally)
        return _owner(found)

    def _told(self, ask: UnitAsk) -> LinkedUnit:
        owner = ask.unit_id or UnitId("1")
        links = (UnitLink(owner, key, *_LINKED) for key in self._keys)
        return LinkedUnit(owner, tuple(links))


_LINKED: Final = (MatchLevel.CERTAIN, (), "paper", None, _SINCE, None)
