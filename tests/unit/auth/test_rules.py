"""Which roles go together, and how often signing in may fail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.attempts import (
    ADDRESS_FAILURES,
    LONGEST_DELAY,
    PAIR_FAILURES,
    Attempt,
    Count,
    decide_charge,
    delay_after,
)
from domain.model.departments import Department
from domain.model.keys import DivisionCode, UnitCode
from domain.model.roles import ADMINISTRATORS, REVIEWERS, Rights, Role, decide_rights

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CITY = (DivisionCode("370700"),)
ATTEMPT = Attempt("li.na", "10.0.0.1")


def rights(*roles: Role, department: Department | None = None) -> Rights:
    is_scoped = not set(roles) & ADMINISTRATORS and Role.SERVICE not in roles
    units = (UnitCode("370700-EDU-004"),) if is_scoped else ()
    return Rights(frozenset(roles), department, CITY if is_scoped else (), units)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_can_be_held_alone(role: Role) -> None:
    department = REVIEWERS.get(role, Department.HR if role is Role.DATA_STEWARD else None)

    assert decide_rights(rights(role, department=department)) == ()


@given(st.sets(st.sampled_from(list(Role)), min_size=2, max_size=5))
def test_administrators_stand_alone_and_nobody_reviews_twice(roles: set[Role]) -> None:
    reviewed = [REVIEWERS[role] for role in roles if role in REVIEWERS]
    department = reviewed[0] if reviewed else Department.HR
    is_mixed = bool(roles & (ADMINISTRATORS | {Role.SERVICE})) or len(reviewed) > 1

    assert bool(decide_rights(rights(*roles, department=department))) is is_mixed


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (Rights(frozenset()), "at least one"),
        (Rights(frozenset({Role.HR_REVIEWER}), Department.FINANCE, CITY), "belongs to"),
        (Rights(frozenset({Role.HR_REVIEWER}), Department.HR), "division"),
        (Rights(frozenset({Role.UNIT_CLERK})), "unit"),
        (Rights(frozenset({Role.DATA_STEWARD}), None, CITY), "department"),
        (Rights(frozenset({Role.SYS_ADMIN}), None, CITY), "no division"),
    ],
)
def test_a_scope_must_fit_the_role(held: Rights, told: str) -> None:
    assert told in " ".join(decide_rights(held))


@pytest.mark.parametrize("code", ["", "3", "37%", "3707 ", "city", "3707001234567", "３７"])
def test_a_division_that_begins_every_code_or_none_is_no_scope(code: str) -> None:
    held = Rights(frozenset({Role.INSPECTOR}), divisions=(*CITY, DivisionCode(code)))

    assert decide_rights(held) == ("a division is 2 to 12 digits, the beginning of its code",)


@pytest.mark.parametrize("code", ["", " ", "EDU\n004"])
def test_a_unit_without_a_name_is_no_scope(code: str) -> None:
    held = Rights(frozenset({Role.UNIT_CLERK}), units=(UnitCode(code),))

    assert decide_rights(held) == ("a unit is named by its standard code",)


def counts(pair: Count, account: Count, address: Count) -> dict[str, Count]:
    return dict(zip(ATTEMPT.keys, (pair, account, address), strict=True))


NONE = Count(0, NOW)


def test_the_last_allowed_failure_locks_and_is_itself_let_through() -> None:
    found = counts(replace(NONE, failures=PAIR_FAILURES - 1), NONE, NONE)

    charge = decide_charge(ATTEMPT, found, NOW)

    assert charge.retry_at is None
    assert charge.counts[ATTEMPT.keys[0]].locked_until == NOW + timedelta(minutes=30)


def test_a_locked_pair_is_told_when_to_come_back_and_is_not_charged() -> None:
    until = NOW + timedelta(minutes=7)

    charge = decide_charge(ATTEMPT, counts(Count(5, NOW, until), NONE, NONE), NOW)

    assert (charge.retry_at, dict(charge.counts)) == (until, {})


def test_an_address_is_free_again_when_its_window_ends() -> None:
    until = NOW + timedelta(minutes=15)
    found = counts(NONE, NONE, Count(ADDRESS_FAILURES, NOW, until))

    assert decide_charge(ATTEMPT, found, NOW).retry_at == until
    assert decide_charge(ATTEMPT, found, until).retry_at is None


@given(st.integers(min_value=-10, max_value=100_000))
def test_the_delay_grows_and_never_shuts_anybody_out(failures: int) -> None:
    assert 0 <= delay_after(failures) <= delay_after(failures + 1) <= LONGEST_DELAY


def test_failures_here_delay_elsewhere_only() -> None:
    failed = replace(NONE, failures=40)

    assert decide_charge(ATTEMPT, counts(NONE, failed, NONE), NOW).delay == LONGEST_DELAY
    mine = replace(NONE, failures=4)
    assert decide_charge(ATTEMPT, counts(mine, mine, NONE), NOW).delay == 0
