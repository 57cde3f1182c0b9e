"""People that no link knows: found live by number, merged or held apart, named by sealed ids."""

import pytest

from domain.catalogue.handles import (
    BIRTH_DATE,
    EDUCATION,
    FORMER_NAME,
    GRADUATION_DATE,
    ID_NUMBER,
    PERSON_NAME,
    SCHOOL,
)
from domain.catalogue.indicators import catalogue
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, IndicatorName
from domain.model.records import ChildRow, Value
from domain.model.subjects import IdentityState, Subject
from resolvers.gathering import gather
from resolvers.reading import Reads
from resolvers.searching import NumberAsk, search_people
from resolvers.subjects import opened_id, sealed_id
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import SEALS, CitySource, Stored, a_key, reading

ORG, EST, FIN, HR = RECORD_ORDER
NUMBER, OLD_FORM = "370702196803121239", "370702680312123"
OTHER = "37070219900607201X"
NOTHING = Wanted()


def holding(
    department: Department, *people: tuple[str, str], key: str = "1", stored: str = ""
) -> CitySource:
    """A source with rows of (number, name), keyed from `key` on; `stored` is the number's text."""
    rows = [
        Stored(
            str(int(key) + place),
            {ID_NUMBER: number, PERSON_NAME: name},
            raws={ID_NUMBER: stored} if stored else {},
        )
        for place, (number, name) in enumerate(people)
    ]
    return CitySource(department, rows, also=[ID_NUMBER, PERSON_NAME])


async def find(
    *sources: CitySource, number: str = NUMBER, wanted: Wanted = NOTHING
) -> Subject | None:
    return (await search_people(reading(*sources), SEALS, [NumberAsk(number, wanted)]))[0]


async def found_person(*sources: CitySource, wanted: Wanted = NOTHING) -> Subject:
    subject = await find(*sources, wanted=wanted)
    assert subject is not None
    return subject


async def test_equal_names_make_one_person_of_the_rows_of_all_sources() -> None:
    sources = [holding(d, (NUMBER, "张三")) for d in (HR, EST, FIN)]

    found = await found_person(*sources)

    assert found.state is IdentityState.UNLINKED
    assert found.keys == tuple(a_key(s) for s in (sources[1], sources[2], sources[0]))
    assert (found.apart, found.links) == ((), ())


async def test_different_names_are_a_conflict_led_by_the_first_driver() -> None:
    hr, establishment = holding(HR, (NUMBER, "张三")), holding(EST, (NUMBER, "李四"))
    finance = holding(FIN, (NUMBER, "李四"))

    found = await found_person(hr, finance, establishment)

    assert found.state is IdentityState.CONFLICT
    assert found.keys == (a_key(establishment),)
    assert found.apart == (a_key(finance), a_key(hr))


async def test_the_row_that_is_asked_by_its_key_answers_in_a_conflict() -> None:
    hr, establishment = holding(HR, (NUMBER, "张三")), holding(EST, (NUMBER, "李四"))
    ask = NumberAsk(NUMBER, NOTHING, a_key(hr))

    (found,) = await search_people(reading(hr, establishment), SEALS, [ask])

    assert found is not None
    assert (found.keys, found.apart) == ((a_key(hr),), (a_key(establishment),))
    assert found.id == sealed_id(EntityKind.PERSON, a_key(hr), SEALS)


async def test_several_numbers_cost_one_search_a_source() -> None:
    sources = [holding(d, (NUMBER, "张三"), (OTHER, "李四")) for d in (HR, EST)]
    reads = reading(*sources)
    asks = [NumberAsk(number, NOTHING) for number in (OTHER, NUMBER, "110105194912310021")]

    found = await search_people(reads, SEALS, asks)

    assert [subject and subject.keys[0].text for subject in found] == ["2", "1", None]
    assert reads.tally.statements == {"hr": 1, "establishment": 1}


@pytest.mark.parametrize("stored", [OLD_FORM, NUMBER])
async def test_rows_are_matched_by_the_normalised_number(stored: str) -> None:
    hr, finance = holding(HR, (NUMBER, "张三")), holding(FIN, (stored, "张三"))

    found = await found_person(hr, finance)

    assert set(found.keys) == {a_key(hr), a_key(finance)}


async def test_a_number_with_a_lower_case_x_is_found() -> None:
    finance = holding(FIN, (OTHER, "张三"), stored=OTHER.lower())

    found = await find(finance, number=OTHER)

    assert found is not None
    assert found.keys == (a_key(finance),)


async def test_a_source_that_is_down_leaves_the_others_to_answer() -> None:
    hr, finance = holding(HR, (NUMBER, "张三")), holding(FIN, (NUMBER, "张三"))
    hr.is_down, hr.also = True, [BIRTH_DATE]
    reads = reading(hr, finance)
    wanted = Wanted(values=frozenset({BIRTH_DATE}))

    (found,) = await search_people(reads, SEALS, [NumberAsk(NUMBER, wanted)])

    assert found is not None
    assert found.keys == (a_key(finance),)
    assert reads.troubles.by_source[hr.source].fields == {"Person.basics"}


async def test_a_dead_source_owes_no_field_that_was_only_looked_at_for_matching() -> None:
    hr = holding(HR, (NUMBER, "张三"))
    hr.is_down = True
    reads = reading(hr)

    await search_people(reads, SEALS, [NumberAsk(NUMBER, NOTHING)])

    assert reads.troubles.by_source[hr.source].fields == set()


async def test_nobody_with_the_number_is_nobody() -> None:
    assert await find(holding(HR, (OTHER, "李四"))) is None


async def test_a_missing_name_contradicts_nothing() -> None:
    found = await found_person(holding(HR, (NUMBER, "")), holding(FIN, (NUMBER, "张三")))

    assert found.state is IdentityState.UNLINKED
    assert len(found.keys) == 2


async def test_a_former_name_makes_two_names_one_person() -> None:
    cells: dict[IndicatorName, Value] = {
        ID_NUMBER: NUMBER, PERSON_NAME: "张三", FORMER_NAME: ("李四",)
    }  # fmt: skip
    organization = CitySource(ORG, [Stored("1", cells)])

    found = await found_person(organization, holding(HR, (NUMBER, "李四")))

    assert found.state is IdentityState.UNLINKED


async def test_two_rows_of_one_source_are_both_the_persons() -> None:
    hr = holding(HR, (NUMBER, "张三"), (NUMBER, "张三"))

    found = await found_person(hr)

    assert found.keys == (a_key(hr, "1"), a_key(hr, "2"))


async def test_what_is_wanted_is_read_with_the_search_and_not_again() -> None:
    hr = holding(HR, (NUMBER, "张三"))
    row = hr.people[0]
    study = ChildRow({GRADUATION_DATE: None, EDUCATION: "21", SCHOOL: "甲校"})
    education = catalogue().category_of(EDUCATION).code
    hr.people = [Stored(row.key, row.cells, {education: [study]})]
    reads = reading(hr)
    wanted = Wanted(values=frozenset({PERSON_NAME, SCHOOL}))

    (subject,) = await search_people(reads, SEALS, [NumberAsk(NUMBER, wanted)])
    assert subject is not None
    (found,) = await gather(reads, EntityKind.PERSON, [(subject, wanted)])

    assert found.facets[a_key(hr)].rows[education][0].values[SCHOOL] == "甲校"
    assert hr.tables == {"main": 1, "EDU": 1}


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(whole=True),
        Wanted(values=frozenset({SCHOOL}), everywhere=frozenset({SCHOOL})),
        Wanted(values=frozenset({PERSON_NAME}), everywhere=frozenset({PERSON_NAME})),
    ],
)
async def test_records_and_provenance_of_an_unlinked_person_read_nothing_again(
    wanted: Wanted,
) -> None:
    sources = [holding(d, (NUMBER, "张三")) for d in (HR, EST)]
    sources[0].also = [*sources[0].also, SCHOOL, EDUCATION, GRADUATION_DATE]
    reads = reading(*sources)

    (subject,) = await search_people(reads, SEALS, [NumberAsk(NUMBER, wanted)])
    assert subject is not None
    await gather(reads, EntityKind.PERSON, [(subject, wanted)])

    assert [len(source.orders) for source in sources] == [1, 1]


async def test_the_id_of_an_unlinked_person_is_the_same_whoever_answers_first() -> None:
    hr, establishment = holding(HR, (NUMBER, "张三")), holding(EST, (NUMBER, "张三"))

    first, second = await found_person(hr, establishment), await found_person(establishment, hr)

    assert first.id == second.id
    assert "370702" not in first.id


def opened(local: str, reads: Reads) -> object:
    return opened_id(EntityKind.PERSON, local, SEALS, reads.sources)


def test_a_sealed_id_leads_back_to_its_row() -> None:
    hr = holding(HR)
    key = a_key(hr, "37070219680312123X")

    assert opened(sealed_id(EntityKind.PERSON, key, SEALS), reading(hr)) == key


def test_a_sealed_id_cannot_be_made_up_or_changed() -> None:
    hr = holding(HR)
    local = sealed_id(EntityKind.PERSON, a_key(hr), SEALS)
    last = "A" if local[-1] != "A" else "B"

    assert opened(local[:-1] + last, reading(hr)) is None
    assert opened("~", reading(hr)) is None
    assert opened("~aGVsbG8", reading(hr)) is None


def test_a_sealed_id_of_a_unit_is_none_of_a_person() -> None:
    hr = holding(HR)

    assert opened(sealed_id(EntityKind.UNIT, a_key(hr), SEALS), reading(hr)) is None


def test_a_sealed_id_of_a_source_that_is_gone_leads_nowhere() -> None:
    local = sealed_id(EntityKind.PERSON, a_key(holding(HR)), SEALS)

    assert opened(local, reading(holding(FIN))) is None
