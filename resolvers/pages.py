"""One page of a list: its entries with their cursors, and what is known of the rest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from domain.model.departments import Department
from domain.model.errors import BadInputError
from resolvers.cursors import Cursors, Place

MAX_PAGE: Final = 200
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Entry(Generic[T_co]):
    """One entry of a page and its place."""

    node: T_co
    place: Place


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Entries in order; `total` counts only when it is asked, None where nobody can tell.

    `driver` is the department whose order and rows these are; None where none answered.
    """

    entries: tuple[Entry[T_co], ...]
    cursors: Cursors
    has_next: bool
    has_previous: bool
    driver: Department | None
    total: Callable[[], Awaitable[int | None]]

    def cursor(self, index: int) -> str | None:
        """The cursor of an entry; None where the page is empty."""
        return self.cursors.seal(self.entries[index].place) if self.entries else None


def no_page(cursors: Cursors) -> Page[Any]:
    """The page of who may see none of its entries: they do not exist."""
    return Page((), cursors, has_next=False, has_previous=False, driver=None, total=_none)


async def _none() -> int:
    return 0


def page_size(first: int | None, default: int) -> int:
    """How many entries are asked for. Raises BadInputError where nobody may have so many."""
    if first is None:
        return default
    if not 0 <= first <= MAX_PAGE:
        raise BadInputError(
            f"first 应在 0 与 {MAX_PAGE} 之间 (`first` must be between 0 and {MAX_PAGE})"
        )
    return first
