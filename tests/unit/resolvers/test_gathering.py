"""Single values: who is asked for what, in how many statements, and who steps in."""

import pytest

from domain.catalogue.handles import (
    BIRTH_DATE,
    ESTABLISHMENT_TYPE,
    ETHNICITY,
    FORMER_NAME,
    GENDER,
    ID_NUMBER,
    MOBILE_PHONE,
    PERSON_NAME,
    PERSON_STATUS,
    SERVICE_GAP_MONTHS,
    SOURCE_PERSON_KEY,
    UNIT_NAME,
    WORK_START_DATE,
)
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import Gathered, stitch_value
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.records import Value
from domain.model.subjects import IdentityState, Subject, ordered_keys
from resolvers.gathering import gather
from resolvers.reading import Reads
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import MAIN, READ_AT, CitySource, Stored, a_key, reading

ORG, EST, FIN, HR = RECORD_ORDER
BASICS = (PERSON_NAME, ID_NUMBER, BIRTH_DATE, PERSON_STATUS, WORK_START_DATE, GENDER, ETHNICITY)


def a_source(department: Department, *keys: str, name: str = "") -> CitySource:
    """A source whose cells say which department and indicator they are."""
    said = {indicator: f"{name or department.value}:{indicator}" for indicator in BASICS}
    return CitySource(department, [Stored(key, said) for key in keys or ("1",)], name=name)


def a_city() -> dict[Department, CitySource]:
    return {department: a_source(department) for department in Department}


def a_person(*keys: LocalKey, local: str = "p1", apart: tuple[LocalKey, ...] = ()) -> Subject:
    ordered = ordered_keys(keys, RECORD_ORDER)
    return Subject(EntityKind.PERSON, local, IdentityState.LINKED, ordered, apart)


def everywhere(city: dict[Department, CitySource], key: str = "1") -> Subject:
    return a_person(*(a_key(source, key) for source in city.values()), local=f"p{key}")


def wanting(*names: IndicatorName) -> Wanted:
    return Wanted(values=frozenset(names))


async def ask(reads: Reads, subject: Subject, wanted: Wanted) -> Gathered:
    return (await gather(reads, EntityKind.PERSON, [(subject, wanted)]))[0]


def value(found: Gathered, name: IndicatorName) -> Value:
    return stitch_value(found, catalogue().indicators[name]).value


async def test_only_the_authorities_of_what_is_asked_are_touched() -> None:
    city = a_city()

    found = await ask(reading(*city.values()), everywhere(city), wanting(PERSON_NAME, BIRTH_DATE))

    assert value(found, PERSON_NAME) == f"hr:{PERSON_NAME}"
    assert value(found, BIRTH_DATE) == f"organization:{BIRTH_DATE}"
    assert {d: source.calls for d, source in city.items()} == {ORG: 1, EST: 0, FIN: 0, HR: 1}


async def test_orders_name_only_the_indicators_asked_of_their_source() -> None:
    city = a_city()

    await ask(reading(*city.values()), everywhere(city), wanting(PERSON_NAME, BIRTH_DATE))

    assert city[HR].asked_for == {PERSON_NAME}
    assert city[ORG].asked_for == {BIRTH_DATE}
    assert not any(order.raw or order.rows for order in city[HR].orders)


async def test_many_persons_cost_one_statement_a_source() -> None:
    keys = [str(number) for number in range(50)]
    city = {department: a_source(department, *keys) for department in Department}
    reads = reading(*city.values())
    asks = [(everywhere(city, key), wanting(*BASICS)) for key in keys]

    found = await gather(reads, EntityKind.PERSON, asks)

    assert [each.subject.id for each in found] == [f"p{key}" for key in keys]
    assert all(value(each, PERSON_NAME) for each in found)
    assert reads.tally.statements == {"organization": 1, "establishment": 1, "hr": 1}


async def test_a_person_asked_for_twice_is_read_once() -> None:
    city = a_city()
    subject, wanted = everywhere(city), wanting(PERSON_NAME)

    await gather(reading(*city.values()), EntityKind.PERSON, [(subject, wanted)] * 2)

    assert [order.keys for order in city[HR].orders if hasattr(order, "keys")] == [("1",)]


async def test_where_the_authority_lacks_the_person_the_next_holder_is_asked() -> None:
    city = a_city()
    city[HR].people = []
    city[HR].also = BASICS

    found = await ask(reading(*city.values()), everywhere(city), wanting(PERSON_NAME))

    assert value(found, PERSON_NAME) == f"organization:{PERSON_NAME}"
    assert found.unanswered == frozenset()
    assert [city[d].calls for d in (HR, ORG, EST, FIN)] == [1, 1, 0, 0]


async def test_a_department_that_no_link_leads_to_is_not_asked() -> None:
    city = a_city()
    subject = a_person(a_key(city[EST]), a_key(city[FIN]))

    found = await ask(reading(*city.values()), subject, wanting(PERSON_NAME))

    assert value(found, PERSON_NAME) == f"establishment:{PERSON_NAME}"
    assert [city[d].calls for d in (HR, ORG, EST, FIN)] == [0, 0, 1, 0]


async def test_an_empty_cell_of_the_authority_asks_nobody_else() -> None:
    city = a_city()
    city[HR].people = [Stored("1", {PERSON_NAME: None})]

    found = await ask(reading(*city.values()), everywhere(city), wanting(PERSON_NAME))

    assert value(found, PERSON_NAME) is None
    assert city[ORG].calls == 0


async def test_a_multi_valued_indicator_without_a_row_asks_nobody_else() -> None:
    organization = CitySource(ORG, [Stored("1")], also=[FORMER_NAME])
    hr = CitySource(HR, [Stored("1", {FORMER_NAME: ("张叁",)})])
    subject = a_person(a_key(organization), a_key(hr))

    found = await ask(reading(organization, hr), subject, wanting(FORMER_NAME))

    assert found.facets[a_key(organization)].values == {FORMER_NAME: None}
    assert value(found, FORMER_NAME) is None
    assert hr.calls == 0


async def test_where_the_authority_is_down_the_next_living_holder_answers() -> None:
    city = a_city()
    city[HR].is_down = True
    reads = reading(*city.values())

    found = await ask(reads, everywhere(city), wanting(PERSON_NAME, ID_NUMBER, BIRTH_DATE))

    assert value(found, PERSON_NAME) == f"organization:{PERSON_NAME}"
    assert found.unanswered == {a_key(city[HR])}
    assert reads.troubles.by_source[city[HR].source].fields == {
        "Person.basics",
        "Person.identityDocuments",
    }


async def test_a_dead_source_is_asked_once() -> None:
    city = a_city()
    city[HR].is_down = True
    reads = reading(*city.values())

    await ask(reads, everywhere(city), wanting(*BASICS))
    await ask(reads, everywhere(city), wanting(GENDER, SERVICE_GAP_MONTHS))

    assert city[HR].calls == 1
    assert list(reads.troubles.by_source) == [city[HR].source]


@pytest.mark.parametrize(
    "dead", [(HR,), (HR, ORG), (ORG, HR, EST), (EST, ORG), tuple(RECORD_ORDER)]
)
async def test_failures_cost_each_living_source_at_most_one_further_statement(
    dead: tuple[Department, ...],
) -> None:
    city = a_city()
    for department in dead:
        city[department].is_down = True

    found = await ask(reading(*city.values()), everywhere(city), wanting(*BASICS))

    assert all(source.tables[MAIN] <= 2 for source in city.values())
    assert all(city[department].calls == 1 for department in dead)
    expected = None if len(dead) == 4 else "holder"
    assert all((value(found, name) and "holder") == expected for name in BASICS)


async def test_a_cascade_of_failures_asks_a_source_once_more_for_all_that_is_open() -> None:
    city = a_city()
    city[HR].is_down = city[ORG].is_down = True
    only_there = {SERVICE_GAP_MONTHS: 3}
    city[FIN].people = [Stored("1", only_there | dict.fromkeys(BASICS, "finance"))]
    city[HR].also = [SERVICE_GAP_MONTHS]
    subject = a_person(a_key(city[HR]), a_key(city[ORG]), a_key(city[FIN]))

    found = await ask(
        reading(*city.values()), subject, wanting(SERVICE_GAP_MONTHS, WORK_START_DATE)
    )

    # The gap falls from HR to Finance at once, the start of work by way of Organization.
    assert value(found, SERVICE_GAP_MONTHS) == 3
    assert value(found, WORK_START_DATE) == "finance"
    assert city[FIN].tables[MAIN] == 1


async def test_one_persons_gap_does_not_read_the_others_again() -> None:
    city = {department: a_source(department, "1", "2") for department in Department}
    city[HR].people = [city[HR].people[0]]
    asks = [(everywhere(city, key), wanting(PERSON_NAME)) for key in ("1", "2")]

    found = await gather(reading(*city.values()), EntityKind.PERSON, asks)

    assert [value(each, PERSON_NAME) for each in found] == [
        f"hr:{PERSON_NAME}",
        f"organization:{PERSON_NAME}",
    ]
    assert [order.keys for order in city[ORG].orders if hasattr(order, "keys")] == [("2",)]


async def test_a_row_known_to_be_absent_is_not_asked_for_again() -> None:
    city = a_city()
    city[HR].people, city[HR].also = [], BASICS
    reads = reading(*city.values())

    await ask(reads, everywhere(city), wanting(PERSON_NAME))
    await ask(reads, everywhere(city), wanting(PERSON_NAME, GENDER))

    assert city[HR].calls == 1
    assert city[ORG].calls == 2


async def test_the_same_cell_is_not_read_twice_in_a_request() -> None:
    city = a_city()
    reads, subject = reading(*city.values()), everywhere(city)

    await ask(reads, subject, wanting(PERSON_NAME))
    found = await ask(reads, subject, wanting(PERSON_NAME))
    later = await ask(reads, subject, wanting(PERSON_NAME, GENDER))

    assert value(found, PERSON_NAME) == value(later, PERSON_NAME)
    assert [set(order.indicators) for order in city[HR].orders] == [{PERSON_NAME}, {GENDER}]


async def test_stored_texts_wanted_later_are_read_with_all_that_was_read_before() -> None:
    hr = CitySource(
        HR,
        [
            Stored(
                "1",
                {PERSON_NAME: "张三", GENDER: "1"},
                raws={GENDER: "男", PERSON_NAME: " 张三"},
            )
        ],
    )
    reads, subject = reading(hr), a_person(a_key(hr))

    await ask(reads, subject, wanting(PERSON_NAME))
    found = await ask(reads, subject, Wanted(everywhere=frozenset({GENDER})))
    again = await ask(reads, subject, Wanted(everywhere=frozenset({GENDER, PERSON_NAME})))

    assert hr.calls == 2
    assert again == found
    assert found.facets[a_key(hr)].raws == {GENDER: "男", PERSON_NAME: " 张三"}


async def test_what_is_wanted_everywhere_is_read_once_of_every_holder_with_its_texts() -> None:
    city = a_city()
    reads = reading(*city.values())
    wanted = Wanted(values=frozenset({PERSON_NAME}), everywhere=frozenset({PERSON_NAME}))

    found = await ask(reads, everywhere(city), wanted)

    assert len(found.facets) == 4
    assert all(source.tables == {MAIN: 1} for source in city.values())
    assert all(order.raw for source in city.values() for order in source.orders)
    assert city[FIN].asked_for == {PERSON_NAME}


async def test_records_read_every_mapped_indicator_of_every_row_once() -> None:
    city = a_city()
    city[FIN].is_down = True
    other = a_source(HR, "9", name="hr-2")
    subject = a_person(*(a_key(s) for s in city.values()), apart=(a_key(other, "9"),))
    reads = reading(*city.values(), other)

    found = await ask(reads, subject, Wanted(whole=True) | wanting(PERSON_NAME))

    assert found.facets.keys() == {a_key(city[d]) for d in (ORG, EST, HR)} | {a_key(other, "9")}
    assert all(source.calls == 1 for source in (*city.values(), other))
    assert other.asked_for == set(BASICS)


async def test_a_row_apart_never_answers() -> None:
    city = a_city()
    subject = a_person(a_key(city[FIN]), apart=(a_key(city[HR]),))

    found = await ask(reading(*city.values()), subject, wanting(PERSON_NAME))

    assert value(found, PERSON_NAME) == f"finance:{PERSON_NAME}"
    assert city[HR].calls == 0


async def test_rows_of_two_sources_of_one_department_are_each_asked_at_their_own() -> None:
    near, far = a_source(HR, "1", name="hr-a"), a_source(HR, "2", name="hr-b")
    asks = [
        (a_person(a_key(near, "1")), wanting(PERSON_NAME)),
        (a_person(a_key(far, "2")), wanting(PERSON_NAME)),
    ]

    found = await gather(reading(near, far), EntityKind.PERSON, asks)

    assert [value(each, PERSON_NAME) for each in found] == [
        f"hr-a:{PERSON_NAME}",
        f"hr-b:{PERSON_NAME}",
    ]


async def test_a_person_without_rows_costs_nothing() -> None:
    hr = a_source(HR)

    found = await ask(reading(hr), a_person(), Wanted(whole=True) | wanting(PERSON_NAME))

    assert (found.facets, hr.calls) == ({}, 0)


async def test_an_indicator_that_no_source_maps_costs_nothing() -> None:
    hr = a_source(HR)

    found = await ask(reading(hr), a_person(a_key(hr)), wanting(MOBILE_PHONE, ESTABLISHMENT_TYPE))

    assert value(found, MOBILE_PHONE) is None
    assert hr.calls == 0


async def test_a_key_that_is_an_id_number_is_not_shown_as_the_sources_own_key() -> None:
    stored = Stored(
        "370702198503151232",
        {SOURCE_PERSON_KEY: ("370702198503151232",), PERSON_NAME: "张三"},
        raws={SOURCE_PERSON_KEY: "370702198503151232"},
    )
    keyed = CitySource(EST, [stored, stored], is_personal=True)
    key = a_key(keyed, stored.key)

    found = await ask(reading(keyed), a_person(key), Wanted(whole=True))

    facet = found.facets[key]
    assert facet.values == {SOURCE_PERSON_KEY: None, PERSON_NAME: "张三"}
    assert facet.raws == {}
    assert [twin.values[SOURCE_PERSON_KEY] for twin in facet.twins] == [None]


async def test_units_are_read_as_units() -> None:
    establishment = CitySource(EST, units=[Stored("U1", {UNIT_NAME: "教育局"})])
    subject = Subject(EntityKind.UNIT, "u1", IdentityState.LINKED, (a_key(establishment, "U1"),))
    reads = reading(establishment)
    establishment.is_down = True

    (found,) = await gather(reads, EntityKind.UNIT, [(subject, wanting(UNIT_NAME))])

    assert found.unanswered == {a_key(establishment, "U1")}
    assert reads.troubles.by_source[establishment.source].fields == {"Unit.basics"}


async def test_the_moment_of_reading_is_the_sources() -> None:
    hr = a_source(HR)

    found = await ask(reading(hr), a_person(a_key(hr)), wanting(PERSON_NAME))

    assert found.facets[a_key(hr)].read_at == READ_AT
