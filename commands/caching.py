"""Puts caches before the sources and the platform database, and keeps them in step with others."""

import asyncio
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from adapters.port import SourceReader
from cache.figures import sum_of
from cache.generations import Generations
from cache.memory import Memory, MemoryOptions
from cache.watching import Forgetful, Together, Watcher
from commands.opening import City, Clock
from domain.model.keys import SourceName
from domain.model.records import Facet
from domain.model.tally import PLATFORM
from resolvers.sharing import (
    CacheCounts,
    Collapse,
    Kept,
    RowKey,
    SharedReader,
    SharingOptions,
)
from settings import CachePart, Settings, SourcePart
from store.database import Store
from store.engine import Found, LinkKey
from store.finding import ANY_CODE
from store.forms import OwnerRow


@asynccontextmanager
async def open_caches(settings: Settings, city: City, clock: Clock) -> AsyncIterator[City]:
    """The city behind the caches of the settings while the block lasts.

    What is switched off is not there at all; where nothing is kept nobody looks for changes.
    """
    watcher = Watcher(city.store.changes(clock))
    shared = [
        _shared(reader, settings, city.store, watcher)
        for reader in city.readers
        if _is_shared(settings, reader.description.name)
    ]
    kept: dict[SourceName | None, Forgetful] = {
        each.description.name: each for each in shared if each.keeps_rows
    }
    links, units = _links(settings.cache, watcher), _units(settings.cache, watcher)
    remembered = [each for each in (links, units) if each is not None]
    if remembered:
        kept[None] = Together(remembered)
    store = city.store.remembering(links, units) if remembered else city.store
    through = {each.description.name: each for each in shared}

    def counts() -> CacheCounts:
        found: dict[str, Mapping[str, int]] = {n: r.figures.as_counts() for n, r in through.items()}
        if remembered:
            found[PLATFORM] = sum_of(each.figures for each in remembered).as_counts()
        return found

    async with AsyncExitStack() as stack:
        for each in shared:
            stack.push_async_callback(each.close)
        if kept:
            watcher.watch(kept)
            await watcher.look()
            await stack.enter_async_context(_running(watcher))
        yield replace(city, store=store, through=through, cache_counts=counts)


def _is_shared(settings: Settings, name: str) -> bool:
    return settings.cache.collapse is not Collapse.OFF or settings.sources[name].cache_seconds > 0


def _shared(
    reader: SourceReader, settings: Settings, store: Store, watcher: Watcher
) -> SharedReader:
    part = settings.sources[reader.description.name]
    options = SharingOptions(part.deadline, settings.cache.collapse, part.cache_personal)
    return SharedReader(reader, options, _kept(part, settings.cache, store, watcher))


def _kept(part: SourcePart, cache: CachePart, store: Store, watcher: Watcher) -> Kept | None:
    if not part.cache_seconds:
        return None
    options = MemoryOptions(part.cache_seconds, cache.rows)
    memory = Memory[RowKey, Facet | None](options, watcher.is_current)
    return Kept(memory, store.people.key_index)


def _links(part: CachePart, watcher: Watcher) -> Memory[LinkKey, Sequence[Found]] | None:
    if not part.links_seconds:
        return None
    options = MemoryOptions(part.links_seconds, part.links)
    return Memory[LinkKey, Sequence[Found]](options, watcher.is_current)


def _units(part: CachePart, watcher: Watcher) -> Generations[Hashable, OwnerRow] | None:
    if not part.unit_links_seconds:
        return None
    options = MemoryOptions(part.unit_links_seconds, part.unit_links)
    return Generations[Hashable, OwnerRow](options, watcher.is_current, ANY_CODE)


@asynccontextmanager
async def _running(watcher: Watcher) -> AsyncIterator[None]:
    looking = asyncio.create_task(watcher.run())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
