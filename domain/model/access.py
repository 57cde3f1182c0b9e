"""What a caller may see, compiled: a ruling per indicator and the rows in reach. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

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


class Reason(StrEnum):
    """Why a value is not shown in clear, as callers are told; PURPOSE: none was stated."""

    MASKED = "MASKED"
    DENIED = "DENIED"
    PURPOSE = "PURPOSE"


class MaskForm(StrEnum):
    """What is left of a masked value; where no form is named nothing is."""

    ID_NUMBER = "ID_NUMBER"
    NAME = "NAME"
    PHONE = "PHONE"
    ACCOUNT = "ACCOUNT"
    COUNTY = "COUNTY"
    YEAR = "YEAR"


class Permission(StrEnum):
    """What exists for a caller at all: persons, pools, and documents of the caller's own."""

    PERSONS = "PERSONS"
    POOLS = "POOLS"
    OWN_DOCUMENTS = "OWN_DOCUMENTS"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision on one indicator and, where it is not ALLOW, the reason shown to the caller."""

    decision: Decision
    reason: Reason | None = None
    form: MaskForm | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the value is shown as it is."""
        return self.decision is Decision.ALLOW

    @property
    def is_hidden(self) -> bool:
        """Whether nothing of the value is shown, so that it need not be read either."""
        return self.decision is not Decision.ALLOW and self.form is None


class Redaction(NamedTuple):
    """One column of an answer that is not shown in clear, and why."""

    field: str
    reason: Reason


ALLOWED: Final = Ruling(Decision.ALLOW)
REFUSED: Final = Ruling(Decision.DENY, Reason.DENIED)


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows in reach; values are bound to statements and never part of a plan or its key.

    Everything is a value too: `is_everything` with nothing named. A division covers all below it;
    a unit is named by its code of the Establishment Office, one of `trees` stands for all units
    below it too.
    """

    is_everything: bool = False
    divisions: frozenset[DivisionCode] = frozenset()
    units: frozenset[UnitCode] = frozenset()
    trees: frozenset[UnitCode] = frozenset()


EVERYTHING: Final = Scope(is_everything=True)
Rulings = Mapping[IndicatorName, Ruling]


@dataclass(frozen=True, slots=True)
class Access:
    """One caller's compiled policy.

    `digest` names all but the scope: it is a part of plan keys and of the keys of collapsed reads.
    An indicator without a ruling gets `otherwise`, which refuses. `unlisted` are never shown below
    a list, whatever their ruling.
    """

    digest: str
    rulings: Mapping[RowClass, Rulings] = field(default_factory=dict)
    unlisted: frozenset[IndicatorName] = frozenset()
    otherwise: Ruling = REFUSED
    scope: Scope = Scope()
    permissions: frozenset[Permission] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether nothing at all is masked, denied or out of reach."""
        return self.shows_all and self.scope.is_everything

    @property
    def shows_all(self) -> bool:
        """Whether every value is shown in clear, whatever is in reach."""
        return not self.rulings and not self.unlisted and self.otherwise is ALLOWED

    def ruling(
        self, name: IndicatorName, rows: RowClass = RowClass.HOME, *, in_list: bool = False
    ) -> Ruling:
        """The ruling on one indicator of rows of a class, below a list or not."""
        if in_list and name in self.unlisted:
            return REFUSED
        return self.rulings.get(rows, _NO_RULINGS).get(name, self.otherwise)

    def may(self, permission: Permission) -> bool:
        """Whether the caller holds a permission."""
        return permission in self.permissions


_NO_RULINGS: Final[Rulings] = {}
OPEN: Final = Access("open", otherwise=ALLOWED, scope=EVERYTHING, permissions=frozenset(Permission))
"""No access control: benchmarks and loopback servers with sign-in switched off."""
