"""Which records of one valid number agree, and whose a record without one may be. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from domain.identity.matching import (
    JUDGED_BY_NAME,
    UNRELATED,
    Evidence,
    Judgement,
    MatchLevel,
    PersonEvidence,
    UnlinkedRow,
    decide_person,
    driver_order,
)
from domain.identity.names import NameComparison, compare_names
from domain.model.keys import LocalKey, SourceName

MOST_NAMES: Final = 8
"""More different names under one number are nobody's spelling mistakes: each stands alone."""

ALONE: Final = Judgement(MatchLevel.CERTAIN, (Evidence.ID_NUMBER,))
DISPUTED: Final = JUDGED_BY_NAME[NameComparison.DIFFERENT]
AMBIGUOUS: Final = Judgement(MatchLevel.CONFLICT, (Evidence.TWO_PERSONS,))

_Names = tuple[str, tuple[str, ...]]
_CANDIDATES: Final = (MatchLevel.MEDIUM, MatchLevel.LOW)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A linked person within one block: the records there and the sources they are of."""

    records: tuple[PersonEvidence, ...]
    sources: frozenset[SourceName]


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose a record may be: the place of the person, None for nobody's or two persons' record."""

    place: int | None
    judgement: Judgement


def judge_group(rows: Sequence[UnlinkedRow]) -> Mapping[LocalKey, Judgement]:
    """How surely each record of one valid number is the person whose number it is.

    The person is the largest set of records whose names agree, counted in departments; of two as
    large ones, that of the first driver. The set's first driver is its reference: the others are
    judged against it. Whoever stands outside the set is in CONFLICT.
    """
    ordered = sorted(rows, key=driver_order)
    if len(ordered) == 1:
        return {ordered[0].key: ALONE}
    agreed = _largest_agreeing(ordered)
    members = [row for row in ordered if _names(row) in agreed]
    levels = {names: _against(members[0], names) for names in agreed}
    own = JUDGED_BY_NAME[NameComparison.EQUAL] if len(members) > 1 else ALONE
    judged = {row.key: levels.get(_names(row), DISPUTED) for row in ordered}
    is_borne_out = any(judged[row.key].level is MatchLevel.CERTAIN for row in members[1:])
    return judged | {members[0].key: own if is_borne_out else ALONE}


def choose_person(
    row: PersonEvidence, source: SourceName, persons: Sequence[KnownPerson]
) -> Choice:
    """Whose a record without a valid number may be.

    A number close to a person's own says more than any invalid one, and a person without a record
    in the source goes before one who has one there. Two persons that are as near: CONFLICT.
    """
    found = {place: _nearest(row, person) for place, person in enumerate(persons)}
    likely = {p: j for p, j in found.items() if j.level in _CANDIDATES}
    if not likely:
        return Choice(None, UNRELATED)
    ranks = {p: (*_rank(j), source in persons[p].sources) for p, j in likely.items()}
    best = min(ranks.values())
    places = [place for place, rank in ranks.items() if rank == best]
    return Choice(places[0], likely[places[0]]) if len(places) == 1 else Choice(None, AMBIGUOUS)


def _nearest(row: PersonEvidence, person: KnownPerson) -> Judgement:
    judged = [decide_person(row, record) for record in person.records]
    likely = [each for each in judged if each.level in _CANDIDATES]
    return min(likely, key=_rank, default=UNRELATED)


def _rank(judgement: Judgement) -> tuple[int, bool]:
    is_far = Evidence.ID_NUMBER_CLOSE not in judgement.evidence
    return _CANDIDATES.index(judgement.level), is_far


def _largest_agreeing(ordered: Sequence[UnlinkedRow]) -> frozenset[_Names]:
    names = list(dict.fromkeys(_names(row) for row in ordered))
    if len(names) == 1:
        return frozenset(names)
    sets = [frozenset({each}) for each in names]
    if len(names) <= MOST_NAMES:
        sets = _agreeing_sets(names)
    return max(sets, key=lambda each: _weight(each, ordered))


def _agreeing_sets(names: Sequence[_Names]) -> list[frozenset[_Names]]:
    """All sets of names of which no two are different."""
    pairs = combinations(names, 2)
    apart = [frozenset(pair) for pair in pairs if _compare(*pair) is NameComparison.DIFFERENT]
    sizes = range(1, len(names) + 1)
    subsets = (frozenset(some) for size in sizes for some in combinations(names, size))
    return [some for some in subsets if not any(pair <= some for pair in apart)]


def _weight(names: frozenset[_Names], ordered: Sequence[UnlinkedRow]) -> tuple[int, list[bool]]:
    inside = [_names(row) in names for row in ordered]
    departments = {row.key.department for row, is_in in zip(ordered, inside, strict=True) if is_in}
    return len(departments), inside


def _against(reference: UnlinkedRow, names: _Names) -> Judgement:
    return JUDGED_BY_NAME[_compare(_names(reference), names)]


def _compare(a: _Names, b: _Names) -> NameComparison:
    return compare_names(a[0], b[0], a[1], b[1])


def _names(row: UnlinkedRow) -> _Names:
    return row.name, row.former_names
