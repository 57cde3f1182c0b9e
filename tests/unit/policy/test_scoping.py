"""Which rows an account reaches."""

from domain.model.access import Scope
from domain.model.departments import Department
from domain.model.keys import DivisionCode, UnitCode
from domain.model.roles import Rights, Role
from domain.policy.scoping import scope_of


def test_a_reviewer_reaches_the_divisions_of_the_account() -> None:
    rights = Rights(frozenset({Role.HR_REVIEWER}), Department.HR, (DivisionCode("370700"),), ())

    assert scope_of(rights) == Scope(divisions=frozenset({DivisionCode("370700")}))


def test_a_clerk_reaches_the_units_of_the_account() -> None:
    rights = Rights(frozenset({Role.UNIT_CLERK}), units=(UnitCode("370700000001"),))

    assert scope_of(rights) == Scope(units=frozenset({UnitCode("370700000001")}))


def test_a_competent_department_reaches_its_units_and_all_below_them() -> None:
    rights = Rights(
        frozenset({Role.COMPETENT_DEPT, Role.UNIT_CLERK}), units=(UnitCode("370700000001"),)
    )

    assert scope_of(rights) == Scope(trees=frozenset({UnitCode("370700000001")}))


def test_without_division_and_unit_nothing_is_in_reach() -> None:
    assert scope_of(Rights(frozenset({Role.SERVICE}))) == Scope()
