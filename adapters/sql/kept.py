"""A bounded memory for what is built once per shape."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

KEPT_SHAPES: Final = 512
F = TypeVar("F", bound=Callable[..., Any])


def kept(build: F) -> F:
    """The builder with a bounded memory of what it has built."""
    return lru_cache(maxsize=KEPT_SHAPES)(build)  # type: ignore[return-value] # an LRU keeps no signature
