"""Units that went over to others: old codes and old ids answer with the unit of today."""

from datetime import date

import pytest

from domain.model.departments import Department
from domain.model.keys import UnitCode, UnitId
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally
from store.database import Store
from store.recording import Recorded
from store.units import LinkedUnit, UnitAsk
from tests.support.fakes import FakeSource
from tests.support.linking import LATER, USCC_A, USCC_B, a_key, a_unit, link

pytestmark = pytest.mark.timeout(60)
MERGER = SuccessionRow("A", "B", "3", date(2025, 3, 1))


def an_office(*codes: str) -> FakeSource:
    known = {"A": USCC_A, "B": USCC_B}
    units = [a_unit(code, known.get(code)) for code in codes]
    return FakeSource(Department.ESTABLISHMENT, units=units, succession_rows=[MERGER])


async def found(store: Store, ask: UnitAsk) -> LinkedUnit:
    (answer,) = await store.units.find([ask], Tally())
    assert answer is not None
    return answer


async def by_code(store: Store, code: str) -> LinkedUnit:
    return await found(store, UnitAsk(unit_code=UnitCode(code)))


async def test_a_merged_code_id_and_key_answer_with_the_heir(store: Store) -> None:
    office = an_office("A", "B")
    office.succession_rows = []
    await link(store, office)
    old, heir = await by_code(store, "A"), await by_code(store, "B")

    office.succession_rows = [MERGER]
    done = await link(store, office, now=LATER)

    assert done.units.changes == Recorded(merged=1)
    assert await by_code(store, "A") == heir
    assert await found(store, UnitAsk(unit_id=old.unit_id)) == heir
    assert await found(store, UnitAsk(key=a_key(office, "A"))) == heir


async def test_a_second_run_changes_nothing(store: Store) -> None:
    office = an_office("A", "B")

    first, second = await link(store, office), await link(store, office, now=LATER)

    assert first.units.changes.merged == 1
    assert second.units.changes == Recorded()


async def test_a_code_that_was_never_linked_finds_the_heir(store: Store) -> None:
    office = an_office("B")

    first, second = await link(store, office), await link(store, office, now=LATER)

    assert (await by_code(store, "A")).unit_id == (await by_code(store, "B")).unit_id
    assert first.units.changes.merged == 1
    assert second.units.changes == Recorded()


async def test_a_merger_taken_back_ends_the_alias(store: Store) -> None:
    office = an_office("A", "B")
    await link(store, office)

    office.succession_rows = []
    done = await link(store, office, now=LATER)

    assert done.units.changes == Recorded(merged=1)
    assert (await by_code(store, "A")).unit_id != (await by_code(store, "B")).unit_id


async def test_an_heir_nobody_knows_is_not_followed(store: Store) -> None:
    office = an_office("A")

    done = await link(store, office)

    assert done.units.changes.merged == 0
    assert (await by_code(store, "A")).links


async def test_aliases_stay_while_the_register_cannot_be_read(store: Store) -> None:
    office = an_office("A", "B")
    await link(store, office)
    heir = UnitId((await by_code(store, "B")).unit_id)

    office.forgets_successions = True
    done = await link(store, office, now=LATER)

    assert (await by_code(store, "A")).unit_id == heir
    assert {each.code for each in done.units.unread} == {"SOURCE_TIMEOUT"}
