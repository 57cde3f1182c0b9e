"""Where values come from: one entry per indicator and holding source, with its state."""

from domain.catalogue.handles import (
    BIRTH_DATE,
    EDUCATION,
    FORMER_NAME,
    GRADUATION_DATE,
    GROSS_PAY,
    PERSON_NAME,
    SCHOOL,
    SOURCE_PERSON_KEY,
)
from domain.catalogue.indicators import catalogue
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.records import ChildRow, ValueState
from domain.model.subjects import IdentityLink, IdentityState, Subject, ordered_keys
from resolvers.context import RequestContext
from resolvers.provenance import Provenance, provenance_of
from resolvers.sight import CLEAR
from resolvers.wanted import Wanted, is_row
from tests.unit.resolvers.city import NOW, READ_AT, CitySource, Stored, a_context, a_key

ORG, EST, FIN, HR = RECORD_ORDER
EDU, PAY = (catalogue().category_of(name).code for name in (EDUCATION, GROSS_PAY))
VALUE, NONE = ValueState.VALUE, ValueState.NONE
NOT_HELD, UNAVAILABLE = ValueState.NOT_HELD, ValueState.UNAVAILABLE


def named(department: Department, name: str | None = "张三", key: str = "1") -> CitySource:
    return CitySource(department, [Stored(key, {PERSON_NAME: name})])


def a_person(*keys: LocalKey, is_linked: bool = True) -> Subject:
    ordered = ordered_keys(keys, RECORD_ORDER)
    links = tuple(IdentityLink(k, "CERTAIN", ("NAME",), None, NOW, None) for k in ordered)
    state = IdentityState.LINKED if is_linked else IdentityState.UNLINKED
    return Subject(EntityKind.PERSON, "p1", state, ordered, links=links if is_linked else ())


async def trace(
    context: RequestContext, subject: Subject, name: IndicatorName, *others: IndicatorName
) -> list[Provenance]:
    """The entries of the first indicator, while the others are only looked at."""
    names = frozenset({name, *others})
    codes = frozenset(catalogue().category_of(each).code for each in names if is_row(each))
    wanted = Wanted(values=names, everywhere=frozenset({name}), rows=codes)
    gathered = await context.loaders.facts[EntityKind.PERSON].load((subject, wanted))
    return provenance_of(context, gathered, [catalogue().indicators[name]], CLEAR)


async def traced(*sources: CitySource, name: IndicatorName = PERSON_NAME) -> list[Provenance]:
    subject = a_person(*(a_key(source) for source in sources))
    return await trace(a_context(*sources), subject, name)


async def fail(context: RequestContext, source: CitySource) -> None:
    """Lets the request learn that a source is down."""
    await context.reads.attempt(source, set(), lambda: source.pools([], context.reads.tally))


def states(entries: list[Provenance]) -> list[tuple[Department, ValueState]]:
    return [(entry.department, entry.state) for entry in entries]


async def test_there_is_an_entry_for_each_holder_in_catalogue_order() -> None:
    entries = await traced(*(named(department) for department in Department))

    assert states(entries) == [(HR, VALUE), (ORG, VALUE), (EST, VALUE), (FIN, VALUE)]
    assert [entry.is_authority for entry in entries] == [True, False, False, False]
    assert [entry.is_used for entry in entries] == [True, False, False, False]


async def test_an_entry_names_source_table_column_value_and_moment() -> None:
    (entry, *_) = await traced(named(HR))

    assert (entry.source, entry.table, entry.column) == ("hr", "main", PERSON_NAME)
    assert (entry.value, entry.read_at) == ("张三", READ_AT)


async def test_an_empty_cell_of_the_authority_is_none_and_used() -> None:
    entries = await traced(named(HR, None), named(ORG))

    assert states(entries)[:2] == [(HR, NONE), (ORG, VALUE)]
    assert [entry.is_used for entry in entries[:2]] == [True, False]


async def test_a_stored_text_that_cannot_be_read_is_no_empty_cell() -> None:
    hr = CitySource(HR, [Stored("1", {BIRTH_DATE: None}, raws={BIRTH_DATE: "1985.13.40"})])

    entries = await traced(hr, name=BIRTH_DATE)

    assert {e.department: (e.state, e.value) for e in entries}[HR] == (VALUE, None)


async def test_a_multi_valued_indicator_without_a_row_is_none_and_used() -> None:
    organization = CitySource(ORG, [Stored("1")], also=[FORMER_NAME])
    hr = CitySource(HR, [Stored("1", {FORMER_NAME: ("张叁",)})])

    entries = await traced(organization, hr, name=FORMER_NAME)

    assert states(entries) == [(ORG, NONE), (HR, VALUE)]
    assert [entry.is_used for entry in entries] == [True, False]


async def test_departments_without_the_person_or_the_indicator_do_not_hold_it() -> None:
    silent = CitySource(ORG, [Stored("1", {BIRTH_DATE: None})])

    entries = await traced(named(HR, key="9"), silent, named(EST))

    assert states(entries) == [(HR, NOT_HELD), (ORG, NOT_HELD), (EST, VALUE), (FIN, NOT_HELD)]
    assert [entry.is_used for entry in entries] == [False, False, True, False]
    assert [entry.read_at for entry in entries] == [None, None, READ_AT, None]


async def test_an_authority_that_is_down_is_unavailable_and_the_next_holder_is_used() -> None:
    hr, organization = named(HR), named(ORG)
    hr.is_down = True

    entries = await traced(hr, organization)

    assert states(entries)[:2] == [(HR, UNAVAILABLE), (ORG, VALUE)]
    assert [(e.is_authority, e.is_used) for e in entries[:2]] == [(True, False), (False, True)]
    assert (entries[0].table, entries[0].value, entries[0].read_at) == ("main", None, None)


async def test_an_indicator_that_a_dead_source_does_not_map_is_not_held() -> None:
    hr = named(HR)
    hr.is_down = True
    subject = a_person(a_key(hr))

    entries = await trace(a_context(hr), subject, BIRTH_DATE, PERSON_NAME)

    assert (HR, NOT_HELD) in states(entries)


async def test_a_linked_person_is_not_held_where_no_link_leads_though_the_source_is_down() -> None:
    hr, organization = named(HR), named(ORG)
    organization.is_down = True
    context = a_context(hr, organization)
    await fail(context, organization)

    entries = await trace(context, a_person(a_key(hr)), PERSON_NAME)

    assert (ORG, NOT_HELD) in states(entries)


async def test_of_an_unlinked_person_a_dead_source_may_hold_anything() -> None:
    hr, organization = named(HR), named(ORG)
    organization.is_down = True
    context = a_context(hr, organization)
    await fail(context, organization)

    entries = await trace(context, a_person(a_key(hr), is_linked=False), PERSON_NAME)

    assert states(entries) == [(HR, VALUE), (ORG, UNAVAILABLE), (EST, NOT_HELD), (FIN, NOT_HELD)]


async def test_an_own_key_of_another_department_is_shown_and_never_used() -> None:
    establishment = CitySource(EST, [Stored("9")], also=[SOURCE_PERSON_KEY])
    hr = CitySource(HR, [Stored("1", {SOURCE_PERSON_KEY: ("1",)})])

    entries = await traced(establishment, hr, name=SOURCE_PERSON_KEY)

    found = {entry.department: entry for entry in entries}
    assert (found[EST].state, found[EST].is_used) == (NOT_HELD, False)
    assert (found[HR].state, found[HR].is_used) == (VALUE, False)


async def test_two_rows_of_one_source_are_one_entry_that_of_the_used_one() -> None:
    hr = CitySource(HR, [Stored("2", {PERSON_NAME: "张三"})])
    subject = a_person(a_key(hr, "1"), a_key(hr, "2"))

    entries = await trace(a_context(hr), subject, PERSON_NAME)

    of_hr = [entry for entry in entries if entry.department is HR]
    assert [(entry.value, entry.is_used) for entry in of_hr] == [("张三", True)]


async def test_two_sources_of_one_department_are_two_entries() -> None:
    first, second = named(HR), named(HR, "张叁")
    first.name, second.name = "hr-a", "hr-b"

    entries = await traced(first, second)

    assert [(e.source, e.is_used) for e in entries[:2]] == [("hr-a", True), ("hr-b", False)]


def studied(department: Department, *schools: str, maps_school: bool = True) -> CitySource:
    names = [GRADUATION_DATE, EDUCATION, *([SCHOOL] if maps_school else [])]
    rows = [ChildRow(dict.fromkeys(names, school)) for school in schools]
    return CitySource(department, [Stored("1", {}, {EDU: rows})], also=names)


async def test_a_repeated_indicator_has_a_value_where_there_is_any_row() -> None:
    entries = await traced(studied(HR, "甲"), studied(ORG), studied(EST, "甲"), name=SCHOOL)

    assert states(entries) == [(HR, VALUE), (ORG, NONE), (EST, VALUE)]
    assert [entry.value for entry in entries] == [None, None, None]
    assert [entry.is_used for entry in entries] == [True, False, False]


async def test_of_a_repeated_indicator_the_row_source_and_the_fillers_are_used() -> None:
    hr = studied(HR, "甲", "乙", maps_school=False)

    entries = await traced(hr, studied(ORG, "甲"), studied(EST, "甲", "乙"), name=SCHOOL)

    assert states(entries) == [(HR, NOT_HELD), (ORG, VALUE), (EST, VALUE)]
    assert [entry.is_used for entry in entries] == [False, True, True]


async def test_where_the_row_authority_is_down_the_next_holders_rows_are_used() -> None:
    hr, organization = studied(HR, "甲"), studied(ORG, "甲")
    hr.is_down = True

    entries = await traced(hr, organization, name=SCHOOL)

    assert states(entries)[:2] == [(HR, UNAVAILABLE), (ORG, VALUE)]
    assert [entry.is_used for entry in entries[:2]] == [False, True]


async def test_without_a_row_key_another_holders_rows_are_never_used() -> None:
    def paid(department: Department) -> CitySource:
        return CitySource(
            department, [Stored("1", {}, {PAY: [ChildRow({GROSS_PAY: 9}, "2026-10")]})]
        )

    finance, hr = paid(FIN), paid(HR)
    finance.is_down = True

    entries = await traced(finance, hr, name=GROSS_PAY)

    assert states(entries) == [(FIN, UNAVAILABLE), (HR, VALUE)]
    assert [entry.is_used for entry in entries] == [False, False]


async def test_provenance_reads_each_holder_once() -> None:
    sources = [named(department) for department in Department]

    await traced(*sources)

    assert [source.calls for source in sources] == [1, 1, 1, 1]
