"""Finding a unit by id, standard code, credit code, or a department's own code."""

import pytest

from domain.catalogue.handles import UNIT_CODE, UNIT_NAME, USCC
from domain.model.departments import RECORD_ORDER, Department
from domain.model.errors import BadInputError
from domain.model.global_ids import PERSON, UNIT, encode_id
from domain.model.keys import EntityKind, UnitId
from domain.model.subjects import IdentityState, Subject
from resolvers.context import RequestContext
from resolvers.subjects import sealed_id
from resolvers.units import find_unit, find_unit_by_key
from tests.unit.resolvers.city import (
    SEALS,
    CitySource,
    LinkedUnits,
    Stored,
    a_context,
    a_key,
    a_linked_unit,
)

ORG, EST, FIN, HR = RECORD_ORDER
USCC_370702 = "11370702004260002K"


def keeping(
    department: Department, *keys: str, uscc: str = USCC_370702, name: str = "", at: str = ""
) -> CitySource:
    """A source with units of one credit code; `at` is the division it covers."""
    rows = [Stored(key, {UNIT_CODE: key, USCC: uscc, UNIT_NAME: f"单位{key}"}) for key in keys]
    return CitySource(
        department, units=rows, name=name, divisions=(at,) if at else (), also=[UNIT_CODE, USCC]
    )


async def by_code(context: RequestContext, code: str) -> Subject | None:
    return await find_unit(context, None, code, None)


async def by_credit_code(context: RequestContext, code: str = USCC_370702) -> Subject | None:
    return await find_unit(context, None, None, code)


async def by_id(context: RequestContext, local: str) -> Subject | None:
    return await find_unit(context, encode_id(UNIT, local), None, None)


def sealed(source: CitySource, key: str) -> str:
    return sealed_id(EntityKind.UNIT, a_key(source, key), SEALS)


@pytest.mark.parametrize(
    "given", [(None, None, None), ("x", "U1", None), (None, "U1", USCC_370702), ("a", "b", "c")]
)
async def test_exactly_one_argument_is_wanted(given: tuple[str | None, ...]) -> None:
    with pytest.raises(BadInputError, match="exactly one"):
        await find_unit(a_context(), *given)


@pytest.mark.parametrize("code", ["", "  ", "U\x001", "U" * 65])
async def test_a_code_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(BadInputError):
        await by_code(a_context(), code)


@pytest.mark.parametrize("code", ["1", "11370702004260002KK", ""])
async def test_a_credit_code_of_another_length_is_refused(code: str) -> None:
    with pytest.raises(BadInputError):
        await by_credit_code(a_context(), code)


@pytest.mark.parametrize("public_id", ["", "u1", encode_id(PERSON, "p1")])
async def test_a_malformed_or_foreign_id_is_refused(public_id: str) -> None:
    with pytest.raises(BadInputError, match="not the id of a unit"):
        await find_unit(a_context(), public_id, None, None)


async def test_a_linked_unit_is_found_by_code_without_asking_a_department() -> None:
    establishment = keeping(EST, "U1")
    links = LinkedUnits([a_linked_unit(a_key(establishment, "U1"))], {"U1": UnitId("u1")})
    context = a_context(establishment, units=links)

    found = await by_code(context, " U1 ")

    assert found is not None
    assert (found.id, found.keys) == ("u1", (a_key(establishment, "U1"),))
    assert establishment.calls == 0


async def test_a_past_code_leads_to_the_unit_that_had_it() -> None:
    links = LinkedUnits([a_linked_unit()], {"OLD": UnitId("u1")})

    found = await by_code(a_context(units=links), "OLD")

    assert found is not None
    assert found.id == "u1"


async def test_an_unlinked_code_is_looked_for_at_the_establishment_office_only() -> None:
    establishment, organization = keeping(EST, "U1"), keeping(ORG, "U1")

    found = await by_code(a_context(establishment, organization), "U1")

    assert found is not None
    assert (found.state, found.keys) == (IdentityState.UNLINKED, (a_key(establishment, "U1"),))
    assert found.id == sealed(establishment, "U1")
    assert organization.calls == 0


async def test_an_unknown_code_is_no_unit() -> None:
    assert await by_code(a_context(keeping(EST, "U1")), "U9") is None


async def test_a_code_is_not_found_while_the_establishment_office_is_down() -> None:
    establishment = keeping(EST, "U1")
    establishment.is_down = True
    context = a_context(establishment)

    assert await by_code(context, "U1") is None
    assert list(context.reads.troubles.by_source) == [establishment.source]


async def test_a_credit_code_is_looked_for_at_the_first_living_holder_only() -> None:
    establishment, hr, finance = keeping(EST), keeping(HR, "H1"), keeping(FIN, "F1")
    establishment.is_down = True

    found = await by_credit_code(a_context(establishment, hr, finance))

    assert found is not None
    assert found.keys == (a_key(hr, "H1"),)
    assert finance.calls == 0


async def test_a_living_holder_without_the_credit_code_ends_the_search() -> None:
    establishment, hr = keeping(EST), keeping(HR, "H1")

    assert await by_credit_code(a_context(establishment, hr)) is None
    assert hr.calls == 0


async def test_of_several_sources_the_one_that_covers_the_division_is_asked_alone() -> None:
    near, far = keeping(EST, "N1", name="a", at="370702"), keeping(EST, "F1", name="b", at="370703")

    found = await by_credit_code(a_context(near, far))

    assert found is not None
    assert found.keys == (a_key(near, "N1"),)
    assert far.calls == 0


async def test_the_other_sources_are_asked_where_the_covering_one_lacks_the_code() -> None:
    near, far = keeping(EST, name="a", at="370702"), keeping(EST, "F1", name="b", at="370703")

    found = await by_credit_code(a_context(near, far))

    assert found is not None
    assert found.keys == (a_key(far, "F1"),)
    assert (near.calls, far.calls) == (1, 1)


async def test_a_department_lives_while_one_of_its_sources_does() -> None:
    near, far = keeping(EST, name="a", at="370702"), keeping(EST, name="b", at="370703")
    near.is_down, hr = True, keeping(HR, "H1")

    assert await by_credit_code(a_context(near, far, hr)) is None
    assert hr.calls == 0


async def test_a_credit_code_is_found_in_either_case_and_width() -> None:
    establishment = keeping(EST, "U1", uscc=USCC_370702.lower())
    context = a_context(establishment)

    found = [
        await by_credit_code(context, c) for c in (USCC_370702, "１" + USCC_370702[1:].lower())
    ]

    assert [subject and subject.keys[0].text for subject in found] == ["U1", "U1"]


async def test_a_unit_found_by_credit_code_answers_with_all_its_links() -> None:
    establishment, finance = keeping(EST, "U1"), keeping(FIN, "101")
    keys = (a_key(establishment, "U1"), a_key(finance, "101"))
    context = a_context(establishment, finance, units=LinkedUnits([a_linked_unit(*keys)]))

    found = await by_credit_code(context)

    assert found is not None
    assert (found.id, found.keys) == ("u1", keys)


async def test_two_units_of_one_credit_code_answer_with_the_first_key() -> None:
    found = await by_credit_code(a_context(keeping(EST, "U2", "U1")))

    assert found is not None
    assert found.keys[0].text == "U1"


async def test_an_id_that_was_merged_away_answers_with_its_successor_and_says_so() -> None:
    context = a_context(units=LinkedUnits([a_linked_unit()], aliases={"u0": UnitId("u1")}))

    found = await by_id(context, "u0")

    assert found is not None
    assert context.aliases == {encode_id(UNIT, "u0"): encode_id(UNIT, "u1")}


async def test_an_id_that_nobody_has_is_none() -> None:
    assert await by_id(a_context(), "u9") is None


async def test_a_credit_code_that_no_department_keeps_is_none() -> None:
    assert await by_credit_code(a_context(CitySource(EST), CitySource(HR))) is None


async def test_an_unlinked_unit_is_found_again_by_its_id() -> None:
    establishment = keeping(EST, "U1")
    context = a_context(establishment)

    found = await by_id(context, sealed(establishment, "U1"))

    assert found is not None
    assert (found.id, found.keys) == (sealed(establishment, "U1"), (a_key(establishment, "U1"),))
    assert context.aliases == {}


async def test_an_unlinked_unit_that_is_gone_is_none() -> None:
    establishment = keeping(EST, "U1")

    assert await by_id(a_context(establishment), sealed(establishment, "U9")) is None


async def test_an_unlinked_unit_linked_since_answers_as_that_unit_and_says_so() -> None:
    establishment = keeping(EST, "U1")
    links = LinkedUnits([a_linked_unit(a_key(establishment, "U1"))])
    context = a_context(establishment, units=links)

    found = await by_id(context, sealed(establishment, "U1"))

    assert found is not None
    assert found.id == "u1"
    asked = encode_id(UNIT, sealed(establishment, "U1"))
    assert context.aliases == {asked: encode_id(UNIT, "u1")}


async def test_a_forged_sealed_id_and_one_of_a_person_are_refused() -> None:
    establishment = keeping(EST, "U1")
    of_a_person = sealed_id(EntityKind.PERSON, a_key(establishment, "U1"), SEALS)

    for local in ("~forged", of_a_person):
        with pytest.raises(BadInputError, match="not the id of a unit"):
            await by_id(a_context(establishment), local)


async def test_a_departments_own_code_leads_to_the_linked_unit_or_to_none() -> None:
    finance = keeping(FIN, "101")
    context = a_context(finance, units=LinkedUnits([a_linked_unit(a_key(finance, "101"))]))

    linked = await find_unit_by_key(context, a_key(finance, "101"))

    assert linked is not None
    assert linked.id == "u1"
    assert await find_unit_by_key(context, a_key(finance, "999")) is None
    assert finance.calls == 0
