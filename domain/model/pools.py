"""Rows of the operational entities behind an establishment pool, as the departments hold them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One pool (unit, establishment type); a number the department does not know is None."""

    unit: str
    type: str
    approved: int | None
    locked: int | None


@dataclass(frozen=True, slots=True)
class OccupiedRow:
    """Occupations of a pool in force today."""

    unit: str
    type: str
    count: int


@dataclass(frozen=True, slots=True)
class PlanRow:
    """Posts of the plans in force today: approved - used - returned; None where one is unknown."""

    unit: str
    type: str
    unused: int | None


@dataclass(frozen=True, slots=True)
class HeadcountRow:
    """Persons in pay by one unit code and type of Finance; a type that maps to no code is None."""

    unit: str
    type: str | None
    count: int
