"""Linking units: credit codes, unit codes, anchors."""

import pytest

from bulk.reports import Outcome
from domain.model.departments import Department
from domain.model.tally import Tally
from store.database import Store
from store.recording import Recorded
from store.units import UnitAsk
from tests.support.fakes import FakeSource
from tests.support.linking import LATER, USCC_A, USCC_B, a_key, a_unit, link, units

pytestmark = pytest.mark.timeout(60)


async def test_units_are_one_by_credit_code_else_by_unit_code(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A", USCC_A), a_unit("B")])
    hr = FakeSource(Department.HR, units=[a_unit("1", USCC_A.lower()), a_unit("2", None, "B")])

    done = await link(store, office, hr)

    assert await units(store, office, hr) == {
        frozenset({a_key(office, "A"), a_key(hr, "1")}),
        frozenset({a_key(office, "B"), a_key(hr, "2")}),
    }
    assert done.units.of(Outcome.CERTAIN) == 4


async def test_units_that_reach_no_anchor_are_units_of_their_own(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A")])
    hr = FakeSource(Department.HR, units=[a_unit("1", USCC_B), a_unit("2", "bad")])
    finance = FakeSource(Department.FINANCE, units=[a_unit("9", USCC_B), a_unit("8", None, "Z")])

    done = await link(store, office, hr, finance)

    assert await units(store, office, hr, finance) == {
        frozenset({a_key(office, "A")}),
        frozenset({a_key(hr, "1"), a_key(finance, "9")}),
        frozenset({a_key(finance, "8")}),
    }
    assert done.units.counts[Outcome.UNUSABLE, Department.HR] == 1


async def test_two_budget_codes_may_be_one_unit(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A")])
    finance = FakeSource(Department.FINANCE, units=[a_unit("1", None, "A"), a_unit("2", None, "A")])

    done = await link(store, office, finance)

    assert await units(store, office) == {
        frozenset({a_key(office, "A"), a_key(finance, "1"), a_key(finance, "2")})
    }
    assert done.units.of(Outcome.DUPLICATE) == 1


async def test_codes_that_lead_to_two_units_link_to_neither(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A", USCC_A), a_unit("B")])
    hr = FakeSource(Department.HR, units=[a_unit("1", USCC_A, "B")])

    done = await link(store, office, hr)

    assert len(await units(store, office, hr)) == 2
    assert done.units.of(Outcome.CONFLICT) == 1


async def test_a_credit_code_that_two_units_share_identifies_neither(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A", USCC_A), a_unit("B", USCC_A)])
    hr = FakeSource(Department.HR, units=[a_unit("1", USCC_A), a_unit("2", USCC_A, "B")])

    done = await link(store, office, hr)

    assert await units(store, hr) == {frozenset({a_key(office, "B"), a_key(hr, "2")})}
    assert done.units.of(Outcome.CONFLICT) == 1


async def test_a_unit_without_a_code_is_found_by_its_name_and_parent(store: Store) -> None:
    office = FakeSource(
        Department.ESTABLISHMENT,
        units=[
            a_unit("A", USCC_A, name="教育局"),
            a_unit("A-1", name="第一小学", parent="A"),
            a_unit("B", name="寒亭区政府"),
            a_unit("B-1", name="第一小学", parent="B"),
        ],
    )
    hr = FakeSource(
        Department.HR,
        units=[a_unit("1", USCC_A), a_unit("2", name="潍坊市（第一）小学", parent="1")],
    )

    done = await link(store, office, hr)

    assert frozenset({a_key(office, "A-1"), a_key(hr, "2")}) in await units(store, office, hr)
    assert done.units.counts[Outcome.HIGH, Department.HR] == 1


async def test_a_name_without_a_known_parent_is_a_candidate_if_it_is_the_only_one(
    store: Store,
) -> None:
    office = FakeSource(
        Department.ESTABLISHMENT,
        units=[a_unit("A", name="气象台"), a_unit("B", name="一中"), a_unit("C", name="一中")],
    )
    hr = FakeSource(Department.HR, units=[a_unit("1", name="气象台"), a_unit("2", name="一中")])

    done = await link(store, office, hr)

    assert done.units.counts[Outcome.MEDIUM, Department.HR] == 1
    assert done.units.counts[Outcome.UNUSABLE, Department.HR] == 1


async def test_two_credit_codes_tell_units_of_one_name_apart(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A", USCC_A, name="一中")])
    hr = FakeSource(Department.HR, units=[a_unit("1", USCC_B, name="一中")])

    await link(store, office, hr)

    assert len(await units(store, office, hr)) == 2


async def test_units_wait_while_the_establishment_office_is_down(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A", USCC_A)])
    hr = FakeSource(Department.HR, units=[a_unit("1", USCC_A), a_unit("2", None, "A")])
    await link(store, office, hr)
    before = await units(store, hr)

    office.go_down()
    done = await link(store, office, hr, now=LATER)

    assert await units(store, hr) == before
    assert done.units.changes == Recorded()
    assert {each.code for each in done.units.unread} == {"SOURCE_UNAVAILABLE", "ANCHOR_UNREAD"}


async def test_a_unit_that_is_gone_leaves_its_code_behind(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, units=[a_unit("A", USCC_A)])
    await link(store, office)
    (before,) = await store.units.find([UnitAsk(key=a_key(office, "A"))], Tally())

    office.units[0] = a_unit("A2", USCC_A)
    done = await link(store, office, now=LATER)

    (after,) = await store.units.find([UnitAsk(key=a_key(office, "A"))], Tally())
    assert before is not None
    assert after is None
    assert done.units.changes == Recorded(owners=1, opened=1, closed=1)
