"""Lists: the driver, its instances, cursors, links, and what each costs."""

from asyncio import gather as together
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from adapters.port import Listed, ListOrder, ReadOrder
from domain.catalogue import handles as h
from domain.identity.matching import MatchLevel
from domain.model.departments import RECORD_ORDER, Department
from domain.model.errors import BadInputError, SourceUnavailableError, TooComplexError
from domain.model.global_ids import PERSON, UNIT, encode_id
from domain.model.keys import EntityKind, PersonId
from domain.model.records import Facet
from domain.model.subjects import IdentityState, Subject
from domain.model.tally import PLATFORM, Tally
from resolvers.context import RequestContext
from resolvers.filters import PersonFilter, UnitFilter
from resolvers.listing import (
    PageAsk,
    list_children,
    list_persons,
    list_persons_of,
    list_units,
)
from resolvers.pages import Page
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import (
    CitySource,
    LinkedPeople,
    LinkedUnits,
    Stored,
    a_context,
    a_key,
    a_link,
    a_linked_person,
    a_linked_unit,
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
    return [entry.node.keys[0].text for entry in page.entries]


async def walk(context: RequestContext, size: int) -> list[str]:
    found: list[str] = []
    page = await list_persons(context, PersonFilter(), an_ask(size))
    found += keys_of(page)
    while page.has_next:
        page = await list_persons(context, PersonFilter(), an_ask(size, page.cursor(-1)))
        found += keys_of(page)
    return found


async def test_the_establishment_office_drives_while_it_lives() -> None:
    page = await list_persons(
        a_context(source(HR, "h1"), source(EST, "e1")), PersonFilter(), an_ask()
    )

    assert (page.driver, keys_of(page)) == (EST, ["e1"])


@pytest.mark.parametrize(
    ("dead", "driver"),
    [({EST}, HR), ({EST, HR}, ORG), ({EST, HR, ORG}, FIN), (set(RECORD_ORDER), None)],
    ids=str,
)
async def test_the_next_living_department_drives(
    dead: set[Department], driver: Department | None
) -> None:
    sources = [source(department, department[:1]) for department in RECORD_ORDER]
    for each in sources:
        each.is_down = each.department in dead
    context = a_context(*sources)

    page = await list_persons(context, PersonFilter(), an_ask())

    assert page.driver == driver
    assert keys_of(page) == ([driver[:1]] if driver else [])
    assert {str(name) for name in context.reads.troubles.by_source} == set(dead)
    assert await page.total() == (1 if driver else None)


async def test_a_department_that_does_not_keep_the_filter_is_passed_over() -> None:
    office = replace(source(EST, "e1"), also=[])
    asked = PersonFilter(establishment_type=("1",))

    page = await list_persons(a_context(office, source(HR, "h1")), asked, an_ask())

    assert page.driver is HR


async def test_a_filter_that_nobody_keeps_is_refused() -> None:
    office = replace(source(EST, "e1"), also=[])

    with pytest.raises(BadInputError, match="no department keeps"):
        await list_persons(a_context(office), PersonFilter(person_status=("1",)), an_ask())


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_instances_follow_each_other(size: int) -> None:
    sources = [
        source(EST, "a", "b", "c", name="est-1"),
        source(EST, "d", name="est-2"),
        source(EST, "a2", "b2", name="est-3"),
    ]

    assert await walk(a_context(*sources), size) == ["a", "b", "c", "d", "a2", "b2"]


async def test_a_dead_instance_leaves_its_rows_out_with_one_error() -> None:
    sources = [source(EST, k, name=f"est-{k}") for k in ("a", "b", "c")]
    sources[1].is_down = True
    context = a_context(*sources)

    page = await list_persons(context, PersonFilter(), an_ask())

    assert (keys_of(page), page.driver) == (["a", "c"], EST)
    assert list(context.reads.troubles.by_source) == ["est-b"]
    assert context.reads.troubles.by_source[sources[1].source].fields >= {"Query.persons"}
    assert await page.total() is None


async def test_only_instances_of_the_division_are_asked() -> None:
    sources = [
        source(EST, "a", name="est-a", at="370702"),
        source(EST, "b", name="est-b", at="370781"),
    ]
    asked = PersonFilter(division="370702")

    page = await list_persons(a_context(*sources), asked, an_ask())

    assert keys_of(page) == ["a"]
    assert [len(each.lists) for each in sources] == [1, 0]


async def test_a_cursor_goes_on_with_its_own_driver() -> None:
    """Also when a department before it lives again."""
    office, bureau = source(EST, "e1"), source(HR, "h1", "h2")
    office.is_down = True
    first = await list_persons(a_context(office, bureau), PersonFilter(), an_ask(1))
    office.is_down = False

    second = await list_persons(
        a_context(office, bureau), PersonFilter(), an_ask(1, first.cursor(-1))
    )

    assert (second.driver, keys_of(second)) == (HR, ["h2"])
    assert (second.has_previous, second.has_next) == (True, False)


async def test_the_cursor_of_a_dead_driver_is_an_error() -> None:
    office = source(EST, "e1", "e2")
    first = await list_persons(a_context(office), PersonFilter(), an_ask(1))
    office.is_down = True

    with pytest.raises(SourceUnavailableError):
        await list_persons(a_context(office), PersonFilter(), an_ask(1, first.cursor(-1)))


async def test_the_cursor_of_a_source_that_is_gone_is_refused() -> None:
    first = await list_persons(a_context(source(EST, "e1", "e2")), PersonFilter(), an_ask(1))

    with pytest.raises(BadInputError):
        await list_persons(a_context(source(HR, "h")), PersonFilter(), an_ask(1, first.cursor(-1)))


async def test_a_cursor_holds_for_its_list_and_filter_only() -> None:
    context = a_context(source(EST, "e1", "e2"))
    unit = Subject(EntityKind.UNIT, "u1", IdentityState.LINKED, ())
    cursor = (await list_persons(context, PersonFilter(), an_ask(1))).cursor(-1)

    with pytest.raises(BadInputError):
        await list_persons(context, PersonFilter(name="张三"), an_ask(1, cursor))
    with pytest.raises(BadInputError):
        await list_units(context, UnitFilter(), an_ask(1, cursor))
    with pytest.raises(BadInputError):
        await list_persons_of(context, unit, PersonFilter(), an_ask(1, cursor))


async def test_a_page_of_nothing_says_what_follows() -> None:
    page = await list_persons(a_context(source(EST, "e1")), PersonFilter(), an_ask(0))

    assert (page.entries, page.has_next, page.cursor(0)) == ((), True, None)


async def test_persons_and_their_units_are_linked_by_one_statement() -> None:
    office = source(EST, *(f"e{i}" for i in range(30)))
    context = a_context(
        office,
        people=LinkedPeople([a_linked_person(a_key(office, "e1"))]),
        units=LinkedUnits([a_linked_unit(a_key(office, "U1"))]),
    )

    page = await list_persons(context, PersonFilter(), an_ask(30))
    await context.loaders.facts[EntityKind.PERSON].load_many(
        [(entry.node, NAMED) for entry in page.entries]
    )

    assert context.reads.tally.statements == {EST: 1, PLATFORM: 1}
    states = {entry.node.keys[0].text: entry.node.state for entry in page.entries}
    assert states["e1"] is IdentityState.LINKED
    assert states["e2"] is IdentityState.UNLINKED


async def test_a_row_that_awaits_confirmation_answers_for_itself() -> None:
    office, bureau = source(EST, "e1"), source(HR, "h1")
    linked = a_linked_person(
        a_link(a_key(office, "e1"), MatchLevel.MEDIUM), a_link(a_key(bureau, "h1"))
    )
    context = a_context(office, bureau, people=LinkedPeople([linked]))

    (entry,) = (await list_persons(context, PersonFilter(), an_ask())).entries

    assert (entry.node.state, entry.node.keys) == (IdentityState.UNLINKED, (a_key(office, "e1"),))


async def test_a_disputed_row_answers_alone() -> None:
    office, bureau = source(EST, "e1"), source(HR, "h1")
    linked = a_linked_person(
        a_link(a_key(office, "e1"), MatchLevel.CONFLICT), a_link(a_key(bureau, "h1"))
    )
    context = a_context(office, bureau, people=LinkedPeople([linked]))

    (entry,) = (await list_persons(context, PersonFilter(), an_ask())).entries

    assert (entry.node.state, entry.node.keys) == (IdentityState.CONFLICT, (a_key(office, "e1"),))


async def test_a_person_of_two_records_stands_once_a_record() -> None:
    office = source(EST, "e1", "e2")
    linked = a_linked_person(a_key(office, "e1"), a_key(office, "e2"))
    context = a_context(office, people=LinkedPeople([linked]))

    page = await list_persons(context, PersonFilter(), an_ask())

    assert [entry.node.id for entry in page.entries] == ["p1", "p1"]
    assert [entry.place.position for entry in page.entries] == [("U1", "e1"), ("U1", "e2")]
    assert await page.total() == 2


async def test_a_link_whose_record_is_gone_is_answered_by_the_driver() -> None:
    office, bureau = source(EST, "e1"), source(HR, "h2")
    linked = a_linked_person(a_key(office, "e1"), a_key(bureau, "gone"))
    context = a_context(office, bureau, people=LinkedPeople([linked]))
    (entry,) = (await list_persons(context, PersonFilter(), an_ask())).entries

    gathered = await context.loaders.facts[EntityKind.PERSON].load((entry.node, NAMED))

    assert list(gathered.facets) == [a_key(office, "e1")]


class Repeating(CitySource):
    """Answers every row twice, the last one first."""

    async def page(self, order: ListOrder, tally: Tally) -> list[Listed]:
        rows = await CitySource.page(self, order, tally)
        return [*reversed(rows), *rows]


async def test_a_row_answered_twice_stands_once() -> None:
    office = Repeating(EST, people=persons("e1", "e2"), also=FILTERED)

    page = await list_persons(a_context(office), PersonFilter(), an_ask())

    assert sorted(keys_of(page)) == ["e1", "e2"]


@pytest.mark.parametrize(
    "asked",
    [
        PersonFilter(establishment_type=("没有",)),
        PersonFilter(id_numbers=("1",) * 201),
        PersonFilter(occupancy_status=("1",) * 10_000),
        PersonFilter(division="潍城"),
        PersonFilter(name="\x00"),
        PersonFilter(name_prefix="\ud800"),
        PersonFilter(name="张" * 101),
        PersonFilter(unit_id="x"),
        PersonFilter(unit_id=encode_id(PERSON, "p1")),
        PersonFilter(unit_code="\x01"),
    ],
    ids=lambda asked: repr(asked)[:60],
)
async def test_filters_that_cannot_be_are_refused(asked: PersonFilter) -> None:
    with pytest.raises(BadInputError):
        await list_persons(a_context(source(EST, "e1")), asked, an_ask())


@pytest.mark.parametrize(
    "asked",
    [
        PersonFilter(id_numbers=()),
        PersonFilter(establishment_type=()),
        PersonFilter(name=""),
        PersonFilter(unit_id=encode_id(UNIT, "nobody")),
        PersonFilter(unit_id=encode_id(UNIT, "nobody"), with_subordinates=True),
        PersonFilter(unit_code="U9"),
    ],
    ids=repr,
)
async def test_filters_that_match_nothing_give_nothing(asked: PersonFilter) -> None:
    page = await list_persons(a_context(source(EST, "e1")), asked, an_ask())

    assert (page.entries, page.has_next, page.driver) == ((), False, EST)
    assert await page.total() == 0


async def test_a_number_is_looked_for_in_three_spellings() -> None:
    office = source(EST, "370702680312123", "37070219680312123x", "370702196803121239")
    asked = PersonFilter(id_numbers=("370702196803121239", "37070219600907201X"))

    page = await list_persons(a_context(office), asked, an_ask())

    assert keys_of(page) == ["370702196803121239", "370702680312123"]


async def test_a_unit_is_named_in_the_drivers_own_words_by_one_more_statement() -> None:
    office, bureau = source(EST, "e1"), source(HR, "h1")
    bureau.people = persons("h1", unit="7")
    unit = a_linked_unit(a_key(office, "U1"), a_key(bureau, "7"))
    office.is_down = True
    context = a_context(office, bureau, units=LinkedUnits([unit]))

    page = await list_persons(context, PersonFilter(unit_id=encode_id(UNIT, "u1")), an_ask())

    assert (page.driver, keys_of(page)) == (HR, ["h1"])
    assert context.reads.tally.statements == {PLATFORM: 2, HR: 1}


async def test_a_unit_code_that_no_link_knows_is_the_offices_own() -> None:
    page = await list_persons(a_context(source(EST, "e1")), PersonFilter(unit_code="U1"), an_ask())

    assert keys_of(page) == ["e1"]


def a_tree(department: Department = EST) -> CitySource:
    units = [
        Stored(code, {h.UNIT_NAME: code, h.PARENT_UNIT_CODE: above, h.UNIT_DIVISION: "370700"})
        for code, above in (("U1", None), ("U2", "U1"), ("U3", "U2"), ("C1", "C2"), ("C2", "C1"))
    ]
    people = [*persons("a", "d", unit="U1"), *persons("b", unit="U2"), *persons("c", unit="U3")]
    return CitySource(
        department, people=[*people, *persons("z", unit="C2")], units=units, also=FILTERED
    )


def subject(source: CitySource, code: str) -> Subject:
    return Subject(EntityKind.UNIT, code.lower(), IdentityState.LINKED, (a_key(source, code),))


@pytest.mark.parametrize(
    ("code", "found"), [("U1", ["a", "d", "b", "c"]), ("U2", ["b", "c"]), ("C1", ["z"])]
)
async def test_subordinate_units_count_too_also_in_a_circle(code: str, found: list[str]) -> None:
    office = a_tree()
    asked = PersonFilter(with_subordinates=True)

    page = await list_persons_of(a_context(office), subject(office, code), asked, an_ask())

    assert keys_of(page) == found


async def test_lists_below_many_units_cost_what_one_costs() -> None:
    office = a_tree()
    codes = ("U1", "U2", "U3", "C1", "C2")
    units = [subject(office, code) for code in codes]
    context = a_context(office)

    pages = [list_persons_of(context, unit, PersonFilter(), an_ask(1)) for unit in units]
    found = await gather(pages)
    totals = await gather([page.total() for page in found])

    assert [keys_of(page) for page in found] == [["a"], ["b"], ["c"], [], ["z"]]
    assert [page.has_next for page in found] == [True, False, False, False, False]
    assert totals == [2, 1, 1, 0, 1]
    assert context.reads.tally.statements == {EST: 2, PLATFORM: 1}


async def test_the_cursor_of_a_list_below_a_unit_is_its_own() -> None:
    office = a_tree()
    one, other = subject(office, "U1"), subject(office, "U2")
    context = a_context(office)
    first, _ = await gather(
        [list_persons_of(context, unit, PersonFilter(), an_ask(1)) for unit in (one, other)]
    )

    second = await list_persons_of(context, one, PersonFilter(), an_ask(1, first.cursor(-1)))

    assert keys_of(second) == ["d"]
    with pytest.raises(BadInputError):
        await list_persons_of(context, other, PersonFilter(), an_ask(1, first.cursor(-1)))


async def test_children_of_a_unit() -> None:
    office = a_tree()

    page = await list_children(a_context(office), subject(office, "U1"), an_ask())

    assert keys_of(page) == ["U2"]


async def test_nested_lists_have_a_bound() -> None:
    office = a_tree()
    units = [replace(subject(office, "U1"), id=str(number)) for number in range(30)]
    context = a_context(office)

    with pytest.raises(TooComplexError):
        await gather(
            [list_persons_of(context, unit, PersonFilter(), an_ask(200)) for unit in units]
        )


class Disordered(CitySource):
    """Answers keys in another order, one of them twice, and a row nobody asked for."""

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        every = replace(order, keys=tuple(row.key for row in self.people))
        rows = await CitySource.read(self, every, tally)
        return [*reversed(rows), rows[0]]


async def test_rows_out_of_order_twice_or_not_asked_for_go_to_nobody_else() -> None:
    office = source(EST, "e1", "e2")
    bureau = Disordered(HR, people=persons("h1", "h2", "h3"), also=FILTERED)
    linked = [
        replace(
            a_linked_person(a_key(office, f"e{n}"), a_key(bureau, f"h{n}")),
            person_id=PersonId(f"p{n}"),
        )
        for n in (1, 2)
    ]
    context = a_context(office, bureau, people=LinkedPeople(linked))
    page = await list_persons(context, PersonFilter(), an_ask())

    gathered = await context.loaders.facts[EntityKind.PERSON].load_many(
        [(entry.node, NAMED) for entry in page.entries]
    )

    names = [
        g.facets[a_key(bureau, f"h{n}")].values[h.PERSON_NAME] for n, g in enumerate(gathered, 1)
    ]
    assert names == ["h1名", "h2名"]
    assert (EntityKind.PERSON, a_key(bureau, "h3")) not in context.reads.known
