"""Persons and units found together, as lists ask for them; on SQLite and PostgreSQL."""

from domain.model.departments import Department
from domain.model.keys import UnitCode
from domain.model.tally import Tally
from store.database import Store
from store.people import PersonAsk
from store.units import UnitAsk
from tests.support.links import FIRST, a_key, a_link, a_unit, counted, link_person

EST, HR = Department.ESTABLISHMENT, Department.HR


async def test_persons_and_units_are_found_by_one_statement(store: Store) -> None:
    await link_person(store, a_link(HR), a_link(EST))
    await store.units.record_links([a_unit((EST, "U1"), (HR, "7"))], FIRST)
    people = [PersonAsk(key=a_key(HR)), PersonAsk(key=a_key(HR, "9"))]
    units = [UnitAsk(key=a_key(EST, "U1")), UnitAsk(unit_code=UnitCode("U1"))]

    with counted(store) as sent:
        persons, places = await store.find(people, units, tally := Tally())

    assert (len(sent), tally.statements) == (1, {"platform": 1})
    assert persons == await store.people.find(people, Tally())
    assert places == await store.units.find(units, Tally())
    assert [found is not None for found in (*persons, *places)] == [True, False, True, True]


async def test_asking_for_nobody_asks_nothing(store: Store) -> None:
    tally = Tally()

    assert await store.find([], [], tally) == ([], [])
    assert not tally.statements
