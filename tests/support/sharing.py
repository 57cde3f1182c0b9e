"""Sources behind what shares their reads and keeps their rows, as tests want it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.port import Listed, ListOrder, ReadOrder, SourceReader
from cache.memory import Memory, MemoryOptions
from domain.model.keys import LocalKey
from domain.model.records import Facet
from domain.model.tally import Tally
from resolvers.sharing import Collapse, Kept, RowKey, SharedReader, SharingOptions
from tests.support.fakes import FakeSource

DEADLINE = 8.0


def digest(key: LocalKey) -> str:
    """A token that nobody takes for the key."""
    return f"digest of {key.source} {key.text}"


@dataclass
class Clock:
    """A clock that tests set."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def shared(
    reader: SourceReader,
    collapse: Collapse = Collapse.ALL,
    *,
    keeps: bool = True,
    personal: bool = True,
    entries: int = 1000,
    timer: Callable[[], float] = time.monotonic,
    deadline: float = DEADLINE,
) -> SharedReader:
    """The source behind everything that can be switched on."""
    memory = Memory[RowKey, Facet | None](MemoryOptions(30.0, entries), lambda: True, timer)
    options = SharingOptions(deadline, collapse, personal)
    return SharedReader(reader, options, Kept(memory, digest) if keeps else None)


@dataclass(slots=True)
class SlowSource(FakeSource):
    """A fake that answers when it is let; `orders` is what it was asked for."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    orders: list[ReadOrder] = field(default_factory=list)

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        self.orders.append(order)
        await self.gate.wait()
        return await FakeSource.read(self, order, tally)

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        await asyncio.sleep(0)  # As long as any database takes, others come.
        await self.gate.wait()
        return await FakeSource.page(self, order, tally)
