"""Subjects from links or from rows found live, and the ids of those that no link knows."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress, repeat
from operator import attrgetter, call, eq
from typing import Final, TypeVar

from domain.identity.matching import SURE, MatchLevel
from domain.model.access import RowClass
from domain.model.alike import OtherRows, Rows, SubjectRows, SureRows, others_alike
from domain.model.departments import PERSON_DRIVERS, RECORD_ORDER
from domain.model.global_ids import SEALED
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.subjects import IdentityLink, IdentityState, Judged, Subject, ordered_keys
from resolvers.sources import Sources
from store.forms import Form, Owner, OwnerRow, form_of, owners_of
from store.people import LinkedPerson
from store.sealing import Seals
from store.units import LinkedUnit

T = TypeVar("T")
_SEPARATOR: Final = "\x1e"
_CANDIDATES: Final = frozenset({MatchLevel.MEDIUM, MatchLevel.LOW})
_HOLDERS: Final = attrgetter("holders")
_ORDERED: Final = attrgetter("ordered")
_NEW: Final = partial(tuple.__new__, Subject)
Linked = LinkedPerson | LinkedUnit | Owner
"""What the cross-reference tells of one subject: with its links, or their keys alone."""


def linked_subject(kind: EntityKind, found: Linked, asked: LocalKey | None = None) -> Subject:
    """The subject behind links in force; rows that await confirmation or are disputed stand apart.

    A disputed row that is `asked` by its key answers alone.
    """
    if isinstance(found, Owner) and found.judged is None:
        return Subject(kind, found.id, IdentityState.LINKED, found.keys, links=None)
    judged = _judged(found)
    state = _state(judged, asked)
    answering = _answering(judged, state, asked)
    return Subject(
        kind=kind,
        id=_id_of(found),
        state=state,
        keys=ordered_keys(answering, RECORD_ORDER),
        apart=ordered_keys({each.key for each in judged} - answering, RECORD_ORDER),
        links=_links(found),
    )


def subject_of_row(kind: EntityKind, key: LocalKey, found: Linked | None, seals: Seals) -> Subject:
    """The subject of a row; one whose link awaits confirmation answers for itself alone."""
    if found is None or is_awaited(found, key):
        return unlinked_subject(kind, key, seals)
    return linked_subject(kind, found, key)


def subjects_of_rows(
    kind: EntityKind, keys: Sequence[LocalKey], found: Sequence[Linked | None], seals: Seals
) -> list[Subject]:
    """The subjects of many rows."""
    return _decided(kind, keys, found, lambda key, own: subject_of_row(kind, key, own, seals))


def sure_units(keys: Sequence[LocalKey], found: Sequence[Linked | None]) -> list[Subject | None]:
    """The units that codes name."""
    return _decided(EntityKind.UNIT, keys, found, sure_unit)


def _decided(
    kind: EntityKind,
    keys: Sequence[LocalKey],
    found: Sequence[Linked | None],
    decide: Callable[[LocalKey, Linked | None], T],
) -> list[Subject | T]:
    """The subject of each: where all records of an owner are sure nothing is decided."""
    linked, home = IdentityState.LINKED, RowClass.HOME
    return [
        _NEW((kind, each.id, linked, each.keys, (), None, home))
        if each.__class__ is Owner and each.judged is None
        else decide(key, each)
        for key, each in zip(keys, found, strict=True)
    ]


def subjects_of_owners(
    kind: EntityKind, keys: Sequence[LocalKey], rows: Sequence[OwnerRow], seals: Seals
) -> SubjectRows:
    """The same of what the cross-reference tells of each row, none of them made before its time."""
    if not rows:
        return SubjectRows(kind, 0, [])
    owners, told, texts = zip(*rows, strict=True)
    forms = list(map(form_of, told))
    parts, others = _parts(kind, forms, owners, texts)
    if others:
        found = owners_of(seals, [rows[i] for i in others])
        made = subjects_of_rows(kind, [keys[i] for i in others], found, seals)
        parts += [_among(others, part) for part in others_alike(made)]
    return SubjectRows(kind, len(rows), parts)


def _parts(
    kind: EntityKind, forms: Sequence[Form], owners: Sequence[str], texts: Sequence[Sequence[str]]
) -> tuple[list[Rows], Sequence[int]]:
    """Those whose records are sure, by whose records they are; and the places of all others."""
    parts: dict[tuple[SourceName, ...], Rows] = {}
    others: list[int] = []
    every = list(map(_HOLDERS, forms))
    for holders in dict.fromkeys(every):
        own = list(map(eq, every, repeat(holders)))
        at = None if all(own) else list(compress(range(len(own)), own))
        # What was told last of a source's department, as of any sources that have parts already.
        if holders is None or holders.sources in parts:
            others += range(len(own)) if at is None else at
            continue
        ordered = map(call, map(_ORDERED, compress(forms, own)), compress(texts, own))
        parts[holders.sources] = SureRows(
            kind,
            at,
            holders.departments,
            holders.sources,
            list(compress(owners, own)),
            tuple(zip(*ordered, strict=True)),
        )
    return list(parts.values()), sorted(others)


def _among(places: Sequence[int], part: OtherRows) -> OtherRows:
    """Their places among all rows."""
    return part._replace(at=places if part.at is None else [places[i] for i in part.at])


def sure_unit(key: LocalKey, found: Linked | None) -> Subject | None:
    """The unit that a code names; None where the link of this row awaits confirmation."""
    if found is None or is_awaited(found, key):
        return None
    return linked_subject(EntityKind.UNIT, found)


def is_awaited(found: Linked, key: LocalKey) -> bool:
    """Whether the link of this row awaits somebody's confirmation."""
    return any(
        each.key == key and not each.is_confirmed and each.level in _CANDIDATES
        for each in _judged(found)
    )


def _id_of(found: Linked) -> str:
    if isinstance(found, Owner):
        return found.id
    return found.person_id if isinstance(found, LinkedPerson) else found.unit_id


def _judged(found: Linked) -> Sequence[Judged]:
    """Every record and how sure it is; of an owner whose records are all sure nothing."""
    if isinstance(found, Owner):
        return found.judged or ()
    return [Judged(each.key, each.level, each.confirmed_by is not None) for each in found.links]


def _links(found: Linked) -> tuple[IdentityLink, ...] | None:
    if isinstance(found, Owner):
        return None if found.keys else ()
    return tuple(
        IdentityLink(key, level, evidence, confirmed_by, valid_from, valid_to)
        for _, key, level, evidence, _, confirmed_by, valid_from, valid_to in found.links
    )


def _is_sure(link: Judged) -> bool:
    return link.level in SURE or link.is_confirmed


def _state(links: Sequence[Judged], asked: LocalKey | None) -> IdentityState:
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
    links: Sequence[Judged], state: IdentityState, asked: LocalKey | None
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
