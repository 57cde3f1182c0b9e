"""Differences that stay because management rules differ: one kind a reason (identity.md 6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from demo.people.draft import Draft, Track
from demo.planting.kind import Apply, Entry, Fits, Kind, Setting, held_by
from demo.planting.mismatches import neighbour
from demo.rendering import Canonical
from demo.scale import CITY_LASTING
from demo.units.plan import UnitPlan
from demo.writing.changes import HIGH, Change, Person
from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.keys import IndicatorName

ORGANIZATION, ESTABLISHMENT = Department.ORGANIZATION, Department.ESTABLISHMENT
FINANCE, HR = Department.FINANCE, Department.HR
CAUSE: Final = "lasting"
Value = Callable[[Person, Draft, Setting], Canonical]


def _entry(reason: str, indicator: IndicatorName, *departments: Department) -> Entry:
    return {"reason": reason, "indicator": indicator, "departments": list(departments)}


def _held(reason: str, indicator: IndicatorName, where: Department, value: Value) -> Apply:
    def apply(person: Person, draft: Draft, setting: Setting) -> Entry:
        own = value(person, draft, setting)
        person.changes.append(Change(where, indicator, own, cause=CAUSE))
        if indicator == h.PERSON_NAME:
            person.levels[where] = HIGH
        return _entry(reason, indicator, where)

    return apply


def _file_birth_date(person: Person, draft: Draft, setting: Setting) -> Entry:
    """The file keeps another day; the three others hold the day of the identity number."""
    del setting
    person.values[h.BIRTH_DATE] = draft.born + timedelta(days=400)
    others = [d for d in person.holders if d is not ORGANIZATION]
    person.changes += [Change(d, h.BIRTH_DATE, draft.born, cause=CAUSE) for d in others]
    return _entry("FILE_BIRTHDATE", h.BIRTH_DATE, ORGANIZATION, *others)


def _closed_unit(setting: Setting) -> UnitPlan:
    return next(unit for unit in reversed(setting.units) if not unit.is_living)


def _above(_person: Person, draft: Draft, setting: Setting) -> Canonical:
    return neighbour(setting, draft.unit).number


def _predecessor(_person: Person, _draft: Draft, setting: Setting) -> Canonical:
    return _closed_unit(setting).number


def _lost_character(_person: Person, draft: Draft, _setting: Setting) -> Canonical:
    return draft.name.text[:-1] + "□"


def _other_family(_person: Person, draft: Draft, _setting: Setting) -> Canonical:
    return "31" if draft.is_civil else "2"


def _later_start(_person: Person, draft: Draft, _setting: Setting) -> Canonical:
    return draft.started + timedelta(days=365)


def _everywhere(person: Person, draft: Draft) -> bool:
    return draft.in_post and len(person.holders) == len(Department)


def _in_three(person: Person, draft: Draft) -> bool:
    return draft.in_post and held_by(person, ESTABLISHMENT, HR, FINANCE)


def _two_jobs(person: Person, draft: Draft) -> bool:
    return _everywhere(person, draft) and draft.track in {Track.PROFESSIONAL, Track.MANAGER}


def _plain_name(person: Person, draft: Draft) -> bool:
    return _in_three(person, draft) and len(draft.name.text) == 3


def _kind(reason: str, fits: Fits, apply: Apply) -> Kind:
    # 154 over eight reasons; rounded up, since each has at least one.
    return Kind(
        f"lasting_{reason.lower()}",
        -(-CITY_LASTING // 8),
        fits,
        apply,
        "lasting_differences",
        least=1,
    )


def _simple(
    reason: str, fits: Fits, where: Department, indicator: IndicatorName, value: Value
) -> Kind:
    return _kind(reason, fits, _held(reason, indicator, where, value))


def _twelve(_person: Person, draft: Draft, _setting: Setting) -> Canonical:
    return "21" if draft.track is Track.PROFESSIONAL else "22"


KINDS: Final = (
    _simple("PAID_ELSEWHERE", _in_three, FINANCE, h.OCCUPIED_UNIT_CODE, _above),
    _simple("DUAL_IDENTITY", _two_jobs, ORGANIZATION, h.PERSONAL_IDENTITY, _twelve),
    _kind("FILE_BIRTHDATE", _everywhere, _file_birth_date),
    _simple("POLICY_TYPE", _in_three, HR, h.ESTABLISHMENT_TYPE, _other_family),
    _simple("REFORM_PENDING", _in_three, HR, h.OCCUPIED_UNIT_CODE, _predecessor),
    _simple("NAME_CHARSET", _plain_name, FINANCE, h.PERSON_NAME, _lost_character),
    _simple("UNIT_GRANULARITY", _everywhere, ORGANIZATION, h.WORK_UNIT_CODE, _above),
    _simple("HISTORICAL", _in_three, FINANCE, h.WORK_START_DATE, _later_start),
)
