"""The loaders of one request: equal questions are asked once, all of a level together."""

from functools import partial

from domain.identity.stitching import Gathered
from domain.model.keys import EntityKind, LocalKey
from domain.model.quota import PoolTotals
from domain.model.subjects import Subject
from resolvers.batched import Batched
from resolvers.gathering import gather
from resolvers.linking import Linker
from resolvers.needs import Ask
from resolvers.nested import ListPage, pages_of
from resolvers.pages import Page
from resolvers.pool_totals import TotalsAsk, gather_totals
from resolvers.pools import PoolAsk, UnitPools, gather_pools
from resolvers.reading import Reads
from resolvers.searching import NumberAsk, search_people
from resolvers.subjects import Linked
from resolvers.unit_codes import search_unit_codes
from resolvers.within import codes_within, numbers_within, subjects_within
from store.database import Store
from store.people import PersonAsk
from store.units import UnitAsk


class Loaders:
    """One instance a request; must be made inside the running event loop."""

    def __init__(self, reads: Reads, store: Store) -> None:
        self._reads = reads
        self._store = store
        self.person_links: Batched[PersonAsk, Linked | None] = Batched(self._person_links)
        self.unit_links: Batched[UnitAsk, Linked | None] = Batched(self._unit_links)
        self.unit_codes: Batched[str, LocalKey | None] = Batched(self._unit_codes)
        self.numbers: Batched[NumberAsk, Subject | None] = Batched(self._numbers)
        self.facts: dict[EntityKind, Batched[Ask, Gathered]] = {
            kind: Batched(partial(self._facts, kind)) for kind in EntityKind
        }
        self.within: dict[EntityKind, Batched[Subject, Subject | None]] = {
            kind: Batched(partial(self._within, kind)) for kind in EntityKind
        }
        self.numbers_within: Batched[str, bool] = Batched(self._numbers_within)
        self.codes_within: Batched[str, bool] = Batched(self._codes_within)
        self.pages: Batched[ListPage, Page[Subject]] = Batched(self._pages)
        self.pools: Batched[PoolAsk, UnitPools | None] = Batched(self._pools)
        self.pool_totals: Batched[TotalsAsk, PoolTotals | None] = Batched(self._pool_totals)

    def ask_alone(self, *, is_alone: bool) -> None:
        """Whether nothing else of the request looks for owners now, so that nobody need wait."""
        self.person_links.is_lone = self.unit_links.is_lone = is_alone

    async def _person_links(self, asks: list[PersonAsk]) -> list[Linked | None]:
        people, tally = self._store.people, self._reads.tally
        if len(asks) == 1 and not self._reads.shows_links:
            return [await people.find_owner(asks[0], tally)]
        return [*await people.find(asks, tally)]

    async def _unit_links(self, asks: list[UnitAsk]) -> list[Linked | None]:
        keys = [ask.key for ask in asks if ask.key is not None]
        if len(keys) == len(asks) and not self._reads.shows_links:
            _, owners = await self._store.owners([], keys, self._reads.tally)
            return [*owners]
        return [*await self._store.units.find(asks, self._reads.tally)]

    async def _unit_codes(self, codes: list[str]) -> list[LocalKey | None]:
        return await search_unit_codes(self._reads, codes)

    async def _numbers(self, asks: list[NumberAsk]) -> list[Subject | None]:
        return await search_people(self._reads, self._store.seals, asks)

    async def _facts(self, kind: EntityKind, asks: list[Ask]) -> list[Gathered]:
        return await gather(self._reads, kind, asks)

    async def _within(self, kind: EntityKind, subjects: list[Subject]) -> list[Subject | None]:
        return await subjects_within(self._reads, kind, subjects)

    async def _numbers_within(self, numbers: list[str]) -> list[bool]:
        return await numbers_within(self._reads, numbers)

    async def _codes_within(self, codes: list[str]) -> list[bool]:
        return await codes_within(self._reads, codes)

    async def _pools(self, asks: list[PoolAsk]) -> list[UnitPools | None]:
        return await gather_pools(self._reads, asks)

    async def _pages(self, asks: list[ListPage]) -> list[Page[Subject]]:
        linker = Linker(self._reads, self._store, self.unit_links.prime)
        return await pages_of(linker, asks)

    async def _pool_totals(self, asks: list[TotalsAsk]) -> list[PoolTotals | None]:
        return await gather_totals(self._reads, asks)
