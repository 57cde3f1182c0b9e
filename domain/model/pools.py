"""Rows of the operational entities behind an establishment pool, as the departments hold them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolRow:
    """One pool (unit, establishment type); a number that the department does not know is None, never 0."""

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
    """Posts of the plans of a pool in force today: approved - used - returned."""

    unit: str
    type: str
    unused: int


@dataclass(frozen=True, slots=True)
class HeadcountRow:
    """Persons in pay under one unit code and type of a Finance source; `type` is None where it maps to no code."""

    unit: str
    type: str | None
    count: int
