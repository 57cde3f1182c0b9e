"""The rules of roles.md section 3 once more, value by value and without the policy file."""

from dataclasses import dataclass

from domain.catalogue.handles import PERSON_NAME
from domain.catalogue.indicators import Indicator
from domain.model.access import Decision, Reason, RowClass
from domain.model.departments import Department
from domain.model.principal import Acr
from domain.model.roles import Role
from domain.policy.purposes import PurposeKind

ADMINISTRATORS = {Role.AUDIT_ADMIN, Role.SYS_ADMIN, Role.SEC_ADMIN}
OF_UNITS = {Role.UNIT_CLERK, Role.COMPETENT_DEPT}
REVIEWS = {
    Role.ORG_REVIEWER: Department.ORGANIZATION,
    Role.EST_REVIEWER: Department.ESTABLISHMENT,
    Role.FIN_REVIEWER: Department.FINANCE,
    Role.HR_REVIEWER: Department.HR,
}
STATES = {
    PurposeKind.LOOKUP: set(Role) - ADMINISTRATORS,
    PurposeKind.CASE: {*OF_UNITS, *REVIEWS, Role.INSPECTOR},
    PurposeKind.SUPERVISION: {*REVIEWS, Role.LEADER_READONLY, Role.INSPECTOR},
    PurposeKind.STATISTICS: set(Role) - ADMINISTRATORS - {Role.UNIT_CLERK},
    PurposeKind.MAINTENANCE: {*ADMINISTRATORS, Role.DATA_STEWARD, Role.SERVICE},
}
WORK_FIELDS = {"EMP", "POS", "RNK", "PRO", "JOB", "LEA"}
HANDLES = {PurposeKind.LOOKUP, PurposeKind.CASE, PurposeKind.SUPERVISION}


@dataclass(frozen=True)
class Asked:
    """Who asks for which value of which row, and for what."""

    roles: frozenset[Role]
    department: Department | None
    purpose: PurposeKind | None
    acr: Acr
    indicator: Indicator
    rows: RowClass
    in_list: bool


def evaluate(asked: Asked) -> tuple[Decision, Reason | None]:
    """What becomes of one value, and why."""
    level = "internal" if asked.indicator.name == PERSON_NAME else asked.indicator.sensitivity
    if level == "secret" and asked.in_list:
        return Decision.DENY, Reason.DENIED
    found = {_of_role(role, asked, level) for role in asked.roles}
    if Decision.ALLOW in found:
        return Decision.ALLOW, None
    decision = Decision.MASK if Decision.MASK in found else Decision.DENY
    if asked.purpose is None and _would_help(asked, level):
        return decision, Reason.PURPOSE
    return decision, Reason.MASKED if decision is Decision.MASK else Reason.DENIED


def _of_role(role: Role, asked: Asked, level: str) -> Decision:
    purpose = asked.purpose if asked.purpose and role in STATES[asked.purpose] else None
    if level == "public":
        return Decision.ALLOW
    if role in ADMINISTRATORS:
        return Decision.DENY
    if asked.rows is RowClass.HOST:
        is_work = asked.indicator.category in WORK_FIELDS or asked.indicator.name == PERSON_NAME
        is_seen = level == "internal" and is_work and role is not Role.SERVICE
        return Decision.ALLOW if is_seen else Decision.DENY
    if level == "internal":
        return Decision.ALLOW
    is_case = asked.rows is RowClass.CASE and purpose is PurposeKind.CASE
    if level == "personal":
        return Decision.ALLOW if _personal(role, asked, purpose, is_case=is_case) else Decision.MASK
    return Decision.ALLOW if _secret(role, asked, purpose) else Decision.DENY


def _personal(role: Role, asked: Asked, purpose: PurposeKind | None, *, is_case: bool) -> bool:
    if role in OF_UNITS:
        return is_case
    if role in REVIEWS:
        return _is_held(role, asked) and purpose in HANDLES
    if role is Role.DATA_STEWARD:
        return _is_held(role, asked) and purpose in {PurposeKind.LOOKUP, PurposeKind.MAINTENANCE}
    if role is Role.INSPECTOR:
        return purpose is PurposeKind.SUPERVISION or is_case
    return role is Role.LEADER_READONLY and purpose is PurposeKind.SUPERVISION


def _secret(role: Role, asked: Asked, purpose: PurposeKind | None) -> bool:
    if asked.acr is not Acr.MFA:
        return False
    if role in REVIEWS:
        return _is_held(role, asked) and purpose in HANDLES
    return role is Role.INSPECTOR and purpose is PurposeKind.SUPERVISION


def _is_held(role: Role, asked: Asked) -> bool:
    return REVIEWS.get(role, asked.department) in asked.indicator.holders


def _would_help(asked: Asked, level: str) -> bool:
    """Whether some purpose is asked of one of the roles before such a value is shown, or masked."""
    if level not in {"personal", "secret"} or asked.rows is RowClass.HOST:
        return False
    if level == "personal":
        return any(role not in ADMINISTRATORS for role in asked.roles)
    return any(
        role is Role.INSPECTOR or (role in REVIEWS and _is_held(role, asked))
        for role in asked.roles
    )
