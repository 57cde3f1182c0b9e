"""Many records at once, without a call in Python for each of them."""

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeVar, cast

Record = TypeVar("Record", bound=tuple[Any, ...])  # Any: the fields of a NamedTuple


def made(kind: type[Record], parts: Iterable[tuple[object, ...]]) -> list[Record]:
    """A NamedTuple of each tuple of its parts, in their order."""
    return list(map(cast("Any", partial(tuple.__new__, kind)), parts))  # Any: as above
