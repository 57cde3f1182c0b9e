"""Pools of units: what they cost, and what is unknown when somebody does not answer."""

from datetime import UTC, date, datetime

from domain.model.departments import RECORD_ORDER
from domain.model.keys import EntityKind, LocalKey
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.quota import FreezeStatus
from domain.model.subjects import IdentityState, Subject, ordered_keys
from resolvers.pools import Pool, PoolAsk, PoolsWanted, UnitPools, gather_pools
from resolvers.reading import Reads
from tests.unit.resolvers.city import CitySource, a_context, a_key, reading

ORG, EST, FIN, HR = RECORD_ORDER
ALL = PoolsWanted(occupied=True, plans=True, headcount=True)
TODAY, NOW = date(2026, 11, 2), datetime(2026, 11, 1, 18, 30, tzinfo=UTC)


def an_office(*units: str, name: str = "") -> CitySource:
    """An Establishment Office where every unit has quotas of type 3 and none of type 1."""
    return CitySource(
        EST,
        name=name,
        pool_rows=[PoolRow(u, kind, a, 2) for u in units for kind, a in (("1", 0), ("3", 120))],
        occupied_rows=[OccupiedRow(unit, "3", 112) for unit in units],
        plan_rows=[PlanRow(unit, "3", 3) for unit in units],
    )


def a_bureau(*rows: HeadcountRow, name: str = "") -> CitySource:
    return CitySource(FIN, name=name, headcount_rows=rows)


def a_unit(*keys: LocalKey, local: str = "u1") -> Subject:
    return Subject(EntityKind.UNIT, local, IdentityState.LINKED, ordered_keys(keys, RECORD_ORDER))


def asking(unit: Subject, wanted: PoolsWanted = ALL) -> PoolAsk:
    return PoolAsk(unit, wanted, TODAY, NOW)


async def ask(reads: Reads, unit: Subject, wanted: PoolsWanted = ALL) -> UnitPools | None:
    return (await gather_pools(reads, [asking(unit, wanted)]))[0]


async def the_pool(reads: Reads, unit: Subject) -> Pool:
    """The pool of type 3."""
    found = await ask(reads, unit)
    assert found is not None
    return next(pool for pool in found if pool.type == "3")


async def test_the_numbers_of_a_pool_come_from_its_three_tables() -> None:
    office, bureau = an_office("U1"), a_bureau(HeadcountRow("101", "31", 111))
    unit = a_unit(a_key(office, "U1"), a_key(bureau, "101"))

    pool = await the_pool(reading(office, bureau), unit)

    numbers = pool.numbers
    assert (numbers.approved, numbers.occupied, numbers.locked) == (120, 112, 2)
    assert (numbers.plan_unused, numbers.applicable, numbers.freeze) == (3, 3, FreezeStatus.OPEN)
    assert (pool.headcount, pool.unit, pool.as_of) == (111, unit, NOW)


async def test_a_pool_that_nobody_occupies_has_zero_and_not_unknown() -> None:
    office = an_office("U1")
    found = await ask(reading(office), a_unit(a_key(office, "U1")))

    assert found is not None
    assert (found[0].type, found[0].numbers.occupied, found[0].numbers.plan_unused) == ("1", 0, 0)
    assert found[0].numbers.freeze is FreezeStatus.FULL


async def test_many_units_cost_a_fixed_number_of_statements() -> None:
    codes = [f"U{number}" for number in range(40)]
    office = an_office(*codes)
    bureau = a_bureau(*(HeadcountRow(code, "3", 1) for code in codes))
    units = [a_unit(a_key(office, c), a_key(bureau, c), local=c) for c in codes]
    reads = reading(office, bureau)

    found = await gather_pools(reads, [asking(unit) for unit in units])

    assert [pools and pools[0].unit.id for pools in found] == codes
    assert reads.tally.statements == {"establishment": 3, "finance": 1}


async def test_tables_that_nobody_asked_for_are_not_read() -> None:
    office, bureau = an_office("U1"), a_bureau()
    unit = a_unit(a_key(office, "U1"), a_key(bureau, "101"))
    wanted = PoolsWanted(occupied=False, plans=False, headcount=False)

    await ask(reading(office, bureau), unit, wanted)

    assert office.tables == {"pool": 1}
    assert bureau.calls == 0


async def test_units_of_two_instances_are_each_asked_at_their_own() -> None:
    city, county = an_office("U1", name="a"), an_office("U2", name="b")
    units = [a_unit(a_key(city, "U1")), a_unit(a_key(county, "U2"), local="u2")]
    county.is_down = True

    found = await gather_pools(reading(city, county), [asking(unit) for unit in units])

    assert found[0] is not None
    assert found[1] is None


async def test_while_the_establishment_office_is_down_pools_are_unknown() -> None:
    office, bureau = an_office("U1"), a_bureau(HeadcountRow("101", "3", 1))
    office.is_down = True
    reads = reading(office, bureau)

    assert await ask(reads, a_unit(a_key(office, "U1"), a_key(bureau, "101"))) is None
    assert reads.troubles.by_source[office.source].fields == {"Unit.pools"}


async def test_a_unit_that_the_establishment_office_lacks_has_no_pools_to_show() -> None:
    bureau = a_bureau(HeadcountRow("101", "3", 1))

    assert await ask(reading(an_office(), bureau), a_unit(a_key(bureau, "101"))) is None


async def test_an_office_that_maps_no_pools_says_nothing_about_them() -> None:
    office = CitySource(EST)

    assert await ask(reading(office), a_unit(a_key(office, "U1"))) is None
    assert office.calls == 0


async def test_while_finance_is_down_the_headcount_is_unknown_and_the_rest_stands() -> None:
    office, bureau = an_office("U1"), a_bureau(HeadcountRow("101", "3", 1))
    bureau.is_down = True
    reads = reading(office, bureau)

    pool = await the_pool(reads, a_unit(a_key(office, "U1"), a_key(bureau, "101")))

    assert (pool.headcount, pool.numbers.occupied) == (None, 112)
    assert reads.troubles.by_source[bureau.source].fields == {"EstablishmentPool.payrollHeadcount"}


async def test_without_a_finance_code_the_headcount_is_unknown() -> None:
    office = an_office("U1")

    pool = await the_pool(reading(office), a_unit(a_key(office, "U1")))

    assert pool.headcount is None


async def test_all_finance_codes_of_a_unit_are_summed() -> None:
    office = an_office("U1")
    bureau = a_bureau(HeadcountRow("101", "3", 5), HeadcountRow("102", "31", 6))
    unit = a_unit(a_key(office, "U1"), a_key(bureau, "101"), a_key(bureau, "102"))

    pool = await the_pool(reading(office, bureau), unit)

    assert pool.headcount == 11
    assert bureau.tables == {"payroll": 1}


async def test_one_finance_source_that_is_down_leaves_the_sum_unknown() -> None:
    office = an_office("U1")
    near = a_bureau(HeadcountRow("101", "3", 5), name="a")
    far = a_bureau(HeadcountRow("102", "3", 6), name="b")
    far.is_down = True
    unit = a_unit(a_key(office, "U1"), a_key(near, "101"), a_key(far, "102"))

    assert (await the_pool(reading(office, near, far), unit)).headcount is None


async def test_a_finance_that_keeps_no_payroll_leaves_the_headcount_unknown() -> None:
    office, bureau = an_office("U1"), CitySource(FIN)
    unit = a_unit(a_key(office, "U1"), a_key(bureau, "101"))

    assert (await the_pool(reading(office, bureau), unit)).headcount is None


async def test_an_office_without_occupations_leaves_what_rests_on_them_unknown() -> None:
    office = an_office("U1")
    office.occupied_rows = None

    numbers = (await the_pool(reading(office), a_unit(a_key(office, "U1")))).numbers

    assert (numbers.approved, numbers.occupied, numbers.vacant) == (120, None, None)
    assert (numbers.freeze, numbers.usable) == (FreezeStatus.UNKNOWN, 3)


async def test_an_office_without_plans_leaves_applications_unknown() -> None:
    office = an_office("U1")
    office.plan_rows = None

    numbers = (await the_pool(reading(office), a_unit(a_key(office, "U1")))).numbers

    assert (numbers.vacant, numbers.applicable, numbers.usable) == (8, None, None)


async def test_today_is_the_citys() -> None:
    assert a_context().today == TODAY
