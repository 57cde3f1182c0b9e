"""Answers kept for seconds in two generations: a look costs one look into a dictionary or two."""

import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from cache.figures import CacheFigures
from cache.memory import MemoryOptions

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Generations(Generic[K, V]):
    """Keeps answers, none of which is None, half of the seconds as new and half as old ones.

    What changes seldom is forgotten all at once: when `token` is among what has changed. While
    `is_current` says no, nobody knows what others have written: then it neither gives nor takes.
    At most twice the entries of the options are held.
    """

    def __init__(
        self,
        options: MemoryOptions,
        is_current: Callable[[], bool],
        token: str,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._half = options.seconds / 2
        self._entries = options.entries
        self._is_current = is_current
        self._token = token
        self._timer = timer
        self._new: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._ends = 0.0
        self._changes = 0
        self.figures = CacheFigures()

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def begin(self) -> int:
        """What `keep` is to be told of answers whose reading begins now."""
        return self._changes

    def find(self, keys: Sequence[K]) -> list[V | None]:
        """What is known of each of these keys; None where nothing is."""
        if not self._is_current():
            self.figures.bypassed += len(keys)
            return [None] * len(keys)
        self._age()
        found: list[Any] = [*map(self._new.get, keys)]
        if None in found and self._old:
            pairs = zip(keys, found, strict=True)
            found = [self._old.get(key) if each is None else each for key, each in pairs]
        misses = found.count(None)
        self.figures.misses += misses
        self.figures.hits += len(found) - misses
        return found

    def keep(self, keys: Iterable[K], values: Iterable[V], since: int) -> None:
        """Keeps answers whose reading began at `since`, where nothing has changed meanwhile."""
        if since != self._changes or not self._is_current():
            return
        self._age()
        self._new.update(zip(keys, values, strict=True))
        if len(self._new) > self._entries:
            self._turn()

    def forget(self, tokens: Iterable[str]) -> None:
        """Forgets everything where what changed may be kept here."""
        if self._token in tokens:
            self.forget_all()

    def forget_all(self) -> None:
        """Forgets everything, and what is being read now."""
        self._changes += 1
        self._new, self._old = {}, {}

    def _age(self) -> None:
        """Nothing is older than the seconds: what was old goes when the new ones get old."""
        now = self._timer()
        if now < self._ends:
            return
        self._turn()
        self._ends += self._half
        if now >= self._ends:  # Nobody looked for so long that what was new is too old as well.
            self._turn()
            self._ends = now + self._half

    def _turn(self) -> None:
        self._new, self._old = {}, self._new
