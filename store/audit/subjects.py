"""Whom the log knows by keyed hashes: persons, units, ID numbers, accounts, departments."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import chain

from domain.audit.entry import Entry
from store.audit.keys import AuditKeys


class Kind(StrEnum):
    """What a hash stands for."""

    PERSON = "person"
    UNIT = "unit"
    NUMBER = "number"
    ACCOUNT = "account"
    DEPARTMENT = "department"


def subjects_of(keys: AuditKeys, entry: Entry) -> Mapping[str, Sequence[str]]:
    """The hashes of everything an entry touched, by kind."""
    touched, sub = entry.touched, entry.actor.sub
    return {
        _PERSON: keys.subjects(_PERSON, dict.fromkeys(touched.persons)),
        _UNIT: keys.subjects(_UNIT, dict.fromkeys(touched.units)),
        _NUMBER: keys.subjects(_NUMBER, dict.fromkeys(touched.numbers)),
        _ACCOUNT: keys.known(_ACCOUNT, (sub,)) if sub else [],
        _DEPARTMENT: keys.known(_DEPARTMENT, touched.departments),
    }


def all_hashes(subjects: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """All hashes of an entry, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(subjects.values())))


_PERSON, _UNIT, _NUMBER, _ACCOUNT, _DEPARTMENT = (kind.value for kind in Kind)
