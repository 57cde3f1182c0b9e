"""What a caller may see, compiled: a ruling per indicator and the rows in reach. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.model.keys import DivisionCode, IndicatorName, UnitCode


class RowClass(StrEnum):
    """How a row came into reach: rulings are made for each of these.

    HOME: inside the caller's scope. HOST: seconded to a unit of the scope. CASE: in an open case
    of the caller's that the stated purpose names.
    """

    HOME = "home"
    HOST = "host"
    CASE = "case"


class Decision(StrEnum):
    """What becomes of one indicator."""

    ALLOW = "ALLOW"
    MASK = "MASK"
    DENY = "DENY"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision on one indicator and, where it is not ALLOW, the reason shown to the caller."""

    decision: Decision
    reason: str | None = None


ALLOWED: Final = Ruling(Decision.ALLOW)
REFUSED: Final = Ruling(Decision.DENY, "DENIED")


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows in reach; values are bound to statements and never part of a plan or its key.

    Everything is a value too: `is_everything` with nothing named. A division covers all below it;
    a unit is named by its code of the Establishment Office.
    """

    is_everything: bool = False
    divisions: frozenset[DivisionCode] = frozenset()
    units: frozenset[UnitCode] = frozenset()


EVERYTHING: Final = Scope(is_everything=True)


@dataclass(frozen=True, slots=True)
class Access:
    """One caller's compiled policy.

    `digest` names the rulings and `permissions`, never the scope: it is a part of plan keys and of
    the keys of collapsed reads. An indicator without a ruling gets `otherwise`, which refuses.
    `permissions` are the names of graph permissions that the caller holds.
    """

    digest: str
    rulings: Mapping[IndicatorName, Ruling] = field(default_factory=dict)
    otherwise: Ruling = REFUSED
    scope: Scope = Scope()
    permissions: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether nothing at all is masked, denied or out of reach."""
        return not self.rulings and self.otherwise is ALLOWED and self.scope.is_everything

    def ruling(self, name: IndicatorName) -> Ruling:
        """The ruling on one indicator."""
        return self.rulings.get(name, self.otherwise)


OPEN: Final = Access("open", otherwise=ALLOWED, scope=EVERYTHING)
"""No access control: benchmarks and loopback servers with sign-in switched off."""
