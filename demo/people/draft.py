"""A person while being made: the drawn traits every category starts from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import TypeVar

from demo.names import Name
from demo.units.plan import LeaderLine, UnitPlan
from demo.values import Rows, Values

T = TypeVar("T")


class Standing(StrEnum):
    """How a person stands to the unit's posts."""

    IN_POST = "IN_POST"
    OUTSIDE = "OUTSIDE"
    EXITED = "EXITED"
    RETIRED = "RETIRED"


class Track(StrEnum):
    """Civil servant, manager, professional or worker: decides nearly everything else."""

    CIVIL = "CIVIL"
    MANAGER = "MANAGER"
    PROFESSIONAL = "PROFESSIONAL"
    WORKER = "WORKER"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a unit that one person takes; `line` is the leadership post that goes with it."""

    unit: UnitPlan
    standing: Standing
    type: str
    line: LeaderLine | None = None


@dataclass(slots=True)
class Draft:
    """One person: traits, the canonical values made so far and the rows of repeated categories."""

    number: int
    rng: Random
    slot: Slot
    male: bool
    born: date
    id_number: str
    name: Name
    track: Track
    started: date
    entered: date
    left: date | None = None
    host: UnitPlan | None = None
    values: Values = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)

    @property
    def unit(self) -> UnitPlan:
        """The person's home unit."""
        return self.slot.unit

    @property
    def standing(self) -> Standing:
        """How the person stands to the unit's posts."""
        return self.slot.standing

    @property
    def is_civil(self) -> bool:
        """Whether managed under the Civil Servant Law."""
        return self.track is Track.CIVIL

    @property
    def in_post(self) -> bool:
        """Whether the person occupies a post on the reference date."""
        return self.slot.standing is Standing.IN_POST

    def chance(self, share: float) -> bool:
        """True in so many of all cases."""
        return self.rng.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return choices[int(self.rng.random() * len(choices))]

    def number_in(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.rng.random() * (high - low + 1))

    def day_in(self, low: date, high: date) -> date:
        """A day from low to high, both included; low where high lies before it."""
        return low + timedelta(days=int(self.rng.random() * (max(0, (high - low).days) + 1)))
