"""What a job is: one question asked of both servers, and how the floor answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from benchmarks.floor.databases import Databases
from benchmarks.floor.server import Handler, Variables
from domain.model.access import EVERYTHING, Scope
from domain.model.departments import Department
from store.sealing import Seals

Rows = Sequence[Sequence[Any]]  # Any: cells of whatever was asked


@dataclass(frozen=True, slots=True)
class CityData:
    """Where a job finds what to ask about: SQL on any of the databases, seals, who asks ours."""

    department: Callable[[Department, str], Rows]
    platform: Callable[[str], Rows]
    seals: Seals
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class Key:
    """The variables of one question, as the floor and as ours gets them: cursors name the scope."""

    floor: Variables
    ours: Variables

    @classmethod
    def same(cls, variables: Variables) -> Self:
        """What both understand alike."""
        return cls(variables, variables)


class Load(NamedTuple):
    """How many requests of a round come one after the other, and how many from many callers."""

    lone: int
    loaded: int


OF_ONE: Final = Load(300, 600)
OF_LISTS: Final = Load(100, 200)
"""An answer of many rows tells as much as several of one."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of request; `keys` gives many different ones, in a fixed order."""

    name: str
    document: str
    keys: Callable[[CityData], list[Key]]
    make_floor: Callable[[Databases], Handler]
    load: Load = OF_ONE

    @property
    def path(self) -> str:
        """Where the floor answers it."""
        return f"/{self.name}"
