"""Persons and posts that do not match, people missing or twice in a book, secondments."""

from datetime import date
from decimal import Decimal
from typing import Final

from demo.changes import Change
from demo.clock import month_text, months_of
from demo.people.career import LEA, absence
from demo.people.draft import Draft, Standing
from demo.people.pay import PAID_MONTHS, PAY, PERIOD
from demo.planting.kind import Entry, Kind, Setting, held_by
from demo.planting.person import Person
from demo.units.plan import UnitPlan
from demo.values import Values
from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.keys import IndicatorName

ORGANIZATION, ESTABLISHMENT = Department.ORGANIZATION, Department.ESTABLISHMENT
FINANCE, HR = Department.FINANCE, Department.HR
_MISMATCHES: Final = "person_post_mismatches"
LIVE: Final = IndicatorName("@live")
_GROSS: Final = Decimal("5310.00")
_ENDED: Final = (date(2025, 9, 1), date(2026, 3, 1))
_IN_FORCE: Final = (date(2026, 2, 1), date(2026, 8, 1))


def _is_clean_in_three(person: Person, draft: Draft) -> bool:
    return draft.in_post and held_by(person, ESTABLISHMENT, HR, FINANCE)


def neighbour(setting: Setting, unit: UnitPlan) -> UnitPlan:
    """Another living unit: the one above, or the next one."""
    if unit.parent is not None:
        return setting.units[unit.parent]
    return setting.units[unit.number + 1]


def _is_outside(person: Person, draft: Draft) -> bool:
    return draft.standing is Standing.OUTSIDE and person.holders == [HR]


def _pay_without_post(person: Person, draft: Draft, setting: Setting) -> Entry:
    del setting
    person.holders[:] = [FINANCE, HR]
    person.values |= {
        h.IN_UNIFIED_PAYROLL: True,
        h.FISCAL_SUPPORT_TYPE: "1",
        h.PAYROLL_STATUS: "1",
        h.PAYROLL_FROM_MONTH: month_text(months_of(draft.entered) + 1),
        h.PAYROLL_UNIT_CODE: draft.unit.budget_code,
        h.BANK_ACCOUNT_NO: f"6200{draft.number:015d}",
    }
    deduction = Decimal("955.80")
    month: Values = {
        IndicatorName(PERIOD): PAID_MONTHS[0],
        h.GROSS_PAY: _GROSS,
        h.DEDUCTION_TOTAL: deduction,
        h.NET_PAY: _GROSS - deduction,
    }
    person.rows[PAY.code] = [month]
    return {"mismatch": "PAY_WITHOUT_POST", "departments": [FINANCE, ESTABLISHMENT]}


def _post_without_pay(person: Person, draft: Draft, setting: Setting) -> Entry:
    del draft, setting
    person.holders.remove(FINANCE)
    return {"mismatch": "POST_WITHOUT_PAY", "departments": [ESTABLISHMENT, FINANCE]}


def _unit_differs(person: Person, draft: Draft, setting: Setting) -> Entry:
    other = neighbour(setting, draft.unit)
    person.changes.append(
        Change(FINANCE, h.OCCUPIED_UNIT_CODE, other.number, cause="person_post_mismatch")
    )
    return {
        "mismatch": "UNIT_DIFFERS",
        "departments": [ESTABLISHMENT, FINANCE],
        "indicator": h.OCCUPIED_UNIT_CODE,
        "expected": draft.unit.code,
        "value": other.code,
    }


def _retired_paid(person: Person, draft: Draft, setting: Setting) -> Entry:
    del draft, setting
    person.changes += [
        Change(FINANCE, h.PERSON_STATUS, "1", cause="retired_still_paid"),
        Change(FINANCE, h.FISCAL_SUPPORT_TYPE, "1", cause="retired_still_paid"),
    ]
    return {
        "departments": [HR, FINANCE],
        "indicator": h.PERSON_STATUS,
        "expected": person.values[h.PERSON_STATUS],
        "value": "1",
    }


def _is_retired(person: Person, draft: Draft) -> bool:
    return draft.standing is Standing.RETIRED and held_by(person, HR, FINANCE)


def _may_be_seconded(person: Person, draft: Draft) -> bool:
    return (
        _is_clean_in_three(person, draft) and not draft.slot.line and not draft.rows.get(LEA.code)
    )


def _second(person: Person, draft: Draft, setting: Setting, spell: tuple[date, date]) -> Entry:
    host = neighbour(setting, draft.unit)
    absence(draft, "1", *spell, host.number)
    return {
        "departments": list(person.holders),
        "home": draft.unit.code,
        "host": host.code,
        "from": spell[0],
        "to": spell[1],
    }


def _seconded(person: Person, draft: Draft, setting: Setting) -> Entry:
    return _second(person, draft, setting, _IN_FORCE) | {"in_force": True}


def _overdue(person: Person, draft: Draft, setting: Setting) -> Entry:
    return _second(person, draft, setting, _ENDED) | {"in_force": False}


def _missing_in_hr(person: Person, draft: Draft, setting: Setting) -> Entry:
    del draft, setting
    person.holders.remove(HR)
    return {"department": HR}


def _missing_in_organization(person: Person, draft: Draft, setting: Setting) -> Entry:
    del draft, setting
    person.holders.remove(ORGANIZATION)
    return {"department": ORGANIZATION}


def _is_civil_everywhere(person: Person, draft: Draft) -> bool:
    return _is_clean_in_three(person, draft) and draft.is_civil and held_by(person, ORGANIZATION)


def _twin_in_unit(person: Person, draft: Draft, setting: Setting) -> Entry:
    del setting
    person.twins[FINANCE] = {}
    return {"department": FINANCE, "same_unit": True, "units": [draft.unit.code]}


def _twin_elsewhere(person: Person, draft: Draft, setting: Setting) -> Entry:
    other = neighbour(setting, draft.unit)
    person.twins[HR] = {h.OCCUPIED_UNIT_CODE: other.number, h.WORK_UNIT_CODE: other.number}
    return {"department": HR, "same_unit": False, "units": [draft.unit.code, other.code]}


def _dead_row(person: Person, draft: Draft, setting: Setting) -> Entry:
    """An old record that HR only marks as no longer live."""
    del draft, setting
    person.twins[HR] = {LIVE: "N"}
    return {"department": HR}


def _has_allowance(person: Person, draft: Draft) -> bool:
    return _is_clean_in_three(person, draft) and h.ALLOWANCE_STANDARD in draft.values


def _three_decimals(person: Person, draft: Draft, setting: Setting) -> Entry:
    del setting
    true = draft.values[h.ALLOWANCE_STANDARD]
    if not isinstance(true, Decimal):
        raise TypeError(h.ALLOWANCE_STANDARD)
    value = true + Decimal("0.004")
    person.changes.append(Change(FINANCE, h.ALLOWANCE_STANDARD, value, same=True))
    return {
        "department": FINANCE,
        "indicator": h.ALLOWANCE_STANDARD,
        "expected": true,
        "value": value,
    }


def _type_differs(person: Person, draft: Draft, setting: Setting) -> Entry:
    del setting
    value = "31" if draft.slot.type in {"11", "12", "2", "41"} else "11"
    person.changes.append(Change(FINANCE, h.ESTABLISHMENT_TYPE, value, cause="establishment_type"))
    return {
        "department": FINANCE,
        "indicator": h.ESTABLISHMENT_TYPE,
        "expected": draft.slot.type,
        "value": value,
    }


KINDS: Final = (
    Kind("pay_without_post", 70, _is_outside, _pay_without_post, _MISMATCHES),
    Kind("post_without_pay", 70, _is_clean_in_three, _post_without_pay, _MISMATCHES),
    Kind("unit_differs", 70, _is_clean_in_three, _unit_differs, _MISMATCHES),
    Kind("retired_still_paid", 40, _is_retired, _retired_paid),
    Kind("secondment", 900, _may_be_seconded, _seconded, "secondments"),
    Kind("secondment_overdue", 40, _may_be_seconded, _overdue, "secondments"),
    Kind("missing_in_hr", 300, _is_clean_in_three, _missing_in_hr, "missing_persons"),
    Kind(
        "missing_in_organization",
        100,
        _is_civil_everywhere,
        _missing_in_organization,
        "missing_persons",
    ),
    Kind("twin_same_unit", 20, _is_clean_in_three, _twin_in_unit, "duplicates"),
    Kind("twin_other_unit", 20, _is_clean_in_three, _twin_elsewhere, "duplicates"),
    Kind("dead_row", 100, _is_clean_in_three, _dead_row, "dead_rows"),
    Kind("three_decimals", 200, _has_allowance, _three_decimals, "amounts_with_three_decimals"),
    Kind("type_differs", 300, _is_clean_in_three, _type_differs, "establishment_type_differences"),
)  # fmt: skip
