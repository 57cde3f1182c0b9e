"""Each department's own view of a person, as it stores it."""

from domain.catalogue.handles import (
    EDUCATION,
    FORMER_NAME,
    GENDER,
    GRADUATION_DATE,
    PERSON_NAME,
    SCHOOL,
)
from domain.catalogue.indicators import catalogue
from domain.model.departments import RECORD_ORDER
from domain.model.keys import EntityKind
from domain.model.records import ChildRow, UnknownCode, ValueState
from domain.model.subjects import IdentityLink, IdentityState, Subject, ordered_keys
from resolvers.context import RequestContext
from resolvers.records import DepartmentRecord, department_records
from resolvers.sight import CLEAR
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import NOW, Cells, CitySource, Stored, a_context, a_key

ORG, EST, FIN, HR = RECORD_ORDER
EDU = catalogue().category_of(EDUCATION).code
VALUE, NOT_HELD, UNAVAILABLE = ValueState.VALUE, ValueState.NOT_HELD, ValueState.UNAVAILABLE


def named(source: CitySource, *names: str) -> CitySource:
    source.people = [Stored("1", {PERSON_NAME: name}) for name in names]
    return source


def a_person(
    *sources: CitySource, apart: tuple[CitySource, ...] = (), is_linked: bool = True
) -> Subject:
    keys = ordered_keys((a_key(source) for source in sources), RECORD_ORDER)
    links = [IdentityLink(key, "CERTAIN", ("NAME",), None, NOW, None) for key in keys]
    return Subject(
        kind=EntityKind.PERSON,
        id="p1",
        state=IdentityState.LINKED,
        keys=keys,
        apart=tuple(a_key(source) for source in apart),
        links=tuple(links) if is_linked else (),
    )


async def recorded(context: RequestContext, subject: Subject) -> list[DepartmentRecord]:
    ask = (subject, Wanted(whole=True))
    gathered = await context.loaders.facts[EntityKind.PERSON].load(ask)
    return department_records(context, gathered, CLEAR)


async def records_of(*sources: CitySource) -> list[DepartmentRecord]:
    return await recorded(a_context(*sources), a_person(*sources))


def shown(record: DepartmentRecord) -> list[tuple[object, ...]]:
    return [(v.indicator.name, v.row, v.value, v.raw) for v in record.values]


async def test_there_is_a_record_for_each_department_in_the_order_of_records() -> None:
    hr, establishment = named(CitySource(HR), "张三"), named(CitySource(EST), "张叁")

    records = await records_of(hr, establishment)

    assert [(r.department, r.state) for r in records] == [
        (ORG, NOT_HELD),
        (EST, VALUE),
        (FIN, NOT_HELD),
        (HR, VALUE),
    ]
    assert [shown(record) for record in records] == [
        [],
        [(PERSON_NAME, None, "张叁", None)],
        [],
        [(PERSON_NAME, None, "张三", None)],
    ]


async def test_a_record_shows_every_mapped_indicator_with_its_stored_text() -> None:
    cells: Cells = {PERSON_NAME: "张三", GENDER: UnknownCode("公"), FORMER_NAME: ("张叁", "张仨")}
    stored = Stored("1", cells, raws={GENDER: "公 ", PERSON_NAME: " 张三"})

    (record,) = [r for r in await records_of(CitySource(HR, [stored])) if r.department is HR]

    assert shown(record) == [
        (PERSON_NAME, None, "张三", " 张三"),
        (FORMER_NAME, 0, "张叁", None),
        (FORMER_NAME, 1, "张仨", None),
        (GENDER, None, UnknownCode("公"), "公 "),
    ]


async def test_an_empty_cell_is_shown_as_an_empty_value() -> None:
    hr = CitySource(HR, [Stored("1", {PERSON_NAME: "张三"})], also=[GENDER])

    records = await records_of(hr)

    assert (GENDER, None, None, None) in shown(records[-1])


async def test_rows_are_numbered_from_zero_in_the_sources_order() -> None:
    rows = [ChildRow({SCHOOL: "乙校"}), ChildRow({SCHOOL: "甲校"}, raws={SCHOOL: "甲校 "})]
    hr = CitySource(HR, [Stored("1", {}, {EDU: rows})], also=[EDUCATION, GRADUATION_DATE])

    records = await records_of(hr)

    assert [entry for entry in shown(records[-1]) if entry[0] == SCHOOL] == [
        (SCHOOL, 0, "乙校", None),
        (SCHOOL, 1, "甲校", "甲校 "),
    ]


async def test_two_rows_under_one_key_are_two_records() -> None:
    hr = named(CitySource(HR), "张三", "张叁")

    records = [r for r in await records_of(hr) if r.department is HR]

    assert [record.values[0].value for record in records] == ["张三", "张叁"]


async def test_rows_that_may_be_anothers_are_shown_too() -> None:
    establishment, hr = named(CitySource(EST), "李四"), named(CitySource(HR), "张三")
    context = a_context(establishment, hr)

    records = await recorded(context, a_person(establishment, apart=(hr,)))

    assert [(r.department, r.values[0].value) for r in records if r.values] == [
        (EST, "李四"),
        (HR, "张三"),
    ]


async def test_two_sources_of_one_department_are_two_records_by_name() -> None:
    near, far = named(CitySource(HR, name="a"), "张三"), named(CitySource(HR, name="b"), "张三")

    records = [r for r in await records_of(far, near) if r.department is HR]

    assert [record.source for record in records] == ["a", "b"]


async def test_a_department_that_is_down_is_unavailable_where_a_link_leads_there() -> None:
    hr = named(CitySource(HR), "张三")
    hr.is_down = True

    records = await records_of(hr)

    assert [(r.state, r.values) for r in records if r.department is HR] == [(UNAVAILABLE, ())]


async def test_a_row_that_is_gone_is_not_held() -> None:
    records = await records_of(CitySource(HR, also=[PERSON_NAME]))

    assert [(r.state, r.values) for r in records if r.department is HR] == [(NOT_HELD, ())]


async def test_part_of_a_record_is_not_shown_as_the_whole() -> None:
    hr = CitySource(HR, [Stored("1", {PERSON_NAME: "张三", GENDER: "1"})])
    context, subject = a_context(hr), a_person(hr)
    name_alone = (subject, Wanted(values=frozenset({PERSON_NAME})))
    await context.loaders.facts[EntityKind.PERSON].load(name_alone)
    hr.is_down = True

    records = await recorded(context, subject)

    assert (records[-1].state, records[-1].values) == (UNAVAILABLE, ())


async def test_of_an_unlinked_person_a_dead_source_may_have_a_record() -> None:
    hr, finance = named(CitySource(HR), "张三"), CitySource(FIN)
    context = a_context(hr, finance)
    finance.is_down = True
    await context.reads.attempt(finance, set(), lambda: finance.pools([], context.reads.tally))

    unlinked = await recorded(context, a_person(hr, is_linked=False))
    linked = await recorded(context, a_person(hr))

    assert [r.state for r in unlinked if r.department is FIN] == [UNAVAILABLE]
    assert [r.state for r in linked if r.department is FIN] == [NOT_HELD]


async def test_records_cost_one_order_a_source() -> None:
    sources = [named(CitySource(department), "张三") for department in RECORD_ORDER]

    await records_of(*sources)

    assert [len(source.orders) for source in sources] == [1, 1, 1, 1]
