"""What links of persons and of units share: their tables, how keys are kept, how rows are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

from sqlalchemy import Column, Table

from domain.identity.matching import MatchLevel
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import KeysOfSource, LocalKey, SourceName
from store.engine import Found
from store.sealing import Seals
from store.tables import PERSON, PERSON_LINK, UNIT, UNIT_LINK

KEY_CONTEXT: Final = "local-key"
LINK_KEY_CONTEXT: Final = "link-key"
EVIDENCE_SEPARATOR: Final = " "
_SOURCE: Final = attrgetter("source")
_TEXT: Final = attrgetter("text")

# Looking a member up here costs a third of calling the enum, and lists read thousands of links.
_DEPARTMENTS: Final = {each.value: each for each in Department}
_LEVELS: Final = {each.value: each for each in MatchLevel}
_SHOWN_AT: Final = {each: place for place, each in enumerate(RECORD_ORDER)}


@dataclass(frozen=True, slots=True, eq=False)
class LinkTable:
    """The table of links and that of the owners they lead to."""

    owner: Table
    link: Table

    @property
    def owner_id(self) -> Column[str]:
        """The column of a link that names its owner."""
        return self.link.c[f"{self.owner.name}_id"]


PEOPLE: Final = LinkTable(PERSON, PERSON_LINK)
UNITS: Final = LinkTable(UNIT, UNIT_LINK)


class StoredLink(NamedTuple):
    """One judgement as stored, with its key readable; `valid_to` is None while it holds."""

    key: LocalKey
    level: MatchLevel
    evidence: tuple[str, ...]
    author: str
    confirmed_by: str | None
    valid_from: datetime
    valid_to: datetime | None


def key_index(seals: Seals, key: LocalKey) -> str:
    """The keyed hash under which any local key is looked up, personal or not."""
    return seals.blind_index(f"{key.source}\x00{key.text}", KEY_CONTEXT)


def key_indexes(seals: Seals, keys: Sequence[LocalKey]) -> list[str]:
    """The same of many keys, in their order; those of a list are mostly of one source."""
    # The source is a part of what is hashed, wherever it is said.
    if isinstance(keys, KeysOfSource):
        return seals.blind_indexes(keys.texts, f"{KEY_CONTEXT}\x00{keys.source}")
    sources = set(map(_SOURCE, keys))
    if len(sources) == 1:
        return seals.blind_indexes(map(_TEXT, keys), f"{KEY_CONTEXT}\x00{sources.pop()}")
    return seals.blind_indexes([f"{source}\x00{text}" for _, source, text in keys], KEY_CONTEXT)


def link_index(seals: Seals, name: str, value: str) -> str:
    """The keyed hash of a link key: of its name and its normalised value."""
    return seals.blind_index(f"{name}\x00{value}", LINK_KEY_CONTEXT)


def stored_key(seals: Seals, key: LocalKey, *, personal: bool) -> dict[str, str | None]:
    """The columns that name a record: its key in clear, or sealed where it is an ID number."""
    return {
        "department": key.department.value,
        "source": key.source,
        "local_key": None if personal else key.text,
        "key_sealed": seals.seal(key.text, sealing_context(key.source)) if personal else None,
    }


def read_link(seals: Seals, row: Found) -> StoredLink:
    """One row of a link table as a record."""
    return StoredLink(
        read_key(seals, row),
        _LEVELS[row["level"]],
        tuple(row["evidence"].split(EVIDENCE_SEPARATOR)),
        row["author"],
        row["confirmed_by"],
        row["valid_from"],
        row["valid_to"],
    )


def read_key(seals: Seals, row: Found) -> LocalKey:
    """The key of a row of a link table."""
    source = SourceName(row["source"])
    text = row["local_key"]
    if text is None:
        # A key sealed under a lost secret reads as empty: no department has such a row.
        text = seals.unseal(row["key_sealed"], sealing_context(source)) or ""
    return LocalKey(_DEPARTMENTS[row["department"]], source, text)


def record_order(link: StoredLink) -> tuple[int, str, str, datetime]:
    """The order of links: departments as shown, then source, key and beginning."""
    key = link.key
    return _SHOWN_AT[key.department], key.source, key.text, link.valid_from


def sealing_context(source: str) -> str:
    """For what a personal key is sealed: one source's keys open as no other's."""
    return f"{KEY_CONTEXT} {source}"
