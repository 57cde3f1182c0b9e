"""Lists: the driver, its instances, cursors, links, and what each costs."""

from dataclasses import replace

import pytest

from adapters.port import Listed, ListOrder
from domain.identity.matching import MatchLevel
from domain.model.departments import RECORD_ORDER, Department
from domain.model.errors import BadInputError, SourceUnavailableError
from domain.model.keys import EntityKind
from domain.model.subjects import IdentityState, Subject
from domain.model.tally import PLATFORM, Tally
from resolvers.filters import PersonFilter, UnitFilter
from resolvers.listing import (
    list_persons,
    list_persons_of,
    list_units,
)
from tests.unit.resolvers.city import (
    CitySource,
    LinkedPeople,
    LinkedUnits,
    a_context,
    a_key,
    a_link,
    a_linked_person,
    a_linked_unit,
)
from tests.unit.resolvers.lists import (
    EST,
    FILTERED,
    FIN,
    HR,
    NAMED,
    ORG,
    an_ask,
    keys_of,
    persons,
    source,
    walk,
)


async def test_the_establishment_office_drives_while_it_lives() -> None:
    page = await list_persons(
        a_context(source(HR, "h1"), source(EST, "e1")), PersonFilter(), an_ask()
    )

    assert (page.driver, keys_of(page)) == (EST, ["e1"])


@pytest.mark.parametrize(
    ("dead", "driver"),
    [((EST,), HR), ((EST, HR), ORG), ((EST, HR, ORG), FIN), (RECORD_ORDER, None)],
    ids=["one", "two", "three", "all"],
)
async def test_the_next_living_department_drives(
    dead: tuple[Department, ...], driver: Department | None
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

    assert (list(page.nodes), page.has_next, page.cursor(0)) == ([], True, None)


async def test_persons_and_their_units_are_linked_by_one_statement() -> None:
    office = source(EST, *(f"e{i}" for i in range(30)))
    context = a_context(
        office,
        people=LinkedPeople([a_linked_person(a_key(office, "e1"))]),
        units=LinkedUnits([a_linked_unit(a_key(office, "U1"))]),
    )

    page = await list_persons(context, PersonFilter(), an_ask(30))
    await context.loaders.facts[EntityKind.PERSON].load_many([(node, NAMED) for node in page.nodes])

    assert context.reads.tally.statements == {EST: 1, PLATFORM: 1}
    states = {node.keys[0].text: node.state for node in page.nodes}
    assert states["e1"] is IdentityState.LINKED
    assert states["e2"] is IdentityState.UNLINKED


async def test_a_row_that_awaits_confirmation_answers_for_itself() -> None:
    office, bureau = source(EST, "e1"), source(HR, "h1")
    linked = a_linked_person(
        a_link(a_key(office, "e1"), MatchLevel.MEDIUM), a_link(a_key(bureau, "h1"))
    )
    context = a_context(office, bureau, people=LinkedPeople([linked]))

    (node,) = (await list_persons(context, PersonFilter(), an_ask())).nodes

    assert (node.state, node.keys) == (IdentityState.UNLINKED, (a_key(office, "e1"),))


async def test_a_disputed_row_answers_alone() -> None:
    office, bureau = source(EST, "e1"), source(HR, "h1")
    linked = a_linked_person(
        a_link(a_key(office, "e1"), MatchLevel.CONFLICT), a_link(a_key(bureau, "h1"))
    )
    context = a_context(office, bureau, people=LinkedPeople([linked]))

    (node,) = (await list_persons(context, PersonFilter(), an_ask())).nodes

    assert (node.state, node.keys) == (IdentityState.CONFLICT, (a_key(office, "e1"),))


async def test_a_person_of_two_records_stands_once_a_record() -> None:
    office = source(EST, "e1", "e2")
    linked = a_linked_person(a_key(office, "e1"), a_key(office, "e2"))
    context = a_context(office, people=LinkedPeople([linked]))

    page = await list_persons(context, PersonFilter(), an_ask())

    assert [node.id for node in page.nodes] == ["p1", "p1"]
    assert [page.place(i).position for i in range(2)] == [("U1", "e1"), ("U1", "e2")]
    assert await page.total() == 2


async def test_a_link_whose_record_is_gone_is_answered_by_the_driver() -> None:
    office, bureau = source(EST, "e1"), source(HR, "h2")
    linked = a_linked_person(a_key(office, "e1"), a_key(bureau, "gone"))
    context = a_context(office, bureau, people=LinkedPeople([linked]))
    (node,) = (await list_persons(context, PersonFilter(), an_ask())).nodes

    gathered = await context.loaders.facts[EntityKind.PERSON].load((node, NAMED))

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
