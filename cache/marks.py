"""What was changed lately, by token: whether something read earlier still stands. No clock."""

from collections.abc import Collection, Iterable
from typing import Final

MOST_MARKS: Final = 10_000


class Marks:
    """Counts changes; something read at one count stands until one of its tokens is marked.

    So a read that was under way while somebody wrote is no better than one before. Bounded: where
    the oldest mark is dropped, everything as old as that is taken for changed.
    """

    def __init__(self, most: int = MOST_MARKS) -> None:
        self._most = most
        self._marks: dict[str, int] = {}
        self._floor = 0
        self.now = 0

    def __len__(self) -> int:
        return len(self._marks)

    def mark(self, tokens: Iterable[str]) -> None:
        """What carries one of these tokens has changed."""
        self.now += 1
        for token in tokens:
            self._marks.pop(token, None)  # so that the dictionary stays in the order of marks
            self._marks[token] = self.now
        while len(self._marks) > self._most:
            self._floor = self._marks.pop(next(iter(self._marks)))

    def mark_all(self) -> None:
        """Everything may have changed."""
        self.now += 1
        self._floor = self.now
        self._marks.clear()

    def stands(self, tokens: Collection[str], since: int) -> bool:
        """Whether nothing with one of these tokens has changed since that count."""
        if since < self._floor:
            return False
        marks = self._marks
        return not marks or all(marks.get(token, 0) <= since for token in tokens)
