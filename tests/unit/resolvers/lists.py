"""What tests of lists share: persons of one unit, sources of them, and pages walked through."""

from asyncio import gather as together
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from domain.catalogue import handles as h
from domain.model.departments import RECORD_ORDER, Department
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.filters import PersonFilter
from resolvers.listing import (
    PageAsk,
    list_persons,
)
from resolvers.pages import Page
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import (
    CitySource,
    Stored,
)

T = TypeVar("T")
ORG, EST, FIN, HR = RECORD_ORDER
NAMED = Wanted(values=frozenset({h.PERSON_NAME, h.OCCUPIED_UNIT_CODE}))
FILTERED = (h.PERSON_NAME, h.ID_NUMBER, h.OCCUPIED_UNIT_CODE, h.ESTABLISHMENT_TYPE)
UNIT_COLUMNS = (h.UNIT_NAME, h.UNIT_DIVISION, h.PARENT_UNIT_CODE, h.UNIT_STATUS)


def persons(*keys: str, unit: str | None = "U1") -> list[Stored]:
    return [
        Stored(key, {h.PERSON_NAME: f"{key}名", h.OCCUPIED_UNIT_CODE: unit, h.ID_NUMBER: key})
        for key in keys
    ]


def source(department: Department, *keys: str, name: str = "", at: str = "") -> CitySource:
    """A source with persons of one unit."""
    return CitySource(
        department,
        people=persons(*keys),
        units=[Stored("U1", {h.UNIT_NAME: "市局", h.UNIT_DIVISION: "370702"})],
        name=name,
        also=[*FILTERED, *UNIT_COLUMNS],
        divisions=(at,) if at else (),
    )


def an_ask(first: int | None = None, after: str | None = None) -> PageAsk:
    return PageAsk(first, after, NAMED)


async def gather(work: Sequence[Awaitable[T]]) -> list[T]:
    return list(await together(*work))


def keys_of(page: Page[Subject]) -> list[str]:
    return [node.keys[0].text for node in page.nodes]


async def walk(context: RequestContext, size: int) -> list[str]:
    found: list[str] = []
    page = await list_persons(context, PersonFilter(), an_ask(size))
    found += keys_of(page)
    while page.has_next:
        page = await list_persons(context, PersonFilter(), an_ask(size, page.cursor(-1)))
        found += keys_of(page)
    return found
