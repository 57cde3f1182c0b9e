"""Subjects from links or from rows found live, and the ids of those that no link knows."""

from collections.abc import Sequence
from typing import Final

from domain.identity.matching import MatchLevel
from domain.model.departments import RECORD_ORDER
from domain.model.global_ids import SEALED
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.subjects import IdentityLink, IdentityState, Subject, ordered_keys
from resolvers.sources import Sources
from store.people import LinkedPerson
from store.sealing import Seals
from store.units import LinkedUnit

_SEPARATOR: Final = "\x1e"
_SURE: Final = frozenset({MatchLevel.CERTAIN, MatchLevel.HIGH})


def linked_subject(kind: EntityKind, found: LinkedPerson | LinkedUnit) -> Subject:
    """The subject behind links in force; rows that await confirmation stand apart."""
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
    return Subject(
        kind=kind,
        id=local,
        state=_state(links),
        keys=ordered_keys((link.key for link in links if _is_sure(link)), RECORD_ORDER),
        apart=ordered_keys((link.key for link in links if not _is_sure(link)), RECORD_ORDER),
        links=links,
    )


def _is_sure(link: IdentityLink) -> bool:
    return link.level in _SURE or link.confirmed_by is not None


def _state(links: Sequence[IdentityLink]) -> IdentityState:
    """A person without a link in force is as unlinked as one found live."""
    if not links:
        return IdentityState.UNLINKED
    return IdentityState.LINKED if all(map(_is_sure, links)) else IdentityState.CANDIDATE


def unlinked_subject(kind: EntityKind, key: LocalKey, seals: Seals) -> Subject:
    """A subject that one live row alone makes; its id seals that row."""
    return Subject(kind, sealed_id(kind, key, seals), IdentityState.UNLINKED, (key,))


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
