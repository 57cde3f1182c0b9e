"""Cases of identity, one for every level, from dirty numbers to conflicts and namesakes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from demo.changes import CERTAIN, CONFLICT, HIGH, LOW, MEDIUM, Change
from demo.identifiers import fifteen_digits, is_valid_id
from demo.names import dotted_name, variants
from demo.people.draft import Draft, Standing
from demo.planting.kind import Apply, Entry, Fits, Kind, Setting, held_by
from demo.planting.person import Person
from domain.catalogue import handles as h
from domain.identity.id_numbers import CENTENARIANS
from domain.model.departments import Department
from domain.model.keys import IndicatorName

ORGANIZATION, ESTABLISHMENT = Department.ORGANIZATION, Department.ESTABLISHMENT
FINANCE, HR = Department.FINANCE, Department.HR
Spoil = Callable[[Draft], str | None]
_FULL_WIDTH: Final = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_CHARACTER_LOST: Final = ("?", "□")


def _in_three_books(person: Person, draft: Draft) -> bool:
    return draft.in_post and held_by(person, ESTABLISHMENT, HR, FINANCE)


@dataclass(frozen=True, slots=True)
class _Spoilt:
    """A text spoilt in one department; `same` where it still is the same number or name."""

    indicator: IndicatorName
    level: str
    spoil: Spoil
    same: bool = False
    department: Department = FINANCE

    def apply(self, person: Person, draft: Draft, _setting: Setting) -> Entry:
        """Stores the spoilt text and says which level the record should reach."""
        stored, true = self.spoil(draft), person.values[self.indicator]
        change = Change(self.department, self.indicator, stored, cause="identity")
        if self.same:
            change = replace(change, value=true, stored=stored, same=True)
        person.changes.append(change)
        person.levels[self.department] = self.level
        return {
            "department": self.department,
            "indicator": self.indicator,
            "level": self.level,
            "stored": stored,
            "expected": true,
        }


def _format(indicator: IndicatorName, spoil: Spoil, where: Department = FINANCE) -> Apply:
    return _Spoilt(indicator, CERTAIN, spoil, same=True, department=where).apply


def _number(level: str, spoil: Spoil, where: Department = FINANCE) -> Apply:
    return _Spoilt(h.ID_NUMBER, level, spoil, department=where).apply


def _name(level: str, spoil: Spoil) -> Apply:
    return _Spoilt(h.PERSON_NAME, level, spoil).apply


def _spaced(draft: Draft) -> str:
    n = draft.id_number
    return f"{n[:6]} {n[6:14]} {n[14:]}"


def _old(draft: Draft) -> str:
    return fifteen_digits(draft.id_number)


def _wide(draft: Draft) -> str:
    return draft.id_number.translate(_FULL_WIDTH)


def _lower(draft: Draft) -> str:
    return draft.id_number.lower()


def _nothing(_draft: Draft) -> None:
    return None


def _apart(draft: Draft) -> str:
    return "　".join(draft.name.text)


def _full_stop(draft: Draft) -> str:
    return draft.name.text.replace("·", ".")


def _digit_off(draft: Draft) -> str:
    n = draft.id_number
    return n[:15] + str((int(n[15]) + 1) % 10) + n[16:]


def _swapped(draft: Draft) -> str:
    n = draft.id_number
    return n[:14] + n[15] + n[14] + n[16:]


def _bad_check(draft: Draft) -> str:
    n = draft.id_number
    return n[:17] + ("1" if n[17] != "1" else "2")


def _variant(draft: Draft) -> str:
    return "".join(variants().get(c, c) for c in draft.name.text)


def _similar(draft: Draft) -> str:
    name = draft.name.text
    return name[:-1] + _CHARACTER_LOST[draft.number % 2]


def _make_former(person: Person, draft: Draft, setting: Setting) -> Entry:
    """HR alone knows the earlier name, so only people of these two books can be judged by it."""
    earlier = draft.name.text[0] + ("红卫" if draft.name.text[1:] != "红卫" else "向阳")
    person.values[h.FORMER_NAME] = (earlier,)
    return _Spoilt(h.PERSON_NAME, HIGH, lambda _draft: earlier).apply(person, draft, setting)


def _stranger(draft: Draft) -> str:
    return "邢" + ("志远" if draft.name.text[1:] != "志远" else "思齐")


def _noted(draft: Draft) -> str:
    return f"{draft.name.text}(退)"


def _is_long_plain(person: Person, draft: Draft) -> bool:
    return (
        _in_three_books(person, draft) and len(draft.name.text) == 3 and "·" not in draft.name.text
    )


def _has_variant(person: Person, draft: Draft) -> bool:
    return _in_three_books(person, draft) and _variant(draft) != draft.name.text


def _ends_in_x(person: Person, draft: Draft) -> bool:
    return draft.id_number.endswith("X") and held_by(person, HR) and len(person.holders) > 1


def _swap_shows(person: Person, draft: Draft) -> bool:
    return _in_three_books(person, draft) and not is_valid_id(_swapped(draft))


def _old_and(*departments: Department) -> Fits:
    """People with an old number that can be read in one way only."""
    return lambda person, draft: (
        draft.born.year < 2000
        and draft.id_number[14:17] not in CENTENARIANS
        and held_by(person, *departments)
    )


def _retired(person: Person, draft: Draft) -> bool:
    return draft.standing is Standing.RETIRED and person.holders == [FINANCE, HR]


def _in_four_books(person: Person, draft: Draft) -> bool:
    return _in_three_books(person, draft) and held_by(person, ORGANIZATION)


def _make_dotted(person: Person, draft: Draft, setting: Setting) -> Entry:
    """Gives the person a name with a middle dot, which finance writes as a full stop."""
    draft.name = dotted_name(draft.rng)
    person.values |= {
        h.PERSON_NAME: draft.name.text,
        h.PERSON_NAME_PINYIN: draft.name.initials,
        h.ETHNICITY: "05",
    }
    return _Spoilt(h.PERSON_NAME, CERTAIN, _full_stop, same=True).apply(person, draft, setting)


def _make_namesakes(person: Person, draft: Draft, setting: Setting) -> Entry:
    """Takes over the name of the person before, who works in the same unit or the next one."""
    other = setting.previous
    if other is None or other.draft is None:
        return {}
    draft.name = other.draft.name
    person.values[h.PERSON_NAME] = draft.name.text
    person.values[h.PERSON_NAME_PINYIN] = draft.name.initials
    return {"others": [other.number], "level": "NONE", "indicator": h.PERSON_NAME}


_FORMATS: Final = "format_differences"
KINDS: Final = (
    Kind("namesakes", 60, _in_three_books, _make_namesakes),
    Kind("id_fifteen_digits", 900, _old_and(HR, FINANCE), _format(h.ID_NUMBER, _old), _FORMATS),
    Kind(
        "id_fifteen_digits_organization",
        200,
        _old_and(HR, ORGANIZATION),
        _format(h.ID_NUMBER, _old, ORGANIZATION),
        _FORMATS,
    ),
    Kind("id_spaces", 600, _in_three_books, _format(h.ID_NUMBER, _spaced), _FORMATS),
    Kind("id_full_width", 300, _in_three_books, _format(h.ID_NUMBER, _wide), _FORMATS),
    Kind("id_lower_case_x", 900, _ends_in_x, _format(h.ID_NUMBER, _lower, HR), _FORMATS),
    Kind("name_spaces", 400, _in_three_books, _format(h.PERSON_NAME, _apart), _FORMATS),
    Kind("name_dots", 60, _in_three_books, _make_dotted, _FORMATS),
    Kind("name_note", 200, _retired, _format(h.PERSON_NAME, _noted), _FORMATS),
    Kind("name_variant", 60, _has_variant, _name(HIGH, _variant), "identity_high"),
    Kind("name_similar", 60, _is_long_plain, _name(HIGH, _similar), "identity_high"),
    Kind("name_former", 40, _retired, _make_former, "identity_high"),
    Kind("id_one_digit", 40, _in_three_books, _number(MEDIUM, _digit_off), "identity_medium"),
    Kind("id_swapped", 30, _swap_shows, _number(MEDIUM, _swapped), "identity_medium"),
    Kind(
        "id_bad_check",
        30,
        _in_four_books,
        _number(MEDIUM, _bad_check, ORGANIZATION),
        "identity_medium",
    ),
    Kind("id_missing", 40, _in_three_books, _number(LOW, _nothing), "identity_low"),
    Kind("conflict", 12, _retired, _name(CONFLICT, _stranger), "identity_conflict"),
)
