"""What a job is: one question asked of both servers, and how the floor answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.floor.databases import Databases
from benchmarks.floor.server import Handler, Variables
from domain.model.departments import Department
from store.sealing import Seals

Rows = Sequence[Sequence[Any]]  # Any: cells of whatever was asked


@dataclass(frozen=True, slots=True)
class CityData:
    """Where a job finds what to ask about: SQL on any of the databases, and the seals."""

    department: Callable[[Department, str], Rows]
    platform: Callable[[str], Rows]
    seals: Seals


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of request; `keys` gives the variables of many different ones, in a fixed order."""

    name: str
    document: str
    keys: Callable[[CityData], list[Variables]]
    make_floor: Callable[[Databases], Handler]

    @property
    def path(self) -> str:
        """Where the floor answers it."""
        return f"/{self.name}"
