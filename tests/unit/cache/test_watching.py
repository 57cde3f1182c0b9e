"""Keeping in step: what others wrote is forgotten, and what is not known is not trusted."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from cache.watching import CLEAN_SECONDS, TRUSTED_SECONDS, Watcher
from domain.model.changes import Change
from domain.model.errors import PlatformError
from domain.model.keys import SourceName

HR = SourceName("hr")


@dataclass
class Feed:
    """Changes in memory; `down` lets every question fail."""

    changes: list[Change] = field(default_factory=list)
    down: bool = False
    cleaned: int = 0

    def note(self, source: SourceName | None, *tokens: str | None) -> None:
        for token in tokens:
            self.changes.append(Change(len(self.changes) + 1, source, token))

    async def newest(self) -> int:
        self._check()
        return len(self.changes)

    async def list_behind(self, number: int, limit: int) -> Sequence[Change]:
        self._check()
        return self.changes[number : number + limit]

    async def clean(self) -> None:
        self._check()
        self.cleaned += 1

    def _check(self) -> None:
        if self.down:
            raise PlatformError("away")


@dataclass
class Noting:
    """Notes what it is told to forget."""

    told: list[list[str] | None] = field(default_factory=list)

    def forget(self, tokens: Iterable[str]) -> None:
        self.told.append(list(tokens))

    def forget_all(self) -> None:
        self.told.append(None)


@dataclass
class Watched:
    """A watcher of links and of one source, over a clock that tests set."""

    now: float = 50.0
    feed: Feed = field(default_factory=Feed)
    links: Noting = field(default_factory=Noting)
    rows: Noting = field(default_factory=Noting)

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.feed, lambda: self.now)
        self.watcher.watch({None: self.links, HR: self.rows})

    async def begin(self) -> None:
        await self.watcher.look()
        self.links.told.clear()
        self.rows.told.clear()


async def test_nothing_is_trusted_before_the_first_look() -> None:
    watched = Watched()
    assert not watched.watcher.is_current()

    await watched.watcher.look()

    assert watched.watcher.is_current()


async def test_each_change_is_told_once_to_whom_it_concerns() -> None:
    watched = Watched()
    watched.feed.note(None, "long ago")
    await watched.begin()

    watched.feed.note(None, "a", "b")
    watched.feed.note(HR, "k")
    watched.feed.note(SourceName("elsewhere"), "x")
    await watched.watcher.look()
    await watched.watcher.look()

    assert (watched.links.told, watched.rows.told) == ([["a", "b"]], [["k"]])


async def test_a_change_of_everything_is_told_as_such() -> None:
    watched = Watched()
    await watched.begin()

    watched.feed.note(HR, "k", None)
    await watched.watcher.look()

    assert watched.rows.told == [None]


async def test_many_changes_are_all_told() -> None:
    watched = Watched()
    await watched.begin()

    watched.feed.note(None, *(str(number) for number in range(2500)))
    await watched.watcher.look()

    assert sum(len(told or ()) for told in watched.links.told) == 2500


async def test_a_failed_look_ends_trust_until_one_works_and_then_all_is_forgotten() -> None:
    watched = Watched()
    await watched.begin()

    watched.feed.down = True
    await watched.watcher.look()
    assert not watched.watcher.is_current()
    watched.feed.note(None, "missed")
    watched.feed.down = False
    await watched.watcher.look()

    assert watched.watcher.is_current()
    assert watched.watcher.failures == 1
    assert (watched.links.told, watched.rows.told) == ([None], [None])


async def test_a_look_that_is_overdue_vouches_for_nothing() -> None:
    watched = Watched()
    await watched.begin()

    watched.now += TRUSTED_SECONDS + 0.1

    assert not watched.watcher.is_current()
    await watched.watcher.look()
    assert watched.links.told == [None]


async def test_old_notes_are_cleaned_away_now_and_then() -> None:
    watched = Watched()
    await watched.begin()
    assert watched.feed.cleaned == 0

    watched.now += CLEAN_SECONDS + 1
    await watched.watcher.look()
    await watched.watcher.look()

    assert watched.feed.cleaned == 1


async def test_it_looks_by_itself_until_it_is_ended() -> None:
    watched = Watched()
    running = asyncio.create_task(watched.watcher.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert watched.watcher.is_current()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
