"""What the generator keeps of a unit while the city is made: compact, one object a unit."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Fill(StrEnum):
    """How the pools of a unit stand on purpose."""

    VACANT = "VACANT"
    FULL = "FULL"
    OVER = "OVER"


@dataclass(frozen=True, slots=True)
class UsePlan:
    """One establishment use plan of a pool."""

    number: str
    approved: int
    used: int
    returned: int
    modes: tuple[str, ...]
    valid_until: date


@dataclass(slots=True)
class Pool:
    """One (unit, establishment type): posts approved, locked and occupied on the reference date."""

    type: str
    occupied: int
    approved: int = 0
    locked: int = 0
    plans: tuple[UsePlan, ...] = ()

    def promised(self, today: date) -> int:
        """Posts of plans in force neither used nor returned."""
        return sum(
            plan.approved - plan.used - plan.returned
            for plan in self.plans
            if plan.valid_until >= today
        )


@dataclass(frozen=True, slots=True)
class LeaderLine:
    """One line of the leadership post quota."""

    rank: str
    position: str
    approved: int
    filled: int


@dataclass(frozen=True, slots=True)
class Succession:
    """One event in the life of a unit; units by number."""

    kind: str
    on: date
    document: str
    predecessor: int
    successor: int


@dataclass(slots=True)
class UnitPlan:
    """One unit: its place in the tree, its names and codes, its posts."""

    number: int
    sector: str
    division: str
    name: str
    short: str
    nature: str
    type: str
    level: str
    parent: int | None
    competent: int
    weight: float
    funding: str = "1"
    category: str | None = None
    status: str = "1"
    code: str = ""
    tree_code: str = ""
    budget_code: str = ""
    uscc: str = ""
    former_name: str | None = None
    fill: Fill = Fill.VACANT
    pools: tuple[Pool, ...] = ()
    leaders: tuple[LeaderLine, ...] = ()
    retired: int = 0
    outside: int = 0
    exited: int = 0
    approved_on: date = date(2001, 1, 1)
    abolished_on: date | None = None
    successions: list[Succession] = field(default_factory=list)
    head: str | None = None
    payroll_heads: int = 0
    payroll_total: Decimal = Decimal(0)

    @property
    def is_living(self) -> bool:
        """Whether the unit may have persons and posts."""
        return self.abolished_on is None

    @property
    def is_public_body(self) -> bool:
        """Whether it is an organ of party or state rather than an institution."""
        return self.nature not in {"10", "11"}

    @property
    def occupied(self) -> int:
        """Posts occupied over all pools."""
        return sum(pool.occupied for pool in self.pools)
