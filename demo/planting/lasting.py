"""Differences that stay because management rules differ: one kind a reason (identity.md 6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from demo.changes import HIGH, Change
from demo.people.draft import Draft, Track
from demo.planting.kind import Apply, Entry, Fits, Kind, Setting, held_by
from demo.planting.mismatches import neighbour
from demo.planting.person import Person
from demo.scale import CITY_LASTING
from demo.units.plan import UnitPlan
from demo.values import Canonical
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


def _other(_person: Person, draft: Draft, _setting: Setting) -> Canonical:
    return "21" if draft.track is Track.PROFESSIONAL else "22"


_CASES: Final[tuple[tuple[str, Fits, Apply], ...]] = (
    ("PAID_ELSEWHERE", _in_three, _held("PAID_ELSEWHERE", h.OCCUPIED_UNIT_CODE, FINANCE, _above)),
    ("DUAL_IDENTITY", _two_jobs, _held("DUAL_IDENTITY", h.PERSONAL_IDENTITY, ORGANIZATION, _other)),
    ("FILE_BIRTHDATE", _everywhere, _file_birth_date),
    ("POLICY_TYPE", _in_three, _held("POLICY_TYPE", h.ESTABLISHMENT_TYPE, HR, _other_family)),
    ("REFORM_PENDING", _in_three, _held("REFORM_PENDING", h.OCCUPIED_UNIT_CODE, HR, _predecessor)),
    ("NAME_CHARSET", _plain_name, _held("NAME_CHARSET", h.PERSON_NAME, FINANCE, _lost_character)),
    (
        "UNIT_GRANULARITY",
        _everywhere,
        _held("UNIT_GRANULARITY", h.WORK_UNIT_CODE, ORGANIZATION, _above),
    ),
    ("HISTORICAL", _in_three, _held("HISTORICAL", h.WORK_START_DATE, FINANCE, _later_start)),
)
# The shares of the eight reasons add up to the brief's 154.
KINDS: Final = tuple(
    Kind(
        f"lasting_{reason.lower()}",
        (CITY_LASTING + place) // len(_CASES),
        fits,
        apply,
        "lasting_differences",
        least=1,
    )
    for place, (reason, fits, apply) in enumerate(_CASES)
)
