"""Subjects from links or from rows found live, and the ids of those that no link knows."""

from typing import Final

from domain.model.departments import RECORD_ORDER
from domain.model.global_ids import SEALED
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.subjects import IdentityLink, IdentityState, Subject, ordered_keys
from resolvers.sources import Sources
from store.people import LinkedPerson
from store.sealing import Seals
from store.units import LinkedUnit

_SEPARATOR: Final = "\x1e"


def linked_subject(kind: EntityKind, found: LinkedPerson | LinkedUnit) -> Subject:
    """The subject behind links in force."""
    links = tuple(
        IdentityLink(
            key=link.key,
            level=link.level,
            evidence=link.evidence,
            confirmed_by=link.confirmed_by,
            valid_from=link.valid_from,
            valid_to=link.valid_to,
        )
        for link in found.links
    )
    local = found.person_id if isinstance(found, LinkedPerson) else found.unit_id
    keys = ordered_keys((link.key for link in links), RECORD_ORDER)
    return Subject(kind, local, IdentityState.LINKED, keys, links=links)


def unlinked_subject(
    kind: EntityKind, leader: LocalKey, merged: tuple[LocalKey, ...], seals: Seals
) -> Subject:
    """A subject that live rows alone make; its id seals the leading row."""
    keys = ordered_keys(merged, RECORD_ORDER)
    return Subject(kind, sealed_id(kind, leader, seals), IdentityState.UNLINKED, keys)


def sealed_id(kind: EntityKind, key: LocalKey, seals: Seals) -> str:
    """The public local id of an unlinked row: the key itself is never readable in it."""
    return SEALED + seals.seal(f"{key.source}{_SEPARATOR}{key.text}", f"id:{kind}")


def opened_id(kind: EntityKind, local: str, seals: Seals, sources: Sources) -> LocalKey | None:
    """The row a sealed id names; None for a forged one or a source that is gone."""
    text = seals.unseal(local.removeprefix(SEALED), f"id:{kind}")
    if text is None:
        return None
    name, _, key = text.partition(_SEPARATOR)
    reader = sources.by_name.get(SourceName(name))
    return LocalKey(reader.description.department, SourceName(name), key) if reader else None
