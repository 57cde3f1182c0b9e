"""The lists of the graph: persons, units, the children and the persons of a unit."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from adapters.port import Operator
from domain.catalogue import handles
from domain.identity.id_numbers import normalise_id_number
from domain.model.access import Permission
from domain.model.errors import BadInputError
from domain.model.global_ids import UNIT, decode_id
from domain.model.keys import EntityKind, UnitCode
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.cursors import Cursors, digest_of
from resolvers.driving import ListAsk, UnitTerm
from resolvers.filters import (
    PersonFilter,
    UnitFilter,
    check_persons,
    division_of,
    person_conditions,
    unit_conditions,
)
from resolvers.nested import ListPage
from resolvers.pages import Page, no_page, page_size
from resolvers.reaching import scope_marks
from resolvers.sight import check_filter
from resolvers.subjects import linked_subject
from resolvers.units import clean_code, find_unit, find_unit_by_id
from resolvers.wanted import Wanted
from store.units import UnitAsk

PERSONS: Final = 20
UNITS: Final = 20
CHILDREN: Final = 50
"""Entries of a page where nobody says how many."""


class PageAsk(NamedTuple):
    """Which page, as the arguments say, and what is wanted of each of its rows."""

    first: int | None
    after: str | None
    wanted: Wanted


async def list_persons(
    context: RequestContext, asked: PersonFilter, page: PageAsk
) -> Page[Subject]:
    """A page of persons.

    Raises BadInputError, and SourceUnavailableError where the source of the cursor is dead.
    """
    size = page_size(page.first, PERSONS)
    terms = await _person_terms(context, asked)
    _note(context, asked, terms)
    ask = _persons(context, asked, "Query.persons", terms)
    found = await _page(context, ask, page, size, (asked,))
    return found if page.after else await _noted(context, asked, found)


async def list_units(context: RequestContext, asked: UnitFilter, page: PageAsk) -> Page[Subject]:
    """A page of units. Raises as `list_persons`."""
    size = page_size(page.first, UNITS)
    terms: tuple[UnitTerm, ...] = ()
    if asked.parent_id is not None:
        unit = await _unit_by_id(context, asked.parent_id, "parentId")
        terms = (UnitTerm(handles.PARENT_UNIT_CODE, Operator.IN, _all(unit)),)
    conditions = unit_conditions(asked)
    for condition in conditions:
        check_filter(context.access, condition.indicator)
    ask = ListAsk(EntityKind.UNIT, "Query.units", conditions, terms, division_of(asked))
    return await _page(context, ask, page, size, (asked,))


async def list_children(context: RequestContext, unit: Subject, page: PageAsk) -> Page[Subject]:
    """A page of the units directly below a unit. Raises as `list_persons`."""
    size = page_size(page.first, CHILDREN)
    term = UnitTerm(handles.PARENT_UNIT_CODE, Operator.IN, (unit,))
    ask = ListAsk(EntityKind.UNIT, "Unit.children", (), (term,))
    return await _page(context, ask, page, size, (unit.id,))


async def list_persons_of(
    context: RequestContext, unit: Subject, asked: PersonFilter, page: PageAsk
) -> Page[Subject]:
    """A page of the persons whose quota is a unit's. Raises as `list_persons`."""
    size = page_size(page.first, PERSONS)
    terms = await _person_terms(context, asked)
    own = UnitTerm(handles.OCCUPIED_UNIT_CODE, _reach(asked), (unit,))
    _note(context, asked, (*terms, own))
    ask = _persons(context, asked, "Unit.persons", (*terms, own))
    found = await _page(context, ask, page, size, (unit.id, asked))
    return found if page.after else await _noted(context, asked, found)


def _persons(
    context: RequestContext, asked: PersonFilter, field: str, terms: tuple[UnitTerm, ...]
) -> ListAsk:
    conditions = person_conditions(asked)
    if context.access.may(Permission.PERSONS):
        check_persons(asked, conditions, context.access)
    return ListAsk(EntityKind.PERSON, field, conditions, terms, division_of(asked))


async def _page(
    context: RequestContext, ask: ListAsk, page: PageAsk, size: int, asked_of: tuple[object, ...]
) -> Page[Subject]:
    """Cursors hold for the list, what is asked of it, and the scope of the caller."""
    digest = digest_of(*asked_of, *scope_marks(context.access.scope))
    cursors = Cursors(context.store.seals, f"{ask.field} by unit and key", digest)
    after = None if page.after is None else cursors.open(page.after)
    asked = ListPage(ask, cursors, size, after, page.wanted)
    if ask.kind is EntityKind.PERSON and not context.access.may(Permission.PERSONS):
        return no_page(cursors)
    return await context.loaders.pages.load(asked)


async def _person_terms(context: RequestContext, asked: PersonFilter) -> tuple[UnitTerm, ...]:
    """The units of the filter; one statement finds them both."""
    terms: list[UnitTerm] = []
    if asked.unit_id is not None:
        unit = await _unit_by_id(context, asked.unit_id, "unitId")
        terms.append(UnitTerm(handles.OCCUPIED_UNIT_CODE, _reach(asked), _all(unit)))
    if asked.unit_code is not None:
        code = clean_code(asked.unit_code)
        if context.reads.bounds is not None:
            unit = await find_unit(context, None, code, None)
            terms.append(UnitTerm(handles.OCCUPIED_UNIT_CODE, _reach(asked), _all(unit)))
            return tuple(terms)
        linked = await context.loaders.unit_links.load(UnitAsk(unit_code=UnitCode(code)))
        unit = None if linked is None else linked_subject(EntityKind.UNIT, linked)
        unknown = code if unit is None else None
        terms.append(UnitTerm(handles.OCCUPIED_UNIT_CODE, _reach(asked), _all(unit), unknown))
    return tuple(terms)


def _note(context: RequestContext, asked: PersonFilter, terms: Sequence[UnitTerm]) -> None:
    """Who is looked for by number, and in which units."""
    touches = context.reads.touches
    touches.numbers += [normalise_id_number(text).text for text in asked.id_numbers or ()]
    for term in terms:
        touches.add(term.units)


async def _noted(
    context: RequestContext, asked: PersonFilter, page: Page[Subject]
) -> Page[Subject]:
    """Notes how many of the numbers somebody has: a page that is too small hides no guess.

    Only where a list begins: whoever goes on in it has asked before.
    """
    numbers = {normalise_id_number(text).text for text in asked.id_numbers or ()}
    if not numbers:
        return page
    total: int | None
    if page.driver and not page.has_next:
        total = len({node.id for node in page.nodes})
    else:
        total = await page.total()
        page = replace(page, total=partial(_known, total))
    if total is not None:
        context.reads.touches.found += [place < total for place in range(len(numbers))]
    return page


async def _known(total: int | None) -> int | None:
    return total


async def _unit_by_id(context: RequestContext, public_id: str, argument: str) -> Subject | None:
    decoded = decode_id(public_id)
    if decoded is None or decoded.kind != UNIT:
        raise BadInputError(
            f"{argument} 不是本平台的机构标识 (`{argument}` is not the id of a unit)"
        )
    return await find_unit_by_id(context, decoded)


def _reach(asked: PersonFilter) -> Operator:
    return Operator.UNDER if asked.with_subordinates else Operator.IN


def _all(unit: Subject | None) -> tuple[Subject, ...]:
    return () if unit is None else (unit,)
