"""Rows of a list by columns: none of them is made before somebody looks at it."""

from collections.abc import Sequence
from itertools import repeat
from operator import attrgetter
from typing import Final

from adapters.port import Listed, ListRows, listed_rows
from adapters.stored import StoredRow
from domain.model.keys import KeysOfSource, LocalKey
from domain.model.many import MadeLater

_KEY: Final = attrgetter("key")


class ListedRows(MadeLater[Listed]):
    """Rows of one page by columns, no key twice: `keys`, and as the driver gave them, `rows`."""

    __slots__ = ("keys", "page", "rows")

    def __init__(self, keys: KeysOfSource, rows: Sequence[StoredRow], page: ListRows) -> None:
        super().__init__()
        self.keys = keys
        self.rows = rows
        self.page = page

    def __len__(self) -> int:
        return len(self.rows)

    def _make(self) -> Sequence[Listed]:
        return listed_rows(self.keys, self.rows, self.page, repeat(None))

    def first(self, number: int) -> "ListedRows":
        """So many of them, or all."""
        if number >= len(self.rows):
            return self
        keys = self.keys
        own = KeysOfSource(keys.department, keys.source, keys.texts[:number])
        return ListedRows(own, self.rows[:number], self.page)


def keys_of_rows(rows: Sequence[Listed]) -> Sequence[LocalKey]:
    """The key of each, in their order."""
    return rows.keys if isinstance(rows, ListedRows) else list(map(_KEY, rows))


def first_rows(rows: Sequence[Listed], number: int) -> Sequence[Listed]:
    """So many of them, or all."""
    return rows.first(number) if isinstance(rows, ListedRows) else rows[:number]
