"""Finding a person by id or number, linked or not."""

import asyncio

import pytest

from domain.catalogue.handles import ID_NUMBER, PERSON_NAME
from domain.identity.matching import MatchLevel
from domain.model.departments import RECORD_ORDER, Department
from domain.model.errors import BadInputError
from domain.model.global_ids import PERSON, UNIT, encode_id
from domain.model.keys import EntityKind, PersonId
from domain.model.subjects import IdentityState, Subject
from resolvers.context import RequestContext
from resolvers.people import find_person, public_person_id
from resolvers.subjects import sealed_id
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import (
    SEALS,
    CitySource,
    LinkedPeople,
    Stored,
    a_context,
    a_key,
    a_link,
    a_linked_person,
)

ORG, EST, FIN, HR = RECORD_ORDER
NUMBER, DIRTY = "370702196803121239", "3707 0219 6803 1212 39"
WANTED = Wanted(values=frozenset({PERSON_NAME}))


def holding(department: Department, name: str = "张三", stored: str = NUMBER) -> CitySource:
    """A source with one person of NUMBER, the number as stored."""
    row = Stored("1", {ID_NUMBER: NUMBER, PERSON_NAME: name}, raws={ID_NUMBER: stored})
    return CitySource(department, [row])


async def by_id(context: RequestContext, local: str, kind: str = PERSON) -> Subject | None:
    return await find_person(context, encode_id(kind, local), None, WANTED)


async def by_number(context: RequestContext, number: str) -> Subject | None:
    return await find_person(context, None, number, WANTED)


def sealed(source: CitySource) -> str:
    return sealed_id(EntityKind.PERSON, a_key(source), SEALS)


@pytest.mark.parametrize(("public_id", "number"), [(None, None), ("x", NUMBER)])
async def test_exactly_one_argument_is_wanted(public_id: str | None, number: str | None) -> None:
    with pytest.raises(BadInputError, match="exactly one"):
        await find_person(a_context(), public_id, number, WANTED)


@pytest.mark.parametrize("number", ["", "123", "张三", "3707021968031212399", NUMBER[:-2]])
async def test_a_number_of_another_length_is_refused_without_echo(number: str) -> None:
    with pytest.raises(BadInputError) as refused:
        await by_number(a_context(), number)

    assert number == "" or number not in str(refused.value)


@pytest.mark.parametrize("public_id", ["", "p1", "UGVyc29u", encode_id(UNIT, "u1")])
async def test_a_malformed_or_foreign_id_is_refused(public_id: str) -> None:
    with pytest.raises(BadInputError, match="not the id of a person"):
        await find_person(a_context(), public_id, None, WANTED)


async def test_a_linked_person_is_found_by_number_without_asking_a_department() -> None:
    hr = holding(HR)
    people = LinkedPeople([a_linked_person(a_key(hr))], {NUMBER: PersonId("p1")})
    context = a_context(hr, people=people)

    found = await by_number(context, DIRTY)

    assert found is not None
    assert (found.id, found.state, found.keys) == ("p1", IdentityState.LINKED, (a_key(hr),))
    assert context.reads.tally.statements == {"platform": 1}


async def test_several_numbers_of_a_document_are_one_question_to_the_links() -> None:
    people = LinkedPeople([a_linked_person()], {NUMBER: PersonId("p1")})
    context = a_context(people=people)

    found = await asyncio.gather(
        *(by_number(context, number) for number in (NUMBER, DIRTY, "37070219900607201X"))
    )

    assert [subject and subject.id for subject in found] == ["p1", "p1", None]
    assert context.reads.tally.statements["platform"] == 1


async def test_an_unlinked_person_is_found_live() -> None:
    hr = holding(HR)

    found = await by_number(a_context(hr), NUMBER)

    assert found is not None
    assert (found.state, found.links) == (IdentityState.UNLINKED, ())
    assert found.id == sealed(hr)


async def test_nobody_is_null() -> None:
    assert await by_number(a_context(holding(HR)), "37070219900607201X") is None
    assert await by_id(a_context(holding(HR)), "p9") is None


async def test_an_id_that_was_merged_away_answers_with_its_successor_and_says_so() -> None:
    people = LinkedPeople([a_linked_person()], aliases={"p0": PersonId("p1")})
    context = a_context(people=people)

    found = await by_id(context, "p0")

    assert found is not None
    assert found.id == "p1"
    assert context.aliases == {encode_id(PERSON, "p0"): encode_id(PERSON, "p1")}


async def test_an_id_that_still_stands_has_no_alias() -> None:
    context = a_context(people=LinkedPeople([a_linked_person()]))

    await by_id(context, "p1")

    assert context.aliases == {}


async def test_a_link_that_awaits_confirmation_shows_its_row_in_records_only() -> None:
    hr, finance = holding(HR), holding(FIN)
    waiting = a_link(a_key(finance), MatchLevel.MEDIUM)
    context = a_context(people=LinkedPeople([a_linked_person(a_key(hr), waiting)]))

    found = await by_id(context, "p1")

    assert found is not None
    assert found.state is IdentityState.CANDIDATE
    assert (found.keys, found.apart) == ((a_key(hr),), (a_key(finance),))
    assert [link.level for link in found.links or ()] == ["CERTAIN", "MEDIUM"]


async def test_a_confirmed_candidate_is_linked() -> None:
    finance = holding(FIN)
    confirmed = a_link(a_key(finance), MatchLevel.LOW, confirmed_by="steward")
    context = a_context(people=LinkedPeople([a_linked_person(confirmed)]))

    found = await by_id(context, "p1")

    assert found is not None
    assert (found.state, found.keys) == (IdentityState.LINKED, (a_key(finance),))


async def test_a_person_whose_links_have_all_ended_is_unlinked() -> None:
    context = a_context(people=LinkedPeople([a_linked_person()]))

    found = await by_id(context, "p1")

    assert found is not None
    assert (found.state, found.keys, found.links) == (IdentityState.UNLINKED, (), ())


async def test_the_id_of_an_unlinked_person_finds_the_rows_of_all_sources_again() -> None:
    hr, establishment = holding(HR), holding(EST)
    context = a_context(hr, establishment)

    found = await by_id(context, sealed(establishment))

    assert found is not None
    assert found.keys == (a_key(establishment), a_key(hr))
    assert found.id == sealed(establishment)
    assert context.aliases == {}


async def test_the_id_of_a_following_row_answers_as_the_leading_one_and_says_so() -> None:
    hr, establishment = holding(HR), holding(EST)
    context = a_context(hr, establishment)

    found = await by_id(context, sealed(hr))

    assert found is not None
    assert context.aliases == {encode_id(PERSON, sealed(hr)): public_person_id(found)}
    assert found.id == sealed(establishment)


async def test_a_row_whose_number_is_spelled_in_no_searched_way_still_belongs_to_it() -> None:
    dirty, establishment = holding(HR, stored=DIRTY), holding(EST)

    found = await by_id(a_context(dirty, establishment), sealed(dirty))

    assert found is not None
    assert set(found.keys) == {a_key(dirty), a_key(establishment)}


async def test_in_a_conflict_the_row_asked_by_its_id_answers() -> None:
    hr, establishment = holding(HR, "张三"), holding(EST, "李四")
    context = a_context(hr, establishment)

    found = await by_id(context, sealed(hr))

    assert found is not None
    assert found.state is IdentityState.CONFLICT
    assert (found.keys, found.apart) == ((a_key(hr),), (a_key(establishment),))
    assert (found.id, context.aliases) == (sealed(hr), {})


async def test_an_unlinked_person_linked_since_answers_as_that_person_and_says_so() -> None:
    hr = holding(HR)
    context = a_context(hr, people=LinkedPeople([a_linked_person(a_key(hr))]))

    found = await by_id(context, sealed(hr))

    assert found is not None
    assert found.id == "p1"
    assert context.aliases == {encode_id(PERSON, sealed(hr)): encode_id(PERSON, "p1")}
    assert hr.calls == 0


async def test_an_unlinked_row_without_a_number_stands_alone() -> None:
    hr = CitySource(HR, [Stored("1", {PERSON_NAME: "张三", ID_NUMBER: None})])

    found = await by_id(a_context(hr, holding(EST)), sealed(hr))

    assert found is not None
    assert found.keys == (a_key(hr),)


async def test_an_unlinked_row_that_is_gone_is_nobody() -> None:
    gone = CitySource(HR, also=[PERSON_NAME, ID_NUMBER])

    assert await by_id(a_context(gone), sealed(gone)) is None


async def test_a_forged_sealed_id_and_one_of_a_unit_are_refused() -> None:
    hr = holding(HR)

    for local in ("~forged", sealed_id(EntityKind.UNIT, a_key(hr), SEALS)):
        with pytest.raises(BadInputError, match="not the id of a person"):
            await by_id(a_context(hr), local)
