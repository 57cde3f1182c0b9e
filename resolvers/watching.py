"""One look a second at the sources for everybody who listens; nobody looks while nobody does."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Final

from resolvers.health import Health, SourceHealth

EVERY: Final = 1.0
"""Seconds between two looks; what comes and goes in between is not told."""


@dataclass(slots=True, eq=False)
class _Mailbox:
    """What one listener has not heard yet: of each source the newest state only."""

    unheard: dict[str, SourceHealth]
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, health: SourceHealth) -> None:
        self.unheard[health.name] = health
        self.news.set()

    def take(self) -> SourceHealth | None:
        if not self.unheard:
            self.news.clear()
            return None
        return self.unheard.pop(next(iter(self.unheard)))


class SourceWatch:
    """Tells listeners how the sources are doing; reads memory only, never a department."""

    def __init__(self, health: Health, every: float = EVERY) -> None:
        self._health = health
        self._every = every
        self._mailboxes: set[_Mailbox] = set()
        self._looking: asyncio.Task[None] | None = None
        self._known: dict[str, SourceHealth] = {}

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._mailboxes)

    async def changes(self) -> AsyncGenerator[SourceHealth, None]:
        """Every source as it is now, then each that changed; a slow listener misses what is old."""
        looking = self._look_while_heard()
        mailbox = _Mailbox(dict(self._known))
        self._mailboxes.add(mailbox)
        try:
            while True:
                while (health := mailbox.take()) is not None:
                    yield health
                if looking.done():
                    looking.result()
                await mailbox.news.wait()
        finally:
            self._mailboxes.discard(mailbox)
            if not self._mailboxes and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    def _look_while_heard(self) -> asyncio.Task[None]:
        # What comes is told by its difference to what is known: who comes later begins with that.
        if self._looking is None or self._looking.done():
            self._known = self._states()
            self._looking = asyncio.create_task(self._look())
        return self._looking

    async def _look(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._every)
                now = self._states()
                for health in changed(self._known, now):
                    for mailbox in self._mailboxes:
                        mailbox.put(health)
                self._known = now
        finally:
            for mailbox in self._mailboxes:
                mailbox.news.set()

    def _states(self) -> dict[str, SourceHealth]:
        return {health.name: health for health in self._health()}


def changed(
    before: Mapping[str, SourceHealth], now: Mapping[str, SourceHealth]
) -> list[SourceHealth]:
    """The sources that are doing otherwise than before; latency and waiters are no news."""
    return [
        health
        for name, health in now.items()
        if name not in before or _told(before[name]) != _told(health)
    ]


def _told(health: SourceHealth) -> tuple[object, ...]:
    return health.state, health.since, health.last_error, health.breaker.state
