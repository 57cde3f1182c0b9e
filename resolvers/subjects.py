"""Subjects from links or from rows found live, and the ids of those that no link knows."""

from collections.abc import Sequence
from typing import Final

from domain.identity.matching import SURE, MatchLevel
from domain.model.departments import PERSON_DRIVERS, RECORD_ORDER
from domain.model.global_ids import SEALED
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.subjects import IdentityLink, IdentityState, Subject, ordered_keys
from resolvers.sources import Sources
from store.people import LinkedPerson
from store.sealing import Seals
from store.units import LinkedUnit

_SEPARATOR: Final = "\x1e"
_CANDIDATES: Final = frozenset({MatchLevel.MEDIUM, MatchLevel.LOW})


def linked_subject(
    kind: EntityKind, found: LinkedPerson | LinkedUnit, asked: LocalKey | None = None
) -> Subject:
    """The subject behind links in force; rows that await confirmation or are disputed stand apart.

    A disputed row that is `asked` by its key answers alone.
    """
    links = tuple(
        IdentityLink(key, level, evidence, confirmed_by, valid_from, valid_to)
        for _, key, level, evidence, _, confirmed_by, valid_from, valid_to in found.links
    )
    local = found.person_id if isinstance(found, LinkedPerson) else found.unit_id
    state = _state(links, asked)
    answering = _answering(links, state, asked)
    return Subject(
        kind=kind,
        id=local,
        state=state,
        keys=ordered_keys(answering, RECORD_ORDER),
        apart=ordered_keys({link.key for link in links} - answering, RECORD_ORDER),
        links=links,
    )


def is_awaited(found: LinkedPerson | LinkedUnit, key: LocalKey) -> bool:
    """Whether the link of this row awaits somebody's confirmation."""
    return any(
        link.key == key and link.confirmed_by is None and link.level in _CANDIDATES
        for link in found.links
    )


def _is_sure(link: IdentityLink) -> bool:
    return link.level in SURE or link.confirmed_by is not None


def _state(links: Sequence[IdentityLink], asked: LocalKey | None) -> IdentityState:
    """Two departments that agree are linked though a third has another name for the number.

    A person without a link in force is as unlinked as one found live.
    """
    if not links:
        return IdentityState.UNLINKED
    agreed = {link.key.department for link in links if _is_sure(link)}
    disputed = [link for link in links if link.is_disputed]
    if disputed and (len(agreed) < 2 or any(link.key == asked for link in disputed)):
        return IdentityState.CONFLICT
    settled = all(_is_sure(link) or link.is_disputed for link in links)
    return IdentityState.LINKED if settled else IdentityState.CANDIDATE


def _answering(
    links: Sequence[IdentityLink], state: IdentityState, asked: LocalKey | None
) -> set[LocalKey]:
    sure = {link.key for link in links if _is_sure(link)}
    if state is not IdentityState.CONFLICT:
        return sure
    disputed = [link.key for link in links if link.is_disputed]
    if asked in disputed:
        return {key for key in disputed if key == asked}
    return sure or set(ordered_keys(disputed, PERSON_DRIVERS)[:1])


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
