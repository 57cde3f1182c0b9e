"""Answers kept for seconds, bounded, under keys of whatever kind; forgotten by token."""

import time
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from cachetools import TTLCache

from cache.figures import CacheFigures
from cache.marks import Marks

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class MemoryOptions:
    """How long answers are kept, and how many at most."""

    seconds: float
    entries: int


class _Entry(NamedTuple, Generic[V]):
    value: V
    tokens: Collection[str]
    since: int


class Memory(Generic[K, V]):
    """Keeps answers; empty ones too, for nothing found is an answer.

    While `is_current` says no, nobody knows what others have written: then it neither gives nor
    takes. `timer` never goes back.
    """

    def __init__(
        self,
        options: MemoryOptions,
        is_current: Callable[[], bool],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries: TTLCache[K, _Entry[V]] = TTLCache(options.entries, options.seconds, timer)
        self._is_current = is_current
        self._marks = Marks()
        self.figures = CacheFigures()

    def __len__(self) -> int:
        return len(self._entries)

    def begin(self) -> int:
        """What `keep` is to be told of an answer whose reading begins now."""
        return self._marks.now

    def find(self, keys: Iterable[K]) -> dict[K, V]:
        """What is known of these keys."""
        keys = tuple(keys)
        if not self._is_current():
            self.figures.bypassed += len(keys)
            return {}
        found: dict[K, V] = {}
        entries, stands = self._entries, self._marks.stands
        for key in keys:
            try:  # `get` would look twice.
                entry = entries[key]
            except KeyError:
                continue
            if stands(entry.tokens, entry.since):
                found[key] = entry.value
        self.figures.hits += len(found)
        self.figures.misses += len(keys) - len(found)
        return found

    def keep(self, key: K, value: V, tokens: Collection[str], since: int) -> None:
        """Keeps an answer whose reading began at `since`, until one of its tokens is forgotten."""
        if self._is_current() and self._marks.stands(tokens, since):
            self._entries[key] = _Entry(value, tokens, since)

    def forget(self, tokens: Iterable[str]) -> None:
        """Forgets what carries one of these tokens, and what is being read of it now."""
        self._marks.mark(tokens)

    def forget_all(self) -> None:
        """Forgets everything, and what is being read now."""
        self._marks.mark_all()
        self._entries.clear()
