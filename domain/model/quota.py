"""Quota arithmetic of one pool: every computed number of the establishment is made here."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class FreezeStatus(StrEnum):
    """Whether a pool may take applications; UNKNOWN where a number it rests on is not known."""

    OPEN = "OPEN"
    FULL = "FULL"
    OVER = "OVER"
    ORDER = "ORDER"
    UNKNOWN = "UNKNOWN"


class PoolNumbers(NamedTuple):
    """The numbers of one pool; None is not known, never 0. Source: docs/business.md section 1.

    approved A, occupied O, locked L, plan_unused Pa, plan_pending Po, entry_reserved Re,
    exit_pending X.
    """

    approved: int | None
    occupied: int | None
    locked: int | None
    plan_unused: int | None
    plan_pending: int | None = 0
    entry_reserved: int | None = 0
    exit_pending: int | None = 0
    is_ordered: bool = False

    @property
    def vacant(self) -> int | None:
        """Vacancy (空编数): A - O, negative when over-staffed."""
        return (
            None
            if self.approved is None or self.occupied is None
            else self.approved - self.occupied
        )

    @property
    def over(self) -> int | None:
        """Over-staffing (超编数): max(0, O - A)."""
        return None if self.vacant is None else max(0, -self.vacant)

    @property
    def freeze(self) -> FreezeStatus:
        """Freeze (冻结), derived at each read: ORDER, else OVER, FULL, OPEN."""
        if self.is_ordered:
            return FreezeStatus.ORDER
        if self.vacant is None:
            return FreezeStatus.UNKNOWN
        if self.vacant < 0:
            return FreezeStatus.OVER
        return FreezeStatus.OPEN if self.vacant else FreezeStatus.FULL

    @property
    def applicable(self) -> int | None:
        """Posts to be applied for (可申请数): 0 if frozen, else max(0, A - O - L - Pa - Po)."""
        return self._unless_frozen(
            _difference(self.vacant, self.locked, self.plan_unused, self.plan_pending)
        )

    @property
    def usable(self) -> int | None:
        """Posts in approved plans not yet reserved (可使用数): Pa - Re."""
        return _difference(self.plan_unused, self.entry_reserved)

    @property
    def usable_now(self) -> int | None:
        """Posts to be filled today: 0 if frozen, else max(0, min(Pa - Re, A - O - L - Re))."""
        room = _difference(self.vacant, self.locked, self.entry_reserved)
        known = None if room is None or self.usable is None else min(self.usable, room)
        return self._unless_frozen(known)

    def _unless_frozen(self, number: int | None) -> int | None:
        if self.freeze is FreezeStatus.UNKNOWN:
            return None
        if self.freeze is not FreezeStatus.OPEN:
            return 0
        return None if number is None else max(0, number)


def _difference(first: int | None, *others: int | None) -> int | None:
    known = [number for number in others if number is not None]
    return None if first is None or len(known) < len(others) else first - sum(known)


@dataclass(frozen=True, slots=True)
class PoolTotals:
    """Sums over the pools of a unit and its subordinates; None where one of the numbers is.

    `over` is the sum of what each pool is over, never offset by the vacancies of another.
    """

    units: int
    pools: int
    approved: int | None
    occupied: int | None
    vacant: int | None
    over: int | None
    locked: int | None
    plan_unused: int | None
    plan_pending: int | None
    entry_reserved: int | None
    exit_pending: int | None
    applicable: int | None
    usable: int | None
    usable_now: int | None


def total_of(units: int, pools: Iterable[PoolNumbers]) -> PoolTotals:
    """Every number summed over the pools of so many units."""
    every = tuple(pools)
    return PoolTotals(
        units=units,
        pools=len(every),
        approved=_sum(pool.approved for pool in every),
        occupied=_sum(pool.occupied for pool in every),
        vacant=_sum(pool.vacant for pool in every),
        over=_sum(pool.over for pool in every),
        locked=_sum(pool.locked for pool in every),
        plan_unused=_sum(pool.plan_unused for pool in every),
        plan_pending=_sum(pool.plan_pending for pool in every),
        entry_reserved=_sum(pool.entry_reserved for pool in every),
        exit_pending=_sum(pool.exit_pending for pool in every),
        applicable=_sum(pool.applicable for pool in every),
        usable=_sum(pool.usable for pool in every),
        usable_now=_sum(pool.usable_now for pool in every),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
