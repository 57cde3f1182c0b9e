"""Rows of the operational entities behind an establishment pool, as the departments hold them."""

from typing import NamedTuple


class PoolRow(NamedTuple):
    """One pool (unit, establishment type); a number the department does not know is None."""

    unit: str
    type: str
    approved: int | None
    locked: int | None


class OccupiedRow(NamedTuple):
    """Occupations of a pool in force today."""

    unit: str
    type: str
    count: int  # type: ignore[assignment] # nobody counts the fields of a row


class PlanRow(NamedTuple):
    """Posts of the plans in force today: approved - used - returned; None where one is unknown."""

    unit: str
    type: str
    unused: int | None


class HeadcountRow(NamedTuple):
    """Persons in pay by one unit code and type of Finance; a type that maps to no code is None."""

    unit: str
    type: str | None
    count: int  # type: ignore[assignment] # nobody counts the fields of a row
