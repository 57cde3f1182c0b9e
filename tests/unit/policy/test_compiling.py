"""The compiled rulings against the table of roles and against a plain evaluation."""

import random
from itertools import combinations

import pytest

from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.access import Access, Decision, Permission, Reason, RowClass
from domain.model.departments import Department
from domain.model.keys import IndicatorName
from domain.model.principal import Acr
from domain.model.roles import ADMINISTRATORS, REVIEWERS, Rights, Role, decide_rights
from domain.policy.compiling import Caller, compile_access, may_state
from domain.policy.loading import policy
from domain.policy.purposes import PurposeKind
from tests.unit.policy.reference import STATES, Asked, evaluate

TRIPLES, CALLERS = 20_000, 400
PURPOSES = (None, *PurposeKind)
INDICATORS = tuple(catalogue().indicators.values())
BUSINESS = sorted(set(Role) - ADMINISTRATORS - {Role.SERVICE})


def access(
    *roles: Role,
    department: Department | None = None,
    purpose: PurposeKind | None = PurposeKind.LOOKUP,
    acr: Acr = Acr.PASSWORD,
) -> Access:
    return compile_access(Caller(frozenset(roles), department, purpose, acr))


def role_sets() -> list[frozenset[Role]]:
    """Roles that one account may hold together, up to three."""
    sets = (frozenset(c) for n in (1, 2, 3) for c in combinations(Role, n))
    return [roles for roles in sets if not any("alone" in w or "two" in w for w in wrong(roles))]


def wrong(roles: frozenset[Role]) -> tuple[str, ...]:
    return decide_rights(Rights(roles))


def random_callers(source: random.Random) -> list[Caller]:
    sets = role_sets()
    departments = [None, *Department]
    return [
        Caller(
            source.choice(sets),
            source.choice(departments),
            source.choice(PURPOSES),
            source.choice(list(Acr)),
        )
        for _ in range(CALLERS)
    ]


@pytest.mark.slow
def test_the_compiled_ruling_is_the_plain_one_for_20_000_random_triples() -> None:
    source = random.Random(20261129)
    callers = [(caller, compile_access(caller)) for caller in random_callers(source)]
    seen: set[tuple[Decision, Reason | None]] = set()

    for _ in range(TRIPLES):
        (caller, compiled), in_list = source.choice(callers), source.random() < 0.3
        indicator, rows = source.choice(INDICATORS), source.choice(list(RowClass))
        ruling = compiled.ruling(indicator.name, rows, in_list=in_list)
        asked = Asked(*caller, indicator, rows, in_list)
        assert (ruling.decision, ruling.reason) == evaluate(asked), asked
        seen.add((ruling.decision, ruling.reason))

    assert len(seen) == 5  # clear, masked, denied, and both for want of a purpose


def test_every_indicator_has_a_ruling_in_every_class_of_rows() -> None:
    compiled = access(Role.HR_REVIEWER)

    assert all(compiled.rulings[rows].keys() == catalogue().indicators.keys() for rows in RowClass)


def test_what_the_catalogue_does_not_know_is_refused() -> None:
    ruling = access(Role.HR_REVIEWER).ruling(IndicatorName("somethingNew"))

    assert (ruling.decision, ruling.reason) == (Decision.DENY, Reason.DENIED)


@pytest.mark.parametrize("purpose", list(PurposeKind))
def test_each_purpose_is_for_some_roles(purpose: PurposeKind) -> None:
    assert {role for role in Role if may_state(policy(), [role], purpose)} == STATES[purpose]


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("purpose", PURPOSES, ids=str)
def test_administrators_see_what_is_public_and_nothing_else(
    role: Role, purpose: PurposeKind | None
) -> None:
    compiled = access(role, purpose=purpose, acr=Acr.MFA)

    clear = {n for rows in RowClass for n, r in compiled.rulings[rows].items() if r.is_clear}
    assert clear == {i.name for i in INDICATORS if i.sensitivity == "public"}
    assert not compiled.may(Permission.PERSONS)
    assert not compiled.may(Permission.POOLS)


@pytest.mark.parametrize("role", BUSINESS)
def test_without_a_purpose_no_role_sees_a_personal_value(role: Role) -> None:
    compiled = access(role, department=Department.HR, purpose=None, acr=Acr.MFA)

    personal = [i.name for i in INDICATORS if i.sensitivity == "personal"]
    rulings = [compiled.ruling(name) for name in personal if name != handles.PERSON_NAME]
    assert {(r.decision, r.reason) for r in rulings} == {(Decision.MASK, Reason.PURPOSE)}


@pytest.mark.parametrize(("role", "department"), REVIEWERS.items(), ids=str)
def test_a_secret_value_needs_department_purpose_and_second_factor(
    role: Role, department: Department
) -> None:
    secret = [i for i in INDICATORS if i.sensitivity == "secret"]
    full = access(role, acr=Acr.MFA)
    no_factor, no_purpose = access(role), access(role, purpose=None, acr=Acr.MFA)

    seen = {i.name for i in secret if full.ruling(i.name).is_clear}
    assert seen == {i.name for i in secret if department in i.holders}
    assert not any(no_factor.ruling(i.name).is_clear for i in secret)
    assert not any(no_purpose.ruling(i.name).is_clear for i in secret)
    assert not any(full.ruling(i.name, in_list=True).is_clear for i in secret)


def test_of_several_roles_the_more_generous_counts() -> None:
    leader = access(Role.LEADER_READONLY)
    both = access(Role.LEADER_READONLY, Role.FIN_REVIEWER, department=Department.FINANCE)

    assert leader.ruling(handles.NET_PAY).decision is Decision.MASK
    assert both.ruling(handles.NET_PAY).is_clear


def test_a_purpose_of_one_role_opens_nothing_for_another() -> None:
    clerk_too = access(
        Role.UNIT_CLERK, Role.INSPECTOR, purpose=PurposeKind.SUPERVISION, acr=Acr.MFA
    )
    clerk = access(Role.UNIT_CLERK, Role.LEADER_READONLY, purpose=PurposeKind.STATISTICS)

    assert clerk_too.ruling(handles.ID_NUMBER).is_clear
    assert not clerk.ruling(handles.ID_NUMBER).is_clear


def test_the_digest_tells_rulings_apart_and_nothing_else() -> None:
    one = access(Role.HR_REVIEWER, department=Department.HR)
    same = access(Role.HR_REVIEWER, department=None)
    other = access(Role.HR_REVIEWER, purpose=PurposeKind.STATISTICS)

    assert one.digest == same.digest
    assert one.digest != other.digest
    assert access(Role.AUDIT_ADMIN).digest == access(Role.SYS_ADMIN).digest


def test_a_name_is_working_data_inside_the_scope() -> None:
    assert access(Role.UNIT_CLERK, purpose=None).ruling(handles.PERSON_NAME).is_clear
    assert access(Role.UNIT_CLERK).ruling(handles.PERSON_NAME, RowClass.HOST).is_clear
