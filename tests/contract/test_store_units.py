"""Links of units in the platform database, on SQLite and PostgreSQL."""

from domain.model.departments import Department
from domain.model.keys import UnitCode, UnitId
from domain.model.tally import PLATFORM, Tally
from store.database import Store
from store.recording import Recorded
from store.units import UnitAsk
from tests.support.links import FIRST, LATER, STEWARD, a_key, a_unit, counted, find_unit


async def test_a_unit_is_found_by_id_code_and_key_in_one_statement(store: Store) -> None:
    codes = [(Department.ESTABLISHMENT, "3707-1"), (Department.HR, "77")]
    await store.units.record_links([a_unit(*codes)], FIRST)
    by_code = await find_unit(store, UnitAsk(unit_code=UnitCode("3707-1")))
    assert by_code is not None
    tally = Tally()

    asks = [
        UnitAsk(key=a_key(*codes[1])),
        UnitAsk(unit_code=UnitCode("77")),
        UnitAsk(unit_id=by_code.unit_id),
        UnitAsk(unit_code=UnitCode("3707-1")),
        UnitAsk(unit_id=UnitId("none")),
    ]
    with counted(store) as sent:
        found = await store.units.find(asks, tally)

    assert found == [by_code, None, by_code, by_code, None]
    assert (len(sent), tally.statements[PLATFORM]) == (1, 1)


async def test_a_past_unit_code_leads_to_its_unit_until_another_has_it(store: Store) -> None:
    old, new = (Department.ESTABLISHMENT, "old"), (Department.ESTABLISHMENT, "new")
    office = (Department.HR, "77")
    await store.units.record_links([a_unit(old, office)], FIRST)
    (link,) = await store.units.list_open("establishment")
    await store.units.close([link.id], LATER)
    await store.units.record_links([a_unit(new, office)], LATER)

    by_old = await find_unit(store, UnitAsk(unit_code=UnitCode("old")))
    by_new = await find_unit(store, UnitAsk(unit_code=UnitCode("new")))
    assert by_old == by_new
    assert by_old is not None
    assert [link.key.text for link in by_old.past] == ["old"]

    await store.units.record_links([a_unit(new, office), a_unit(old)], STEWARD)
    again = await find_unit(store, UnitAsk(unit_code=UnitCode("old")))
    assert again is not None
    assert again.unit_id != by_old.unit_id


async def test_recording_units_again_writes_nothing(store: Store) -> None:
    units = [a_unit((Department.ESTABLISHMENT, "1"), (Department.HR, "2"))]

    first = await store.units.record_links(units, FIRST)
    again = await store.units.record_links(units, LATER)

    assert (first, again) == (Recorded(owners=1, opened=2), Recorded())


async def test_a_unit_split_in_two_keeps_its_id_for_the_first_half(store: Store) -> None:
    one, two = (Department.ESTABLISHMENT, "1"), (Department.ESTABLISHMENT, "2")
    await store.units.record_links([a_unit(one, two)], FIRST)
    before = await find_unit(store, UnitAsk(key=a_key(*one)))

    changed = await store.units.record_links([a_unit(one), a_unit(two)], LATER)

    after = [await find_unit(store, UnitAsk(key=a_key(*key))) for key in (one, two)]
    assert changed == Recorded(owners=1, opened=1, closed=1)
    assert before is not None
    assert [unit.unit_id == before.unit_id for unit in after if unit] == [True, False]
