"""The last so many of things that are made of what strangers send."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """What is not used for longest goes first."""

    __slots__ = ("_items", "_most")

    def __init__(self, most: int) -> None:
        self._items: OrderedDict[K, V] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._items)

    def find(self, key: K) -> V | None:
        """What is kept under a key, used once more."""
        found = self._items.get(key)
        if found is not None:
            self._items.move_to_end(key)
        return found

    def keep(self, key: K, value: V) -> None:
        """Keeps it; something older goes where there is no room."""
        self._items[key] = value
        if len(self._items) > self._most:
            self._items.popitem(last=False)
