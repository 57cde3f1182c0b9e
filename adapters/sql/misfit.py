"""One place where the live schema does not fit the mapping, by its path in the mapping."""

from collections.abc import Iterator
from typing import NamedTuple

Scope = tuple[str, ...]
"""The part of the mapping that cannot be used, as its TOML path: ("person", "join", "zw")."""


class Misfit(NamedTuple):
    """What does not fit, at which line, and what to do."""

    scope: Scope
    line: int
    message: str
    remedy: str


Misfits = Iterator[Misfit]
