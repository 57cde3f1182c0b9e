"""Rows of repeated categories: which department shows them, who fills cells, at what cost."""

from collections.abc import Sequence
from datetime import date

from domain.catalogue.handles import (
    DEGREE,
    EDUCATION,
    ESTABLISHMENT_EXIT_DATE,
    EXIT_DATE,
    GRADUATION_DATE,
    GROSS_PAY,
    MAJOR,
    NET_PAY,
    PAYROLL_STATUS,
    PERSON_NAME,
    SCHOOL,
)
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import Gathered, StitchedRows, stitch_rows
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, IndicatorName
from domain.model.records import ChildRow, Value
from domain.model.subjects import IdentityState, Subject, ordered_keys
from resolvers.gathering import gather
from resolvers.reading import Reads
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import CitySource, Stored, a_key, reading

ORG, EST, FIN, HR = RECORD_ORDER
EDU, EXT = catalogue().category_of(EDUCATION), catalogue().category_of(EXIT_DATE)
PAY = catalogue().category_of(GROSS_PAY)
FIRST, SECOND, THIRD = date(2001, 7, 1), date(2008, 7, 1), date(2012, 7, 1)
Cells = dict[IndicatorName, Value]


def a_study(graduated: date, cells: Cells | None = None) -> ChildRow:
    """One row of education."""
    return ChildRow({GRADUATION_DATE: graduated, EDUCATION: "21", **(cells or {})})


def studied(department: Department, *rows: ChildRow, key: str = "1") -> CitySource:
    cells: Cells = {PERSON_NAME: department.value}
    return CitySource(
        department, [Stored(key, cells, {EDU.code: rows})], also=[GRADUATION_DATE, EDUCATION]
    )


def a_person(*sources: CitySource) -> Subject:
    keys = ordered_keys((a_key(source) for source in sources), RECORD_ORDER)
    return Subject(EntityKind.PERSON, "p1", IdentityState.LINKED, keys)


def wanting(*names: IndicatorName) -> Wanted:
    return Wanted(values=frozenset(names))


async def ask(reads: Reads, subject: Subject, wanted: Wanted) -> Gathered:
    return (await gather(reads, EntityKind.PERSON, [(subject, wanted)]))[0]


async def studies(*sources: CitySource, names: Sequence[IndicatorName]) -> StitchedRows | None:
    found = await ask(reading(*sources), a_person(*sources), wanting(*names))
    return stitch_rows(found, EDU, frozenset(names))


def schools(rows: StitchedRows | None) -> list[Value]:
    assert rows is not None
    return [row.values[SCHOOL] for row in rows.rows]


async def test_the_row_authority_alone_is_asked_where_it_maps_all_columns() -> None:
    hr, organization = studied(HR, a_study(FIRST, {SCHOOL: "甲"})), studied(ORG, a_study(FIRST))

    found = await studies(hr, organization, names=[SCHOOL])

    assert schools(found) == ["甲"]
    assert hr.tables == {"EDU": 1}
    assert organization.calls == 0


async def test_orders_of_rows_name_the_asked_columns_and_the_row_key_only() -> None:
    hr = studied(HR, a_study(FIRST, {SCHOOL: "甲", MAJOR: "法学"}))

    await studies(hr, names=[SCHOOL])

    assert hr.asked_for == {SCHOOL, GRADUATION_DATE, EDUCATION}


async def test_a_column_that_the_authority_does_not_map_is_asked_of_the_first_filler() -> None:
    hr, organization = studied(HR, a_study(FIRST)), studied(ORG, a_study(FIRST, {SCHOOL: "甲"}))
    establishment = studied(EST, a_study(FIRST, {SCHOOL: "乙"}))

    found = await studies(hr, organization, establishment, names=[SCHOOL])

    assert schools(found) == ["甲"]
    assert (organization.tables, establishment.calls) == ({"EDU": 1}, 0)


async def test_the_next_filler_is_asked_only_while_rows_stay_unmatched() -> None:
    hr = studied(HR, a_study(FIRST), a_study(SECOND))
    organization = studied(ORG, a_study(FIRST, {SCHOOL: "甲"}))
    establishment = studied(EST, a_study(FIRST, {SCHOOL: "丙"}), a_study(SECOND, {SCHOOL: "乙"}))

    found = await studies(hr, organization, establishment, names=[SCHOOL])

    assert schools(found) == ["甲", "乙"]
    assert [s.tables["EDU"] for s in (hr, organization, establishment)] == [1, 1, 1]


async def test_a_third_filler_is_not_asked_when_the_first_two_match_all_rows_together() -> None:
    def left(department: Department, *days: date, fills: bool = True) -> CitySource:
        names = [EXIT_DATE, ESTABLISHMENT_EXIT_DATE] if fills else [EXIT_DATE]
        rows = [ChildRow(dict.fromkeys(names, day)) for day in days]
        return CitySource(department, [Stored("1", {}, {EXT.code: rows})])

    hr, establishment = left(HR, FIRST, SECOND, fills=False), left(EST, FIRST)
    organization, finance = left(ORG, SECOND), left(FIN, THIRD)
    sources = (hr, establishment, organization, finance)

    found = await ask(reading(*sources), a_person(*sources), wanting(ESTABLISHMENT_EXIT_DATE))

    rows = stitch_rows(found, EXT, frozenset({ESTABLISHMENT_EXIT_DATE}))
    assert rows is not None
    assert [row.values[ESTABLISHMENT_EXIT_DATE] for row in rows.rows] == [FIRST, SECOND]
    assert [source.calls for source in sources] == [1, 1, 1, 0]


async def test_rows_of_an_authority_without_rows_ask_nobody_else() -> None:
    hr, organization = studied(HR), studied(ORG, a_study(FIRST, {SCHOOL: "甲"}))
    hr.also = [GRADUATION_DATE, EDUCATION, SCHOOL]

    found = await studies(hr, organization, names=[SCHOOL])

    assert schools(found) == []
    assert organization.calls == 0


async def test_where_the_row_authority_lacks_the_person_the_next_holder_shows_rows() -> None:
    hr, organization = studied(HR, a_study(FIRST), key="9"), studied(ORG, a_study(FIRST))

    found = await studies(hr, organization, names=[DEGREE])

    assert found is not None
    assert found.key == a_key(organization)


async def test_where_the_row_authority_is_down_the_next_living_holder_shows_rows() -> None:
    hr, organization = studied(HR, a_study(FIRST)), studied(ORG, a_study(FIRST))
    establishment = studied(EST, a_study(FIRST, {SCHOOL: "乙"}))
    hr.is_down = organization.is_down = True

    found = await studies(hr, organization, establishment, names=[SCHOOL])

    assert schools(found) == ["乙"]
    assert [s.calls for s in (hr, organization, establishment)] == [1, 1, 1]


async def test_with_an_empty_row_key_nobody_is_asked_for_the_row_authoritys_rows() -> None:
    def paid(department: Department) -> CitySource:
        rows = {PAY.code: [ChildRow({GROSS_PAY: 9}, "2026-10")]}
        return CitySource(department, [Stored("1", {PAYROLL_STATUS: "1"}, rows)])

    finance, hr = paid(FIN), paid(HR)
    finance.is_down = True

    found = await ask(reading(finance, hr), a_person(finance, hr), wanting(GROSS_PAY))

    assert stitch_rows(found, PAY, frozenset({GROSS_PAY})) is None
    assert hr.calls == 0


async def test_with_an_empty_row_key_another_row_of_the_row_authority_shows_its_rows() -> None:
    def paid(name: str, pay: int) -> CitySource:
        rows = {PAY.code: [ChildRow({GROSS_PAY: pay}, "2026-10")]}
        return CitySource(FIN, [Stored("1", {PAYROLL_STATUS: name}, rows)], name=name)

    first, second = paid("a", 9), paid("b", 8)
    first.is_down = True
    wanted = wanting(GROSS_PAY, PAYROLL_STATUS)

    found = await ask(reading(first, second), a_person(first, second), wanted)

    rows = stitch_rows(found, PAY, frozenset({GROSS_PAY}))
    assert rows is not None
    assert [row.values[GROSS_PAY] for row in rows.rows] == [8]
    assert second.tables == {"main": 1, "PAY": 1}


async def test_the_extra_key_alone_reads_the_rows() -> None:
    rows = {PAY.code: [ChildRow({GROSS_PAY: 9}, "2026-10")]}
    finance = CitySource(FIN, [Stored("1", {}, rows)])

    found = await ask(reading(finance), a_person(finance), Wanted(rows=frozenset({PAY.code})))

    shown = stitch_rows(found, PAY, frozenset())
    assert shown is not None
    assert [row.extra for row in shown.rows] == ["2026-10"]
    assert finance.asked_for == set()


async def test_single_values_and_rows_of_one_source_are_one_order() -> None:
    rows = {PAY.code: [ChildRow({GROSS_PAY: 9, NET_PAY: 7}, "2026-10")]}
    finance = CitySource(FIN, [Stored("1", {PAYROLL_STATUS: "1"}, rows)])

    await ask(reading(finance), a_person(finance), wanting(PAYROLL_STATUS, GROSS_PAY, NET_PAY))

    assert len(finance.orders) == 1


async def test_a_further_column_reads_the_rows_again_with_all_columns() -> None:
    hr = studied(HR, a_study(FIRST, {SCHOOL: "甲", MAJOR: "法学"}))
    reads, subject = reading(hr), a_person(hr)

    await ask(reads, subject, wanting(SCHOOL, PERSON_NAME))
    found = await ask(reads, subject, wanting(MAJOR))

    rows = stitch_rows(found, EDU, frozenset({SCHOOL, MAJOR}))
    assert rows is not None
    assert dict(rows.rows[0].values) == {SCHOOL: "甲", MAJOR: "法学"}
    assert hr.orders[1].indicators == {SCHOOL, MAJOR, GRADUATION_DATE, EDUCATION}


async def test_rows_that_lack_a_wanted_column_since_their_source_died_are_no_answer() -> None:
    hr = studied(HR, a_study(FIRST, {SCHOOL: "甲", MAJOR: "法学"}))
    organization = studied(ORG, a_study(FIRST, {MAJOR: "法律"}))
    reads, subject = reading(hr, organization), a_person(hr, organization)
    await ask(reads, subject, wanting(SCHOOL))
    hr.is_down = True

    found = await ask(reads, subject, wanting(MAJOR))

    rows = stitch_rows(found, EDU, frozenset({MAJOR}))
    assert rows is not None
    assert (rows.key, rows.rows[0].values[MAJOR]) == (a_key(organization), "法律")


async def test_rows_read_before_their_source_died_still_answer() -> None:
    hr = studied(HR, a_study(FIRST, {SCHOOL: "甲"}))
    reads, subject = reading(hr), a_person(hr)
    await ask(reads, subject, wanting(SCHOOL))
    hr.is_down = True

    found = await ask(reads, subject, wanting(SCHOOL, PERSON_NAME))

    assert schools(stitch_rows(found, EDU, frozenset({SCHOOL}))) == ["甲"]


async def test_provenance_of_a_repeated_indicator_reads_every_holders_rows_once() -> None:
    sources = [studied(d, a_study(FIRST, {SCHOOL: "甲"})) for d in (HR, ORG, EST)]
    wanted = Wanted(
        values=frozenset({SCHOOL}), everywhere=frozenset({SCHOOL}), rows=frozenset({EDU.code})
    )

    found = await ask(reading(*sources), a_person(*sources), wanted)

    assert all(facet.rows[EDU.code] for facet in found.facets.values())
    assert [source.tables for source in sources] == [{"EDU": 1}] * 3


async def test_records_read_every_table_once() -> None:
    sources = [studied(d, a_study(FIRST, {SCHOOL: "甲"})) for d in (HR, ORG)]
    wanted = Wanted(whole=True) | wanting(SCHOOL, PERSON_NAME)

    await ask(reading(*sources), a_person(*sources), wanted)

    assert [source.tables for source in sources] == [{"EDU": 1, "main": 1}] * 2
