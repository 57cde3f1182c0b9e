"""Owners as the short statement tells of them, out of whole links."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from domain.identity.matching import SURE
from domain.model.departments import RECORD_ORDER
from domain.model.keys import LocalKey
from domain.model.subjects import Judged, ordered_keys
from domain.model.tally import Tally
from store.forms import (
    BETWEEN_LINKS,
    BETWEEN_PARTS,
    CONFIRMED,
    NOBODY,
    Owner,
    OwnerRow,
    OwnerRows,
)
from store.people import LinkedPerson, PersonAsk, PersonLink
from store.units import LinkedUnit, UnitAsk, UnitLink
from tests.support.links import SEALS

Asked_contra = TypeVar("Asked_contra", PersonAsk, UnitAsk, contravariant=True)


class Finding(Protocol):
    """Whatever finds whole links."""

    async def find(
        self, people: Sequence[PersonAsk], units: Sequence[UnitAsk], tally: Tally
    ) -> tuple[list[LinkedPerson | None], list[LinkedUnit | None]]: ...


def an_owner(linked: LinkedPerson | LinkedUnit | None) -> Owner | None:
    """What the lean statement tells of the same."""
    if linked is None:
        return None
    links: Sequence[PersonLink | UnitLink] = linked.links
    keys = ordered_keys((link.key for link in links), RECORD_ORDER)
    by_key = {link.key: link for link in links}
    judged = tuple(Judged(k, by_key[k].level, by_key[k].confirmed_by is not None) for k in keys)
    is_sure = judged and all(each.is_confirmed or each.level in SURE for each in judged)
    owner = linked.person_id if isinstance(linked, LinkedPerson) else linked.unit_id
    return Owner(owner, keys, None if is_sure else judged)


def an_owner_row(linked: LinkedPerson | LinkedUnit | None) -> OwnerRow:
    """The same as the larger database tells it."""
    if linked is None:
        return NOBODY
    owner = linked.person_id if isinstance(linked, LinkedPerson) else linked.unit_id
    links: Sequence[PersonLink | UnitLink] = linked.links
    if not links:
        return owner, None, None
    parts = [
        (link.key.department, link.key.source, link.level, CONFIRMED if link.confirmed_by else "")
        for link in links
    ]
    told = BETWEEN_LINKS.join(BETWEEN_PARTS.join(each) for each in parts)
    return owner, told, [link.key.text for link in links]


class FindingEach(Protocol[Asked_contra]):
    """Whatever finds whole links of one kind."""

    async def find(
        self, asks: Sequence[Asked_contra], tally: Tally
    ) -> Sequence[LinkedPerson | LinkedUnit | None]: ...


async def owner_by_question(
    links: FindingEach[Asked_contra], ask: Asked_contra, tally: Tally
) -> Owner | None:
    """The owner that one question leads to, where whole links are found."""
    (found,) = await links.find([ask], tally)
    return an_owner(found)


async def owners_by_keys(
    platform: Finding, people: Sequence[LocalKey], units: Sequence[LocalKey], tally: Tally
) -> tuple[Sequence[Owner | None], Sequence[Owner | None]]:
    """The owners of keys where whole links are found; no person without one in force."""
    asks = [PersonAsk(key=key) for key in people], [UnitAsk(key=key) for key in units]
    persons, places = await platform.find(*asks, tally)
    told_of_units = OwnerRows(SEALS, list(map(an_owner_row, places)), alone=True)
    return OwnerRows(SEALS, list(map(an_owner_row, persons))), told_of_units
