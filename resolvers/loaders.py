"""The loaders of one request: equal questions are asked once, all of a level together."""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final

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
    """One instance a request, made inside the running event loop; each loader when it is asked.

    None refers back to what made it: a request leaves nothing behind that only a search for
    circles finds.
    """

    person_links: Batched[PersonAsk, Linked | None]
    unit_links: Batched[UnitAsk, Linked | None]
    unit_codes: Batched[str, LocalKey | None]
    numbers: Batched[NumberAsk, Subject | None]
    facts: Mapping[EntityKind, Batched[Ask, Gathered]]
    within: Mapping[EntityKind, Batched[Subject, Subject | None]]
    numbers_within: Batched[str, bool]
    codes_within: Batched[str, bool]
    pages: Batched[ListPage, Page[Subject]]
    pools: Batched[PoolAsk, UnitPools | None]
    pool_totals: Batched[TotalsAsk, PoolTotals | None]

    def __init__(self, reads: Reads, store: Store) -> None:
        self._reads = reads
        self._store = store
        self._is_alone = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as declared above
        """A loader that nobody has asked for so far."""
        make = _MAKERS.get(name)
        if make is None:
            raise AttributeError(name)
        made = self.__dict__[name] = make(self)
        if self._is_alone and name in _LONELY:
            made.is_lone = True
        return made

    def ask_alone(self, *, is_alone: bool) -> None:
        """Whether the request asks one thing after the other now, so that nobody need wait."""
        self._is_alone = is_alone
        for name in _LONELY & self.__dict__.keys():
            self.__dict__[name].is_lone = is_alone

    def reading(self, read: Callable[..., Coroutine[Any, Any, list[Any]]], *first: object) -> Any:  # noqa: ANN401 - a loader of whatever `read` takes and gives
        """A loader by a function of the request's reads."""
        return Batched(partial(read, self._reads, *first))

    def stored(self, read: Callable[..., Coroutine[Any, Any, list[Any]]], *more: object) -> Any:  # noqa: ANN401 - as above
        """A loader by a function of the request's reads and of the store."""
        return Batched(partial(read, self._reads, self._store, *more))


async def _person_links(reads: Reads, store: Store, asks: list[PersonAsk]) -> list[Linked | None]:
    if len(asks) == 1 and not reads.shows_links:
        return [await store.people.find_owner(asks[0], reads.tally)]
    return [*await store.people.find(asks, reads.tally)]


async def _unit_links(reads: Reads, store: Store, asks: list[UnitAsk]) -> list[Linked | None]:
    if reads.shows_links:
        return [*await store.units.find(asks, reads.tally)]
    if len(asks) == 1 and asks[0].unit_code is None:
        return [await store.units.find_owner(asks[0], reads.tally)]
    keys = [ask.key for ask in asks if ask.key is not None]
    if len(keys) < len(asks):
        return [*await store.units.find(asks, reads.tally)]
    _, owners = await store.owners([], keys, reads.tally)
    return [*owners]


async def _numbers(reads: Reads, store: Store, asks: list[NumberAsk]) -> list[Subject | None]:
    return await search_people(reads, store.seals, asks)


async def _pages(
    reads: Reads,
    store: Store,
    prime: Callable[[UnitAsk, Linked | None], object],
    asks: list[ListPage],
) -> list[Page[Subject]]:
    return await pages_of(Linker(reads, store, prime), asks)


_LONELY: Final = frozenset({"person_links", "unit_links", "pages"})
"""Loaders that may be asked one thing after the other."""
_MAKERS: Final[Mapping[str, Callable[[Loaders], Any]]] = {  # Any: a loader, or one of each kind
    "person_links": lambda own: own.stored(_person_links),
    "unit_links": lambda own: own.stored(_unit_links),
    "unit_codes": lambda own: own.reading(search_unit_codes),
    "numbers": lambda own: own.stored(_numbers),
    "facts": lambda own: {kind: own.reading(gather, kind) for kind in EntityKind},
    "within": lambda own: {kind: own.reading(subjects_within, kind) for kind in EntityKind},
    "numbers_within": lambda own: own.reading(numbers_within),
    "codes_within": lambda own: own.reading(codes_within),
    "pages": lambda own: own.stored(_pages, own.unit_links.prime),
    "pools": lambda own: own.reading(gather_pools),
    "pool_totals": lambda own: own.reading(gather_totals),
}
