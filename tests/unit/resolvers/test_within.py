"""Who is within reach where departments disagree, rows await judgement, or nothing is linked."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from domain.catalogue import handles as h
from domain.catalogue.indicators import catalogue
from domain.identity.matching import MatchLevel
from domain.model.access import EVERYTHING, OPEN, RowClass, Scope
from domain.model.departments import RECORD_ORDER, Department
from domain.model.global_ids import PERSON, UNIT, encode_id
from domain.model.keys import DivisionCode, EntityKind, LocalKey, PersonId, UnitCode, UnitId
from domain.model.records import ChildRow
from domain.model.subjects import Subject
from resolvers.context import Asker, RequestContext
from resolvers.filters import PersonFilter
from resolvers.listing import PageAsk, list_persons
from resolvers.people import find_person
from resolvers.reaching import covers_city
from resolvers.subjects import sealed_id
from resolvers.units import find_unit, follow_unit
from resolvers.wanted import Wanted
from store.people import LinkedPerson
from tests.unit.resolvers.city import (
    SEALS,
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

ORG, EST, FIN, HR = RECORD_ORDER
LEAVES = catalogue().indicators[h.HOST_UNIT_CODE].category
NUMBER = "370702196803121239"
WANTED = Wanted(values=frozenset({h.PERSON_NAME, h.OCCUPIED_UNIT_CODE}))
A = Scope(units=frozenset({UnitCode("A")}))
COUNTY = Scope(divisions=frozenset({DivisionCode("370702")}))
UNITS = (
    Stored("A", {h.UNIT_DIVISION: "370702", h.PARENT_UNIT_CODE: None, h.UNIT_NAME: "甲"}),
    Stored("B", {h.UNIT_DIVISION: "370703", h.PARENT_UNIT_CODE: "A", h.UNIT_NAME: "乙"}),
    Stored("C", {h.UNIT_DIVISION: "370702", h.PARENT_UNIT_CODE: "B", h.UNIT_NAME: "丙"}),
)
HR_UNITS = tuple(Stored(f"h{unit.key}", {h.UNIT_NAME: unit.cells[h.UNIT_NAME]}) for unit in UNITS)
COLUMNS = (h.PERSON_NAME, h.ID_NUMBER, h.OCCUPIED_UNIT_CODE)


def a_person(key: str, unit: str | None, number: str = NUMBER, name: str = "张三") -> Stored:
    return Stored(key, {h.PERSON_NAME: name, h.ID_NUMBER: number, h.OCCUPIED_UNIT_CODE: unit})


def office(*people: Stored, name: str = "", units: tuple[Stored, ...] = UNITS) -> CitySource:
    return CitySource(EST, people, units, name, also=(*COLUMNS, h.UNIT_CODE))


def hr(*people: Stored) -> CitySource:
    """Without divisions: its units are known by the cross-reference."""
    return CitySource(HR, people, HR_UNITS, also=(*COLUMNS, h.PERSON_STATUS))


@dataclass(frozen=True)
class Asking:
    """Sources, links, and a context of a caller with a scope."""

    sources: tuple[CitySource, ...]
    people: tuple[LinkedPerson, ...] = ()

    def context(self, scope: Scope) -> RequestContext:
        numbers = {NUMBER: self.people[0].person_id} if self.people else {}
        links = LinkedPeople(self.people, numbers)
        keys = {s.department: s for s in self.sources}
        units = LinkedUnits(
            [
                a_linked_unit(
                    LocalKey(EST, keys[EST].source, code),
                    LocalKey(HR, keys[HR].source, f"h{code}"),
                    unit_id=f"u{code}",
                )
                for code in "ABC"
                if EST in keys and HR in keys
            ],
            {code: UnitId(f"u{code}") for code in "ABC"},
        )
        access = replace(OPEN, digest="t", scope=scope)
        return a_context(*self.sources, people=links, units=units, asker=Asker(None, access))


async def find(context: RequestContext, local: str) -> Subject | None:
    return await find_person(context, encode_id(PERSON, local), None, WANTED)


def names_read(*sources: CitySource) -> int:
    """How often a source was asked for a value or a row of somebody."""
    return sum(len(source.orders) for source in sources)


@pytest.mark.parametrize("scope", [A, COUNTY])
@pytest.mark.parametrize(
    ("at_office", "at_hr", "is_found"), [("A", "hB", True), ("B", "hA", False)]
)
async def test_the_office_decides_where_it_holds_a_person(
    scope: Scope, at_office: str, at_hr: str, *, is_found: bool
) -> None:
    est, hrs = office(a_person("1", at_office)), hr(a_person("9", at_hr))
    linked = a_linked_person(a_key(est), a_key(hrs, "9"))
    context = Asking((est, hrs), (linked,)).context(scope)

    found = await find(context, "p1")

    assert (found is not None) == is_found
    assert names_read(est, hrs) == 0


@pytest.mark.parametrize("scope", [A, COUNTY])
@pytest.mark.parametrize(("unit", "is_found"), [("hA", True), ("hB", False), (None, False)])
async def test_whom_the_office_lacks_is_where_the_next_holder_says(
    scope: Scope, unit: str | None, *, is_found: bool
) -> None:
    """A link to a row that is gone from the office is no row."""
    est, hrs = office(a_person("2", "B")), hr(a_person("9", unit))
    for keys in ((a_key(hrs, "9"),), (a_key(est, "gone"), a_key(hrs, "9"))):
        context = Asking((est, hrs), (a_linked_person(*keys),)).context(scope)
        assert (await find(context, "p1") is not None) == is_found


@pytest.mark.parametrize("scope", [A, COUNTY])
async def test_a_list_of_another_driver_leaves_out_whom_the_office_holds_elsewhere(
    scope: Scope,
) -> None:
    est = office(a_person("1", "B"), a_person("2", "A"))
    hrs = hr(*(a_person(key, "hA") for key in ("9", "8", "7")), a_person("6", "hB"))
    for source in (est, hrs):
        source.people = [*source.people]
    hrs.people = [Stored(p.key, {**p.cells, h.PERSON_STATUS: "1"}) for p in hrs.people]
    linked = (
        a_linked_person(a_key(est, "1"), a_key(hrs, "9"), person_id="p1"),
        a_linked_person(a_key(est, "2"), a_key(hrs, "8"), person_id="p2"),
    )
    context = Asking((est, hrs), linked).context(scope)

    page = await list_persons(
        context, PersonFilter(person_status=("1",)), PageAsk(None, None, WANTED)
    )

    assert page.driver is HR
    assert [node.keys[-1].text for node in page.nodes] == ["7", "8"]


@pytest.mark.parametrize(("unit", "apart"), [("hA", 1), ("hB", 0)])
async def test_a_row_that_awaits_judgement_is_shown_where_its_own_unit_is_in_reach(
    unit: str, apart: int
) -> None:
    est, hrs = office(a_person("1", "A")), hr(a_person("9", unit))
    linked = a_linked_person(a_key(est), a_link(a_key(hrs, "9"), MatchLevel.LOW))
    asking = Asking((est, hrs), (linked,))

    one = await find(asking.context(A), "p1")
    page = await list_persons(asking.context(A), PersonFilter(), PageAsk(None, None, WANTED))

    for found in (one, page.nodes[0]):
        assert found is not None
        assert len(found.apart) == apart
        assert len(found.links or ()) == 1 + apart


@pytest.mark.parametrize(
    ("at_office", "at_hr", "is_found"),
    [("A", "hB", True), ("B", "hA", False), (None, "hA", True), (None, "hB", False)],
)
async def test_somebody_without_a_link_is_judged_by_number_before_being_read(
    at_office: str | None, at_hr: str, *, is_found: bool
) -> None:
    """By number, and by the id of the row at HR."""
    people = [] if at_office is None else [a_person("1", at_office)]
    est, hrs = office(*people), hr(a_person("9", at_hr))
    for scope in (A, COUNTY):
        context = Asking((est, hrs)).context(scope)
        found = await find_person(context, None, NUMBER, WANTED)
        assert (found is not None) == is_found
        assert (names_read(est, hrs) > 0) == is_found
        est.orders.clear()
        hrs.orders.clear()
        row = sealed_id(EntityKind.PERSON, a_key(hrs, "9"), SEALS)
        by_row = await find(Asking((est, hrs)).context(scope), row)
        assert (by_row is not None) == (is_found and at_hr == "hA")
        est.orders.clear()
        hrs.orders.clear()


async def test_an_id_that_was_merged_away_does_not_tell_of_a_stranger() -> None:
    est = office(a_person("1", "B"))
    asking = Asking((est, hr()), (a_linked_person(a_key(est)),))
    context = asking.context(A)
    context.store.people.aliases = {"old": PersonId("p1")}  # type: ignore[attr-defined] # the stand-in's

    assert await find(context, "old") is None
    assert context.aliases == {}


async def test_units_in_scope_are_known_by_their_code_and_cost_nothing() -> None:
    est, hrs = office(), hr()
    context = Asking((est, hrs)).context(A)

    assert await find_unit(context, encode_id(UNIT, "uA"), None, None) is not None
    assert await find_unit(context, encode_id(UNIT, "uB"), None, None) is None
    assert await follow_unit(context, LocalKey(HR, hrs.source, "hA")) is not None
    assert await follow_unit(context, LocalKey(HR, hrs.source, "hC")) is None
    assert (est.calls, hrs.calls) == (0, 0)


async def test_a_tree_ends_in_any_circle_and_goes_through_every_instance() -> None:
    """A unit of another instance is below where its parent's code is that of the unit."""
    circle = (
        Stored("A", {h.UNIT_DIVISION: "370702", h.PARENT_UNIT_CODE: "C"}),
        Stored("B", {h.UNIT_DIVISION: "370703", h.PARENT_UNIT_CODE: "A"}),
    )
    one, two = office(units=circle, name="est1"), office(units=UNITS[2:], name="est2")
    context = Asking((one, two, hr())).context(Scope(trees=frozenset({UnitCode("B")})))

    assert context.reads.bounds is not None
    reach = await context.reads.reach(two)
    assert reach is not None
    assert set(reach.codes) == {"A", "B", "C"}


async def test_a_department_without_divisions_is_bounded_by_codes() -> None:
    est, hrs = office(), hr()
    context = Asking((est, hrs)).context(COUNTY)

    at_office, at_hr = await context.reads.reach(est), await context.reads.reach(hrs)

    assert at_office is not None
    assert (at_office.divisions, at_office.codes) == (("370702",), ())
    assert at_hr is not None
    assert (at_hr.divisions, set(at_hr.codes)) == ((), {"hA", "hC"})


async def test_an_unsure_link_of_a_unit_widens_no_scope() -> None:
    est, hrs = office(), hr(a_person("9", "hB"))
    asking = Asking((est, hrs), (a_linked_person(a_key(hrs, "9")),))
    context = asking.context(A)
    unsure = a_linked_unit(a_key(est, "A"), unit_id="uA")
    stranger = a_linked_unit(LocalKey(HR, hrs.source, "hB"), unit_id="uA").links[0]
    links = (*unsure.links, stranger._replace(level=MatchLevel.LOW))
    context.store.units.units = [type(unsure)(unsure.unit_id, links)]  # type: ignore[attr-defined] # the stand-in's

    assert await find(context, "p1") is None


async def test_nothing_is_in_reach_of_a_scope_that_names_nothing() -> None:
    est, hrs = office(a_person("1", "A")), hr(a_person("9", "hA"))
    asking = Asking((est, hrs), (a_linked_person(a_key(est), a_key(hrs, "9")),))

    page = await list_persons(asking.context(Scope()), PersonFilter(), PageAsk(None, None, WANTED))

    assert list(page.nodes) == []
    assert await page.total() == 0
    assert await find(asking.context(Scope()), "p1") is None
    assert await find_unit(asking.context(Scope()), encode_id(UNIT, "uA"), None, None) is None


@pytest.mark.parametrize("down", [EST, HR])
async def test_a_dead_office_leaves_nobody_to_whose_scope_is_a_unit(down: Department) -> None:
    est, hrs = office(a_person("1", "A")), hr(a_person("9", "hA"))
    asking = Asking((est, hrs), (a_linked_person(a_key(est), a_key(hrs, "9")),))
    for source in (est, hrs):
        source.is_down = source.department is down
    context = asking.context(A)

    assert (await find(context, "p1") is not None) == (down is HR)
    assert (await find(asking.context(COUNTY), "p1") is not None) == (down is HR)


def seconded(key: str, unit: str, host: str, last: date | None = None) -> Stored:
    """Somebody of a unit whom HR records as absent, at another one."""
    row = a_person(key, unit)
    absence = ChildRow({h.HOST_UNIT_CODE: host, h.ABSENCE_FROM: None, h.ABSENCE_TO: last})
    return Stored(row.key, row.cells, {LEAVES: (absence,)})


async def test_a_host_unit_sees_who_is_seconded_to_it_as_a_host() -> None:
    """By id, not in its list; only while the absence lasts; a division is no host."""
    est, hrs = office(a_person("1", "B")), hr(seconded("9", "hB", "hA"))
    asking = Asking((est, hrs), (a_linked_person(a_key(est), a_key(hrs, "9")),))

    found = await find(asking.context(A), "p1")
    listed = await list_persons(asking.context(A), PersonFilter(), PageAsk(None, None, WANTED))

    assert found is not None
    assert found.row_class is RowClass.HOST
    assert list(listed.nodes) == []
    assert await find(asking.context(COUNTY), "p1") is None
    at_home = await find(asking.context(Scope(units=frozenset({UnitCode("B")}))), "p1")
    assert at_home is not None
    assert at_home.row_class is RowClass.HOME


async def test_an_absence_that_has_ended_makes_no_host() -> None:
    est, hrs = office(a_person("1", "B")), hr(seconded("9", "hB", "hA", date(2026, 11, 1)))
    asking = Asking((est, hrs), (a_linked_person(a_key(est), a_key(hrs, "9")),))

    assert await find(asking.context(A), "p1") is None


async def test_a_dead_office_leaves_no_host_either() -> None:
    est, hrs = office(a_person("1", "B")), hr(seconded("9", "hB", "hA"))
    est.is_down = True
    asking = Asking((est, hrs), (a_linked_person(a_key(est), a_key(hrs, "9")),))

    assert await find(asking.context(A), "p1") is None


@pytest.mark.parametrize(
    ("divisions", "city", "is_covered"),
    [
        (("370700",), "370700", True),
        (("370000",), "370700", True),
        (("370702", "37"), "370700", True),
        (("370702",), "370700", False),
        (("370700",), None, False),
        ((), "370700", False),
        (("",), "370700", False),
    ],
)
def test_a_scope_that_covers_the_city_bounds_nothing(
    divisions: tuple[str, ...], city: str | None, *, is_covered: bool
) -> None:
    scope = Scope(divisions=frozenset(map(DivisionCode, divisions)))

    assert covers_city(scope, city) == is_covered
    assert covers_city(EVERYTHING, city)
