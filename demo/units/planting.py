"""Differences of units: codes and names that some books lack or still hold in their old form."""

from collections.abc import Sequence
from typing import Final

from demo.changes import Change, Subject
from demo.scale import by_units
from demo.units.plan import UnitPlan
from demo.values import Canonical
from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.keys import IndicatorName

ORGANIZATION, ESTABLISHMENT = Department.ORGANIZATION, Department.ESTABLISHMENT
FINANCE, HR = Department.FINANCE, Department.HR
RENAME, NO_CODE, NO_USCC, NAME, CODE, QUOTA, HEADS = (
    "late_rename", "no_unit_code", "no_uscc", "name_differs", "code_differs", "quota_differs",
    "heads_differ",
)  # fmt: skip
_RATES: Final = {NO_CODE: 200, NO_USCC: 130, NAME: 120, CODE: 30, QUOTA: 150, HEADS: 150}
_OFFSETS: Final = {NO_CODE: 0.15, NO_USCC: 0.4, NAME: 0.55, CODE: 0.9, QUOTA: 0.3, HEADS: 0.7}


class UnitSchedule:
    """Which unit gets which difference; at most one each, spread over the living ones."""

    def __init__(self, units: Sequence[UnitPlan]) -> None:
        self._kinds: dict[int, str] = {u.number: RENAME for u in units if u.former_name}
        free = [u.number for u in units if u.is_living and not u.former_name]
        for kind, rate in _RATES.items():
            count = by_units(rate, len(units))
            for place in range(count):
                chosen = free[int((place + _OFFSETS[kind]) * len(free) / count)]
                self._kinds.setdefault(chosen, kind)

    def plant(self, subject: Subject, unit: UnitPlan) -> None:
        """Changes what some department holds of the unit, if it is its turn."""
        kind = self._kinds.get(unit.number)
        if kind is None:
            return
        department, indicator, value = _change(kind, unit, subject)
        subject.changes.append(Change(department, indicator, value, cause=kind))
        subject.kinds.append(kind)


def _change(
    kind: str, unit: UnitPlan, subject: Subject
) -> tuple[Department, IndicatorName, Canonical]:
    book = (ORGANIZATION, HR)[unit.number % 2]
    found: dict[str, tuple[Department, IndicatorName, Canonical]] = {
        RENAME: (ORGANIZATION, h.UNIT_NAME, unit.former_name),
        NO_CODE: (book, h.UNIT_CODE, None),
        NO_USCC: (FINANCE, h.USCC, None),
        NAME: (FINANCE, h.UNIT_NAME, f"{unit.name}机关"),
        CODE: (HR, h.UNIT_CODE, f"{unit.code}-0"),
        QUOTA: (FINANCE, h.APPROVED_TOTAL, _one_more(subject, h.APPROVED_TOTAL)),
        HEADS: (HR, h.OCCUPIED_COUNT, _one_more(subject, h.OCCUPIED_COUNT)),
    }
    return found[kind]


def _one_more(subject: Subject, indicator: IndicatorName) -> int:
    value = subject.values.get(indicator)
    return value + 1 if isinstance(value, int) else 1


def unit_holders(unit: UnitPlan) -> list[Department]:
    """The books that know the unit; the cadre system dropped closed ones."""
    if unit.is_living:
        return list(Department)
    return [ESTABLISHMENT, FINANCE, HR]
