"""How the makers of the city tell how far they are."""

from typing import Protocol


class Progress(Protocol):
    """Somebody who wants to know how far the work is."""

    def advance(self, label: str, done: int, total: int) -> None:
        """Takes note that `done` of `total` steps of the work called `label` are done."""


class Silence:
    """Nobody wants to know."""

    def advance(self, label: str, done: int, total: int) -> None:
        """Does nothing."""
