"""Whom the log knows by keyed hashes: persons, units, ID numbers, accounts, departments."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

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
    touched = entry.touched
    found: Mapping[Kind, Sequence[str]] = {
        Kind.PERSON: touched.persons,
        Kind.UNIT: touched.units,
        Kind.NUMBER: touched.numbers,
        Kind.ACCOUNT: (entry.actor.sub,) if entry.actor.sub else (),
        Kind.DEPARTMENT: touched.departments,
    }
    return {
        kind.value: keys.subjects(kind, dict.fromkeys(texts)) if texts else []
        for kind, texts in found.items()
    }


def all_hashes(subjects: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """All hashes of an entry, each once."""
    return tuple(dict.fromkeys(one for hashes in subjects.values() for one in hashes))
