"""Many records at once, by no call in Python for each; or made only when they are looked at."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar, cast, overload

T_co = TypeVar("T_co", covariant=True)
Record = TypeVar("Record", bound=tuple[Any, ...])  # Any: the fields of a NamedTuple


def made(kind: type[Record], parts: Iterable[tuple[object, ...]]) -> list[Record]:
    """A NamedTuple of each tuple of its parts, in their order."""
    return list(map(cast("Any", partial(tuple.__new__, kind)), parts))  # Any: as above


class MadeLater(Sequence[T_co]):
    """Records that are all made when somebody looks at the first of them, and then kept."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: Sequence[T_co] | None = None

    @abstractmethod
    def _make(self) -> Sequence[T_co]:
        """All of them, in their order."""

    def _all(self) -> Sequence[T_co]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @overload
    def __getitem__(self, index: int) -> T_co: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]: ...

    def __getitem__(self, index: int | slice) -> T_co | Sequence[T_co]:
        return self._all()[index]

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._all())
