"""Whether two records are one person or unit, at which level, and on what evidence; no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, combinations_with_replacement
from typing import Final

from domain.identity.id_numbers import NormalisedIdNumber
from domain.identity.names import NameComparison, compare_names
from domain.identity.units import uscc_is_valid
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
    NAME = "NAME"
    NAME_NORMALIZED = "NAME_NORMALIZED"
    NAME_VARIANT = "NAME_VARIANT"
    NAME_SIMILAR = "NAME_SIMILAR"
    NAME_FORMER = "NAME_FORMER"
    NAME_DIFFERENT = "NAME_DIFFERENT"
    USCC = "USCC"
    UNIT_CODE = "UNIT_CODE"


@dataclass(frozen=True, slots=True)
class PersonEvidence:
    """What one record says that matters for matching."""

    number: NormalisedIdNumber
    name: str
    former_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitEvidence:
    """What one unit record says that matters for matching; `code` is the standard unit code."""

    uscc: str | None
    code: str | None


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


_LEVELS: Final = tuple(MatchLevel)
UNRELATED: Final = Judgement(MatchLevel.NONE, ())

_BY_NAME: Final = {
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

    Without one valid number on both sides, or without a name, nothing is decided here: NONE.
    """
    if not (a.number.is_valid and a.number.text == b.number.text):
        return UNRELATED
    if not (a.name.strip() and b.name.strip()):
        return UNRELATED
    return _BY_NAME[compare_names(a.name, b.name, a.former_names, b.former_names)]


def decide_group(records: Sequence[PersonEvidence]) -> Judgement:
    """Whether all these records are one person: the least sure of any two of them.

    One record alone is as sure as its number. Many equal names cost no more than one.
    """
    if len(records) == 1:
        alone = Judgement(MatchLevel.CERTAIN, (Evidence.ID_NUMBER,))
        return alone if records[0].number.is_valid else UNRELATED
    kinds = list(dict.fromkeys(records))
    found = UNRELATED
    for pair in combinations_with_replacement(kinds, 2):
        judgement = decide_person(*pair)
        if judgement.level is MatchLevel.CONFLICT:
            return judgement
        found = judgement if found is UNRELATED else max(found, judgement, key=_doubt)
    return found


def decide_unit(a: UnitEvidence, b: UnitEvidence) -> Judgement:
    """Whether two records are one unit: equal valid credit codes, else equal standard unit codes.

    A differing credit code beside an equal unit code is a difference of values, not of units.
    """
    if a.uscc is not None and a.uscc == b.uscc and uscc_is_valid(a.uscc):
        return Judgement(MatchLevel.CERTAIN, (Evidence.USCC,))
    if a.code is not None and a.code == b.code:
        return Judgement(MatchLevel.CERTAIN, (Evidence.UNIT_CODE,))
    return UNRELATED


def decide_unlinked(rows: Sequence[UnlinkedRow]) -> UnlinkedPerson:
    """One person out of the records that one ID number found; at least one record.

    A missing name contradicts nothing; one pair of different names makes it a conflict.
    """
    ordered = tuple(sorted(rows, key=_driver_order))
    named = [row for row in ordered if row.name.strip()]
    if any(_differ(a, b) for a, b in combinations(named, 2)):
        return UnlinkedPerson(ordered[0], ordered[:1], ordered[1:], IdentityState.CONFLICT)
    return UnlinkedPerson(ordered[0], ordered, (), IdentityState.UNLINKED)


def _doubt(judgement: Judgement) -> int:
    return _LEVELS.index(judgement.level)


def _driver_order(row: UnlinkedRow) -> tuple[int, LocalKey]:
    return PERSON_DRIVERS.index(row.key.department), row.key


def _differ(a: UnlinkedRow, b: UnlinkedRow) -> bool:
    compared = compare_names(a.name, b.name, a.former_names, b.former_names)
    return compared is NameComparison.DIFFERENT
