"""Person basics, identity documents and contact, political affiliation."""

from datetime import date
from typing import Final

from demo.clock import TODAY, months_of, years_after
from demo.identifiers import fifteen_digits
from demo.people.draft import Draft, Standing, Track
from domain.catalogue import handles as h
from domain.catalogue.codes import code_set

_COUNTIES: Final = (
    "370702", "370703", "370704", "370705", "370724", "370725", "370781",
    "370782", "370783", "370784", "370785", "370786",
)  # fmt: skip
_STREETS: Final = (
    "东风街",
    "胜利街",
    "健康街",
    "福寿街",
    "民生街",
    "玉清街",
    "北宫街",
    "鸢飞路",
    "和平路",
    "四平路",
)
_STATUS: Final = {
    Standing.IN_POST: "1",
    Standing.OUTSIDE: "3",
    Standing.EXITED: "4",
    Standing.RETIRED: "6",
}
_MANY_PEOPLES: Final = ("02", "03", "04", "05", "11", "10", "03", "11")


def _identity(draft: Draft) -> str:
    match draft.track:
        case Track.CIVIL:
            return "12" if draft.slot.type == "2" else "11"
        case Track.MANAGER:
            return "21"
        case Track.PROFESSIONAL:
            return "22"
    return "31" if draft.unit.is_public_body else "32"


def _ethnicity(draft: Draft) -> str:
    if "·" in draft.name.text:
        return "05"
    return draft.pick(_MANY_PEOPLES) if draft.chance(0.02) else "01"


def _marriage(draft: Draft) -> str:
    if TODAY.year - draft.born.year < 27:
        return "10" if draft.chance(0.8) else "21"
    share = draft.rng.random()
    return "21" if share < 0.86 else "22" if share < 0.9 else "40" if share < 0.96 else "10"


def _former_name(draft: Draft) -> tuple[str, ...] | None:
    if not draft.chance(0.02):
        return None
    return (draft.name.text[0] + draft.pick(("小军", "红卫", "小兰", "向阳", "卫东")),)


def basics(draft: Draft) -> None:
    """Fills category PER."""
    gap = draft.number_in(1, 24) if draft.chance(0.04) else 0
    counted = months_of(draft.started) + gap
    service = date(counted // 12, counted % 12 + 1, 1)
    draft.values |= {
        h.PERSON_NAME: draft.name.text,
        h.PERSON_NAME_PINYIN: draft.name.initials,
        h.FORMER_NAME: _former_name(draft),
        h.GENDER: "1" if draft.male else "2",
        h.BIRTH_DATE: draft.born,
        h.NATIVE_PLACE: draft.pick(_COUNTIES),
        h.BIRTH_PLACE: draft.pick(_COUNTIES),
        h.ETHNICITY: _ethnicity(draft),
        h.HEALTH_STATUS: "20" if draft.chance(0.05) else "10",
        h.MARITAL_STATUS: _marriage(draft),
        h.WORK_START_DATE: draft.started,
        h.CONTINUOUS_SERVICE_FROM: service,
        h.SERVICE_GAP_MONTHS: gap,
        h.PERSON_STATUS: _STATUS[draft.standing],
        h.PERSONAL_IDENTITY: _identity(draft),
        h.PHOTO_REF: f"ZP{draft.number:08d}",
    }


def documents(draft: Draft) -> None:
    """Fills category IDN; telephone numbers of a range nobody is given."""
    old = draft.born.year < 1985 and draft.chance(0.04)
    home = draft.pick(_COUNTIES)
    draft.values |= {
        h.ID_NUMBER: draft.id_number,
        h.ID_DOCUMENT_TYPE: "111",
        h.FORMER_ID_NUMBER: (fifteen_digits(draft.id_number),) if old else None,
        h.HOUSEHOLD_DIVISION: home,
        h.MOBILE_PHONE: f"100{draft.number_in(0, 99_999_999):08d}",
        h.CONTACT_ADDRESS: (
            f"{code_set('division')[home].name_zh}{draft.pick(_STREETS)}{draft.number_in(1, 400)}号"
        ),
        h.EMAIL: f"{draft.name.initials.lower()}{draft.number}@example.com",
    }


def _party(draft: Draft) -> str:
    share = draft.rng.random()
    if share < (0.85 if draft.is_civil or draft.slot.line else 0.35):
        return "01"
    if share > 0.985:
        return draft.pick(("04", "05", "06", "07", "08", "10"))
    if TODAY.year - draft.born.year <= 28 and share > 0.6:
        return "03"
    return "13"


def affiliation(draft: Draft) -> None:
    """Fills category POL."""
    party = _party(draft)
    has_joined = party not in {"03", "13"}
    joined = draft.day_in(years_after(draft.born, 18), years_after(draft.born, 22))
    draft.values |= {
        h.POLITICAL_STATUS: party,
        h.PARTY_JOIN_DATE: joined if has_joined else None,
        h.PARTY_FULL_MEMBER_DATE: years_after(joined, 1) if party == "01" else None,
        h.SECOND_PARTY: "01" if has_joined and party != "01" and draft.chance(0.2) else None,
        h.THIRD_PARTY: None,
        h.PARTY_BRANCH: f"{draft.unit.short}党支部" if party == "01" else None,
    }
