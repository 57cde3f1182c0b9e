"""The arguments of a list, coerced by graphql-core, as the records that resolvers take."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.catalogue import handles
from domain.model.quota import FreezeStatus
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.filters import LedgerFilter, PersonFilter, UnitFilter
from resolvers.ledger import PoolPageAsk, list_ledger
from resolvers.listing import PageAsk, list_children, list_persons, list_persons_of, list_units
from resolvers.pages import Page
from resolvers.planning.metadata import Listing
from resolvers.pools import Pool, PoolsWanted
from resolvers.wanted import Wanted

Arguments = Mapping[str, Any]  # Any: values of any input type


async def read_page(
    context: RequestContext,
    listing: Listing,
    owner: Subject | None,
    asked: tuple[Arguments, Wanted],
) -> Page[Subject]:
    """The page of a list, below a unit where it is one of a unit. Raises FourfoldError."""
    arguments, wanted = asked
    page = PageAsk(arguments.get("first"), arguments.get("after"), wanted)
    given = arguments.get("filter")
    match listing, owner:
        case Listing.PERSONS, None:
            return await list_persons(context, person_filter(given), page)
        case Listing.UNITS, None:
            return await list_units(context, unit_filter(given), page)
        case Listing.CHILDREN, Subject():
            return await list_children(context, owner, page)
        case Listing.PERSONS_OF_UNIT, Subject():
            return await list_persons_of(context, owner, person_filter(given), page)
        case _:
            raise TypeError(f"no owner fits the list {listing}")


def person_filter(given: Arguments | None) -> PersonFilter:
    """The record of a filter; without one, every person."""
    if given is None:
        return PersonFilter()
    return PersonFilter(
        name=given.get("name"),
        name_prefix=given.get("namePrefix"),
        id_numbers=_several(given.get("idNumbers")),
        unit_id=given.get("unitId"),
        unit_code=given.get(handles.UNIT_CODE),
        with_subordinates=bool(given.get("includeSubordinateUnits")),
        division=given.get("division"),
        establishment_type=_several(given.get(handles.ESTABLISHMENT_TYPE)),
        occupancy_status=_several(given.get(handles.OCCUPANCY_STATUS)),
        person_status=_several(given.get(handles.PERSON_STATUS)),
        entered_from=given.get("enteredFrom"),
        entered_to=given.get("enteredTo"),
    )


def ledger_filter(given: Arguments | None) -> LedgerFilter:
    """The record of a filter; without one, every pool."""
    if given is None:
        return LedgerFilter()
    freeze = given.get("freeze")
    states = None if freeze is None else {FreezeStatus[state.name] for state in freeze}
    return LedgerFilter(
        division=given.get("division"),
        unit_id=given.get("unitId"),
        establishment_type=_several(given.get(handles.ESTABLISHMENT_TYPE)),
        freeze=None if states is None else tuple(sorted(states)),
        min_over=given.get("minOver"),
    )


async def read_ledger(
    context: RequestContext, arguments: Arguments, wanted: PoolsWanted
) -> Page[Pool]:
    """The page of the ledger. Raises FourfoldError."""
    page = PoolPageAsk(arguments.get("first"), arguments.get("after"), wanted)
    return await list_ledger(context, ledger_filter(arguments.get("filter")), page)


def unit_filter(given: Arguments | None) -> UnitFilter:
    """The record of a filter; without one, every unit."""
    if given is None:
        return UnitFilter()
    return UnitFilter(
        name=given.get("name"),
        name_contains=given.get("nameContains"),
        division=given.get("division"),
        nature=_several(given.get("nature")),
        level=_several(given.get("level")),
        status=_several(given.get("status")),
        parent_id=given.get("parentId"),
    )


def _several(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
