"""One page of a list: its nodes with their cursors, and what is known of the rest."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from domain.model.departments import Department
from domain.model.errors import BadInputError
from resolvers.cursors import Cursors, Place

MAX_PAGE: Final = 200
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Nodes in order; `total` counts only when it is asked, None where nobody can tell.

    `place` tells where a node stands. `driver` is the department whose order and rows these are;
    None where none answered.
    """

    nodes: Sequence[T_co]
    place: Callable[[int], Place]
    cursors: Cursors
    has_next: bool
    has_previous: bool
    driver: Department | None
    total: Callable[[], Awaitable[int | None]]

    def seal(self, index: int) -> str:
        """The cursor of a node. Raises IndexError where there is none."""
        return self.cursors.seal(self.place(index))

    def cursor(self, index: int) -> str | None:
        """The cursor of a node; None where the page is empty."""
        return self.seal(index) if self.nodes else None


def no_page(cursors: Cursors) -> Page[Any]:
    """The page of who may see none of its nodes: they do not exist."""
    return counted_page(cursors, _none)


def counted_page(cursors: Cursors, total: Callable[[], Awaitable[int | None]]) -> Page[Any]:
    """A page without nodes, of which only the total is asked."""
    nowhere: list[Place] = []
    return Page(
        nodes=(),
        place=nowhere.__getitem__,
        cursors=cursors,
        has_next=False,
        has_previous=False,
        driver=None,
        total=total,
    )


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
