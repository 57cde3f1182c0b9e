"""What a job is: one question asked of both servers, and how the floor answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

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


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of request; `keys` gives many different ones, in a fixed order."""

    name: str
    document: str
    keys: Callable[[CityData], list[Key]]
    make_floor: Callable[[Databases], Handler]

    @property
    def path(self) -> str:
        """Where the floor answers it."""
        return f"/{self.name}"
