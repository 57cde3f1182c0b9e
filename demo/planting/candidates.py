"""Which values may be made to differ quietly, and how a wrong value of each type looks."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Final

from demo.layouts import layout
from demo.values import Canonical
from domain.catalogue import handles as h
from domain.catalogue.codes import CodeSet, code_set
from domain.catalogue.indicators import Indicator, catalogue
from domain.model.departments import Department
from domain.model.keys import IndicatorName

UNKNOWN_CODE: Final = "XX9"
# Evidence of identity, unit references and the states of planted mismatches stay as they are.
_KEPT: Final = frozenset(
    {
        h.PERSON_NAME, h.PERSON_NAME_PINYIN, h.FORMER_NAME, h.GENDER, h.BIRTH_DATE, h.ID_NUMBER,
        h.FORMER_ID_NUMBER, h.SOURCE_PERSON_KEY, h.PERSON_STATUS, h.ESTABLISHMENT_TYPE,
        h.OCCUPIES_ESTABLISHMENT, h.OCCUPIED_UNIT_CODE, h.WORK_UNIT_CODE, h.OCCUPANCY_STATUS,
        h.IN_UNIFIED_PAYROLL, h.FISCAL_SUPPORT_TYPE, h.PAYROLL_STATUS, h.PAYROLL_UNIT_CODE,
        h.PREVIOUS_UNIT_CODE, h.DESTINATION_UNIT_CODE, h.POST_UNIT_CODE, h.HOST_UNIT_CODE,
        h.ABSENCE_TYPE, h.ABSENCE_TO, h.STATUTORY_RETIREMENT_MONTH, h.PAYROLL_FROM_MONTH,
        h.PAYROLL_TO_MONTH,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A copy of an indicator outside its authority."""

    indicator: Indicator
    department: Department

    @property
    def name(self) -> IndicatorName:
        """The indicator's name."""
        return self.indicator.name


def _has_row_key(indicator: Indicator, department: Department) -> bool:
    category = catalogue().category_of(indicator.name)
    if not category.is_row(indicator):
        return True
    if indicator.name in category.row_key:
        return False
    return all(department in catalogue().indicators[key].holders for key in category.row_key)


def _may_differ(indicator: Indicator, department: Department) -> bool:
    held = indicator.compare_rule is not None and department is not indicator.authority
    return held and indicator.name not in _KEPT and _has_row_key(indicator, department)


@cache
def candidates() -> dict[str, tuple[Candidate, ...]]:
    """Person indicators that may differ in a department, by compare rule."""
    found: dict[str, list[Candidate]] = {}
    for indicator in catalogue().of_subject("person"):
        for department in indicator.holders:
            if indicator.compare_rule and _may_differ(indicator, department):
                found.setdefault(indicator.compare_rule, []).append(
                    Candidate(indicator, department)
                )
    return {rule: tuple(own) for rule, own in found.items()}


def _line(codes: CodeSet, code: str) -> set[str]:
    """The code and all above it."""
    line: set[str] = set()
    while code in codes and code not in line:
        line.add(code)
        code = codes[code].parent or ""
    return line


def _other_code(rng: Random, candidate: Candidate, value: str) -> str | None:
    """A code that neither contains the value nor lies within it: those two would count as equal."""
    column = layout(candidate.department).find(candidate.name)
    codes = layout(candidate.department).codes.get(column.codes) if column else None
    known = code_set(candidate.indicator.code_set or "")
    own = _line(known, value)
    others = [
        code
        for code in (codes.stored if codes else known)
        if code not in own and value not in _line(known, code)
    ]
    return others[int(rng.random() * len(others))] if others else None


def wrong_value(rng: Random, candidate: Candidate, value: Canonical) -> Canonical:
    """A plausible other value of the same type; None where there is no other."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1 + int(rng.random() * 3)
        case Decimal():
            return value + 10 * (1 + int(rng.random() * 20))
        case date():
            return _other_day(rng, value)
        case tuple() | None:
            raise TypeError(candidate.name)
    if candidate.indicator.code_set:
        return _other_code(rng, candidate, value)
    # Two characters more: one would still be a similar name.
    return f"{value}{int(rng.random() * 90) + 10}" if value.isascii() else f"{value}旧录"


def _other_day(rng: Random, value: date) -> date:
    other = value + timedelta(days=31 * (1 + int(rng.random() * 20)))
    return other.replace(day=min(value.day, 28))
