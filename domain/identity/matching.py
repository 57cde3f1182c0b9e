"""Whether two records are one person or unit, at which level, and on what evidence; no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Final

from domain.identity.id_numbers import NormalisedIdNumber, are_close
from domain.identity.names import SAME_NAME, NameComparison, compare_names
from domain.identity.units import normalise_unit_name, uscc_is_valid
from domain.model.departments import PERSON_DRIVERS
from domain.model.keys import LocalKey
from domain.model.subjects import IdentityState


class MatchLevel(StrEnum):
    """How sure it is that two records are one; from surest."""

    CERTAIN = "CERTAIN"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    CONFLICT = "CONFLICT"
    NONE = "NONE"


class Evidence(StrEnum):
    """What a judgement rests on; codes only, never the values."""

    ID_NUMBER = "ID_NUMBER"
    LINK_KEY = "LINK_KEY"
    ID_NUMBER_CLOSE = "ID_NUMBER_CLOSE"
    ID_NUMBER_INVALID = "ID_NUMBER_INVALID"
    NAME = "NAME"
    NAME_NORMALIZED = "NAME_NORMALIZED"
    NAME_VARIANT = "NAME_VARIANT"
    NAME_SIMILAR = "NAME_SIMILAR"
    NAME_FORMER = "NAME_FORMER"
    NAME_DIFFERENT = "NAME_DIFFERENT"
    BIRTH_DATE = "BIRTH_DATE"
    BIRTH_MONTH = "BIRTH_MONTH"
    GENDER = "GENDER"
    UNIT = "UNIT"
    TWO_PERSONS = "TWO_PERSONS"
    USCC = "USCC"
    UNIT_CODE = "UNIT_CODE"
    UNIT_NAME = "UNIT_NAME"
    PARENT = "PARENT"
    SUCCESSION = "SUCCESSION"


@dataclass(frozen=True, slots=True)
class PersonEvidence:
    """What one record says that matters for matching; None and empty say nothing.

    `unit` names the unit whose post the person holds, the same in every department.
    """

    number: NormalisedIdNumber
    name: str
    former_names: tuple[str, ...] = ()
    gender: str | None = None
    born: date | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class UnitEvidence:
    """What one unit record says that matters for matching; `code` is the standard unit code.

    `parent` names the unit above, the same in every department.
    """

    uscc: str | None
    code: str | None
    name: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A level and what it rests on."""

    level: MatchLevel
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class UnlinkedRow:
    """One record found live by an ID number that no link knows; an unknown name is empty."""

    key: LocalKey
    name: str
    former_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnlinkedPerson:
    """Records found live by one ID number; `merged` begins with the leader, orders are drivers'.

    On CONFLICT the leader answers alone and `conflicting` is shown apart.
    """

    leader: UnlinkedRow
    merged: tuple[UnlinkedRow, ...]
    conflicting: tuple[UnlinkedRow, ...]
    state: IdentityState


SURE: Final = frozenset({MatchLevel.CERTAIN, MatchLevel.HIGH})
"""Levels that link without anybody's confirmation."""
UNRELATED: Final = Judgement(MatchLevel.NONE, ())

JUDGED_BY_NAME: Final = {
    NameComparison.EQUAL: Judgement(MatchLevel.CERTAIN, (Evidence.ID_NUMBER, Evidence.NAME)),
    NameComparison.EQUAL_NORMALIZED: Judgement(
        MatchLevel.CERTAIN, (Evidence.ID_NUMBER, Evidence.NAME_NORMALIZED)
    ),
    NameComparison.VARIANT: Judgement(MatchLevel.HIGH, (Evidence.ID_NUMBER, Evidence.NAME_VARIANT)),
    NameComparison.SIMILAR: Judgement(MatchLevel.HIGH, (Evidence.ID_NUMBER, Evidence.NAME_SIMILAR)),
    NameComparison.FORMER: Judgement(MatchLevel.HIGH, (Evidence.ID_NUMBER, Evidence.NAME_FORMER)),
    NameComparison.DIFFERENT: Judgement(
        MatchLevel.CONFLICT, (Evidence.ID_NUMBER, Evidence.NAME_DIFFERENT)
    ),
}


def decide_person(a: PersonEvidence, b: PersonEvidence) -> Judgement:
    """Whether two records are one person, whichever comes first.

    Source: docs/identity.md, levels. A record without a name is nobody's.
    """
    if not (a.name.strip() and b.name.strip()):
        return UNRELATED
    compared = compare_names(a.name, b.name, a.former_names, b.former_names)
    if a.number.is_valid and a.number.text == b.number.text:
        return JUDGED_BY_NAME[compared]
    if compared not in SAME_NAME or a.unit is None or a.unit != b.unit:
        return UNRELATED
    name = Evidence.NAME if compared is NameComparison.EQUAL else Evidence.NAME_NORMALIZED
    return _decide_by_place_and_birth(a, b, name)


def _decide_by_place_and_birth(a: PersonEvidence, b: PersonEvidence, name: Evidence) -> Judgement:
    """Two records of one name in one unit without a number that both have."""
    number = _number_evidence(a.number, b.number)
    agreed = _agreed(a, b)
    if number is not None and agreed:
        return Judgement(MatchLevel.MEDIUM, (number, name, *agreed, Evidence.UNIT))
    is_open = not (a.number.is_valid and b.number.is_valid)
    if is_open and a.born and b.born and _month(a.born) == _month(b.born):
        return Judgement(MatchLevel.LOW, (name, Evidence.BIRTH_MONTH, Evidence.UNIT))
    return UNRELATED


def _number_evidence(a: NormalisedIdNumber, b: NormalisedIdNumber) -> Evidence | None:
    """What two numbers say that are not one valid number; two unlike valid ones say nothing."""
    if not (a.text and b.text):
        return None
    if are_close(a.text, b.text):
        return Evidence.ID_NUMBER_CLOSE
    return Evidence.ID_NUMBER_INVALID if a.is_valid != b.is_valid else None


def _agreed(a: PersonEvidence, b: PersonEvidence) -> tuple[Evidence, ...]:
    equal = {
        Evidence.BIRTH_DATE: a.born is not None and a.born == b.born,
        Evidence.GENDER: a.gender is not None and a.gender == b.gender,
    }
    return tuple(evidence for evidence, is_equal in equal.items() if is_equal)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def decide_unit(a: UnitEvidence, b: UnitEvidence) -> Judgement:
    """Whether two records are one unit: by valid credit code, standard code, name and parent.

    A differing credit code beside an equal unit code is a difference of values, not of units;
    beside an equal name it tells two units apart.
    """
    codes = [text for text in (a.uscc, b.uscc) if text is not None and uscc_is_valid(text)]
    if len(codes) == 2 and codes[0] == codes[1]:
        return Judgement(MatchLevel.CERTAIN, (Evidence.USCC,))
    if a.code is not None and a.code == b.code:
        return Judgement(MatchLevel.CERTAIN, (Evidence.UNIT_CODE,))
    name = normalise_unit_name(a.name)
    if len(codes) == 2 or not name or name != normalise_unit_name(b.name):
        return UNRELATED
    if a.parent is None or b.parent is None:
        return Judgement(MatchLevel.MEDIUM, (Evidence.UNIT_NAME,))
    same = a.parent == b.parent
    return Judgement(MatchLevel.HIGH, (Evidence.UNIT_NAME, Evidence.PARENT)) if same else UNRELATED


def decide_unlinked(rows: Sequence[UnlinkedRow]) -> UnlinkedPerson:
    """One person out of the records that one ID number found; at least one record.

    A missing name contradicts nothing; one pair of different names makes it a conflict.
    """
    ordered = tuple(sorted(rows, key=driver_order))
    named = [row for row in ordered if row.name.strip()]
    if any(_differ(a, b) for a, b in combinations(named, 2)):
        return UnlinkedPerson(ordered[0], ordered[:1], ordered[1:], IdentityState.CONFLICT)
    return UnlinkedPerson(ordered[0], ordered, (), IdentityState.UNLINKED)


def driver_order(row: UnlinkedRow) -> tuple[int, LocalKey]:
    """The order in which records lead: by department, then key."""
    return PERSON_DRIVERS.index(row.key.department), row.key


def _differ(a: UnlinkedRow, b: UnlinkedRow) -> bool:
    compared = compare_names(a.name, b.name, a.former_names, b.former_names)
    return compared is NameComparison.DIFFERENT
