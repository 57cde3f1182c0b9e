"""The roles of roles.md, and which of them one account may hold together; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.model.departments import Department
from domain.model.keys import DivisionCode, UnitCode


class Role(StrEnum):
    """What somebody may do; identifiers are those of tokens and of the graph."""

    UNIT_CLERK = "UNIT_CLERK"
    COMPETENT_DEPT = "COMPETENT_DEPT"
    ORG_REVIEWER = "ORG_REVIEWER"
    EST_REVIEWER = "EST_REVIEWER"
    FIN_REVIEWER = "FIN_REVIEWER"
    HR_REVIEWER = "HR_REVIEWER"
    DATA_STEWARD = "DATA_STEWARD"
    LEADER_READONLY = "LEADER_READONLY"
    INSPECTOR = "INSPECTOR"
    AUDIT_ADMIN = "AUDIT_ADMIN"
    SYS_ADMIN = "SYS_ADMIN"
    SEC_ADMIN = "SEC_ADMIN"
    SERVICE = "SERVICE"


ADMINISTRATORS: Final = frozenset({Role.AUDIT_ADMIN, Role.SYS_ADMIN, Role.SEC_ADMIN})
REVIEWERS: Final[Mapping[Role, Department]] = MappingProxyType(
    {
        Role.ORG_REVIEWER: Department.ORGANIZATION,
        Role.EST_REVIEWER: Department.ESTABLISHMENT,
        Role.FIN_REVIEWER: Department.FINANCE,
        Role.HR_REVIEWER: Department.HR,
    }
)
_OF_UNITS: Final = frozenset({Role.UNIT_CLERK, Role.COMPETENT_DEPT})
_OF_DIVISIONS: Final = frozenset(
    {*REVIEWERS, Role.DATA_STEWARD, Role.LEADER_READONLY, Role.INSPECTOR}
)

_DIVISION: Final = re.compile(r"[0-9]{2,12}")
"""The beginning of a division's code: an empty one would begin every code."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Roles and scope of an account; a division's code covers all divisions below it."""

    roles: frozenset[Role]
    department: Department | None = None
    divisions: tuple[DivisionCode, ...] = ()
    units: tuple[UnitCode, ...] = ()


def decide_rights(rights: Rights) -> tuple[str, ...]:
    """Why one account must not hold these; empty where it may. Source: roles.md sections 1, 2."""
    return (*_wrong_together(rights.roles), *_wrong_scope(rights), *_wrong_codes(rights))


def _wrong_together(roles: frozenset[Role]) -> Iterable[str]:
    if not roles:
        yield "an account has at least one role"
    if len(roles) > 1 and roles & ADMINISTRATORS:
        yield "an administrator's role stands alone: the three administrators are different persons"
    if len(roles) > 1 and Role.SERVICE in roles:
        yield "the role of a service account stands alone"
    if len(roles & REVIEWERS.keys()) > 1:
        yield "one account never reviews for two departments"


def _wrong_scope(rights: Rights) -> Iterable[str]:
    reviewed = {REVIEWERS[role] for role in rights.roles if role in REVIEWERS}
    if reviewed and rights.department not in reviewed:
        yield "a reviewer belongs to the department of the role"
    if Role.DATA_STEWARD in rights.roles and rights.department is None:
        yield "a data steward belongs to a department"
    if rights.roles & _OF_UNITS and not rights.units:
        yield "a unit clerk or competent department has a unit"
    if rights.roles & _OF_DIVISIONS and not rights.divisions:
        yield "a reviewer, steward, leader or inspector has a division"
    if rights.roles & ADMINISTRATORS and (rights.divisions or rights.units):
        yield "an administrator has no division or unit"


def _wrong_codes(rights: Rights) -> Iterable[str]:
    if not all(_DIVISION.fullmatch(code) for code in rights.divisions):
        yield "a division is 2 to 12 digits, the beginning of its code"
    if not all(code.strip() and code.isprintable() for code in rights.units):
        yield "a unit is named by its standard code"
