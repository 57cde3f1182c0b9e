"""The keyed hashes under which the log knows persons, units, ID numbers, accounts, departments."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from domain.audit.entry import Entry
from store.sealing import Seals

LENGTH: Final = 32


class Kind(StrEnum):
    """What a hash stands for."""

    PERSON = "person"
    UNIT = "unit"
    NUMBER = "number"
    ACCOUNT = "account"
    DEPARTMENT = "department"


def subject_hash(seals: Seals, kind: Kind, text: str) -> str:
    """The hash of one subject: 128 bits, differing by kind."""
    return seals.blind_index(text, f"audit-{kind}")[:LENGTH]


def subjects_of(seals: Seals, entry: Entry) -> Mapping[str, Sequence[str]]:
    """The hashes of everything an entry touched, by kind."""
    touched = entry.touched
    found: Mapping[Kind, Iterable[str]] = {
        Kind.PERSON: touched.persons,
        Kind.UNIT: touched.units,
        Kind.NUMBER: touched.numbers,
        Kind.ACCOUNT: (entry.actor.sub,) if entry.actor.sub else (),
        Kind.DEPARTMENT: touched.departments,
    }
    return {
        kind.value: [subject_hash(seals, kind, one) for one in dict.fromkeys(texts)]
        for kind, texts in found.items()
    }


def all_hashes(subjects: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """All hashes of an entry, each once."""
    return tuple(dict.fromkeys(one for hashes in subjects.values() for one in hashes))
