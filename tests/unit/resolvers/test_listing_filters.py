"""Lists: filters, subordinate units, lists below a list, and sources that answer in disorder."""

from dataclasses import replace

import pytest

from adapters.port import ReadOrder
from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.errors import BadInputError, TooComplexError
from domain.model.global_ids import PERSON, UNIT, encode_id
from domain.model.keys import EntityKind, PersonId
from domain.model.records import Facet
from domain.model.subjects import IdentityState, Subject
from domain.model.tally import PLATFORM, Tally
from resolvers.filters import PersonFilter
from resolvers.listing import (
    list_children,
    list_persons,
    list_persons_of,
)
from tests.unit.resolvers.city import (
    CitySource,
    LinkedPeople,
    LinkedUnits,
    Stored,
    a_context,
    a_key,
    a_linked_person,
    a_linked_unit,
)
from tests.unit.resolvers.lists import (
    EST,
    FILTERED,
    HR,
    NAMED,
    an_ask,
    gather,
    keys_of,
    persons,
    source,
)


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

    assert (list(page.nodes), page.has_next, page.driver) == ([], False, EST)
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
    units = [subject(office, "U1")._replace(id=str(number)) for number in range(30)]
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
        [(node, NAMED) for node in page.nodes]
    )

    names = [
        g.facets[a_key(bureau, f"h{n}")].values[h.PERSON_NAME] for n, g in enumerate(gathered, 1)
    ]
    assert names == ["h1名", "h2名"]
    assert (EntityKind.PERSON, a_key(bureau, "h3")) not in context.reads.known
