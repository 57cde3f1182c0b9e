"""Rows of the operational entities behind an establishment pool, as the departments hold them."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.model.many import MadeLater, made


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


class HeadcountRows(MadeLater[HeadcountRow]):
    """Such rows by columns, no two of one unit and type; made only for who looks at one.

    The columns are in no order, the rows in that of unit and type.
    """

    __slots__ = ("counts", "types", "units")

    def __init__(
        self, units: Sequence[str], types: Sequence[str | None], counts: Sequence[int]
    ) -> None:
        super().__init__()
        self.units = units
        self.types = types
        self.counts = counts

    def __len__(self) -> int:
        return len(self.units)

    def _make(self) -> Sequence[HeadcountRow]:
        rows = made(HeadcountRow, zip(self.units, self.types, self.counts, strict=True))
        return sorted(rows, key=_place)


def _place(row: HeadcountRow) -> tuple[str, str]:
    return row.unit, row.type or ""


def counted(
    units: Sequence[str], types: Sequence[str | None], counts: Sequence[int]
) -> HeadcountRows:
    """Rows whose columns these are; what several tell of one unit and type is added up."""
    marks = set(zip(units, types, strict=True))
    if len(marks) < len(units):
        sums = dict.fromkeys(marks, 0)
        for unit, kind, count in zip(units, types, counts, strict=True):
            sums[unit, kind] += count
        units, types, counts = [u for u, _ in sums], [k for _, k in sums], list(sums.values())
    return HeadcountRows(units, types, counts)


def headcount_columns(rows: Sequence[HeadcountRow]) -> HeadcountRows:
    """Rows of whatever source by columns."""
    if isinstance(rows, HeadcountRows):
        return rows
    return counted(*zip(*rows, strict=True)) if rows else HeadcountRows((), (), ())
