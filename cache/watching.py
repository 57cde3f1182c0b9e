"""Keeps the caches of this process in step with what other processes write."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from domain.model.changes import Change
from domain.model.errors import PlatformError
from domain.model.keys import SourceName

EVERY_SECONDS: Final = 1.0
TRUSTED_SECONDS: Final = 3.0
"""A look that began longer ago than this does not vouch for anything."""
CLEAN_SECONDS: Final = 300.0
MOST_CHANGES: Final = 1000


class ChangeFeed(Protocol):
    """The changes that all processes note; raises PlatformError where it does not answer."""

    async def newest(self) -> int:
        """The number of the last change; 0 where there is none."""

    async def list_behind(self, number: int, limit: int) -> Sequence[Change]:
        """The first so many changes behind this number, in their order."""

    async def clean(self) -> None:
        """Drops changes that every process must have seen long ago."""


class Forgetful(Protocol):
    """What can forget what it holds."""

    def forget(self, tokens: Iterable[str]) -> None:
        """Forgets what carries one of these tokens."""

    def forget_all(self) -> None:
        """Forgets everything."""


class Together:
    """Several that hold answers of one kind of change."""

    def __init__(self, caches: Sequence[Forgetful]) -> None:
        self._caches = caches

    def forget(self, tokens: Iterable[str]) -> None:
        """Each forgets what carries one of these tokens."""
        every = tuple(tokens)
        for cache in self._caches:
            cache.forget(every)

    def forget_all(self) -> None:
        """Each forgets everything."""
        for cache in self._caches:
            cache.forget_all()


class Watcher:
    """Looks about once a second at what was written, and lets the caches forget it.

    `is_current` is no from the moment a look fails, or takes too long, until one has worked again.
    """

    def __init__(self, feed: ChangeFeed, timer: Callable[[], float] = time.monotonic) -> None:
        self._feed = feed
        self._timer = timer
        self._caches: dict[SourceName | None, Forgetful] = {}
        self._seen = 0
        self._looked_at: float | None = None
        self._cleaned_at = timer()
        self.failures = 0

    def watch(self, caches: Mapping[SourceName | None, Forgetful]) -> None:
        """Keeps these in step: what is held of a source's rows, and, under None, of links."""
        self._caches |= caches

    def is_current(self) -> bool:
        """Whether the caches hold nothing that was changed more than moments ago."""
        return self._looked_at is not None and self._timer() - self._looked_at <= TRUSTED_SECONDS

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """One look; where the one before is too long ago, nothing that is held can be believed."""
        began = self._timer()
        try:
            if self.is_current():
                await self._catch_up()
            else:
                self._seen = await self._feed.newest()
                self._forget_everything()
            if began - self._cleaned_at > CLEAN_SECONDS:
                self._cleaned_at = began
                await self._feed.clean()
        except PlatformError:
            self._looked_at = None
            self.failures += 1
        else:
            self._looked_at = began

    async def _catch_up(self) -> None:
        while changes := await self._feed.list_behind(self._seen, MOST_CHANGES):
            self._seen = changes[-1].number
            self._forget(changes)
            if len(changes) < MOST_CHANGES:
                break

    def _forget(self, changes: Sequence[Change]) -> None:
        tokens: dict[SourceName | None, list[str | None]] = {}
        for change in changes:
            tokens.setdefault(change.source, []).append(change.token)
        for source, changed in tokens.items():
            cache = self._caches.get(source)
            if cache is None:
                continue
            known = [token for token in changed if token is not None]
            if len(known) < len(changed):
                cache.forget_all()
            else:
                cache.forget(known)

    def _forget_everything(self) -> None:
        for cache in self._caches.values():
            cache.forget_all()
