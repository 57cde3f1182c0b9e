"""The keys a person and a unit have in each department's own book."""

from collections.abc import Sequence
from random import Random
from typing import Final
from uuid import UUID

from demo.units.plan import UnitPlan
from domain.model.departments import Department

_TWIN: Final = 500_000_000


def person_key(department: Department, number: int, seed: int) -> str | int:
    """The local key of a person, as stored."""
    match department:
        case Department.ESTABLISHMENT:
            return 10_001 + number
        case Department.HR:
            return f"37{number * 7 + 13:08d}"
        case Department.FINANCE:
            return 6_000_000_000 + number * 11
    return str(UUID(int=Random(f"{seed}:{number}").getrandbits(128), version=4))


def twin_key(department: Department, number: int, seed: int) -> str | int:
    """The key of a second record of the same person in the same book."""
    return person_key(department, number + _TWIN // 7, seed)


def unit_key(department: Department, unit: UnitPlan) -> str | int:
    """The local key of a unit, as stored."""
    match department:
        case Department.ESTABLISHMENT:
            return unit.code
        case Department.HR:
            return 30_010_001 + unit.number * 3
        case Department.FINANCE:
            return unit.budget_code
    return unit.tree_code


def unit_keys(department: Department, units: Sequence[UnitPlan]) -> list[str | int]:
    """The keys of all units in one department, by unit number."""
    return [unit_key(department, unit) for unit in units]
