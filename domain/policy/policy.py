"""The policy as records: levels, masks, purposes, permissions and grants."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.catalogue.indicators import Indicator
from domain.model.access import Decision, MaskForm, Permission, RowClass
from domain.model.departments import Department
from domain.model.keys import IndicatorName
from domain.model.principal import Acr
from domain.model.roles import Role
from domain.policy.purposes import PurposeKind


class Level(StrEnum):
    """How sensitive an indicator is; the words of the catalogue."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SECRET = "secret"  # noqa: S105 - the name of a level


ASKS_FOR_PURPOSE = frozenset({Level.PERSONAL, Level.SECRET})


class Fields(StrEnum):
    """Which indicators of a level a grant is about."""

    ALL = "all"
    HELD = "held"
    WORK = "work"


class Kind(NamedTuple):
    """All of an indicator that grants ask about: one ruling serves all of a kind."""

    level: Level
    holders: tuple[Department, ...]
    is_work: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What some roles see of rows of some classes; `purposes` None: whatever was stated."""

    roles: frozenset[Role]
    rows: frozenset[RowClass]
    levels: frozenset[Level]
    fields: Fields
    purposes: frozenset[PurposeKind] | None
    acr: Acr | None
    show: Decision

    def concerns(self, kind: Kind, department: Department | None) -> bool:
        """Whether it is about indicators of a kind, for somebody of a department."""
        if kind.level not in self.levels:
            return False
        match self.fields:
            case Fields.HELD:
                return department in kind.holders
            case Fields.WORK:
                return kind.is_work
            case Fields.ALL:
                return True


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy; `digest` is that of its file."""

    version: int
    digest: str
    levels: Mapping[IndicatorName, Level]
    masks: Mapping[IndicatorName, MaskForm]
    work: frozenset[IndicatorName]
    purposes: Mapping[Role, frozenset[PurposeKind]]
    permissions: Mapping[Permission, frozenset[Role]]
    grants: tuple[Grant, ...]

    def level(self, indicator: Indicator) -> Level:
        """How sensitive an indicator is."""
        return self.levels.get(indicator.name) or Level(indicator.sensitivity)

    def kind(self, indicator: Indicator) -> Kind:
        """All of an indicator that grants ask about."""
        return Kind(self.level(indicator), indicator.holders, indicator.name in self.work)
