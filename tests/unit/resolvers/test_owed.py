"""What a department that does not answer owes is told the same, whatever is asked together."""

import pytest

from domain.catalogue.handles import ESTABLISHMENT_TYPE, PAYROLL_STATUS, PERSON_NAME, POST_TYPE
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import EntityKind, IndicatorName
from domain.model.subjects import IdentityState, Subject
from resolvers.gathering import gather
from resolvers.reading import Reads
from resolvers.wanted import Wanted
from tests.unit.resolvers.city import CitySource, Stored, a_key, reading

ORG, EST, FIN, HR = RECORD_ORDER
ALL = (PERSON_NAME, ESTABLISHMENT_TYPE, PAYROLL_STATUS, POST_TYPE)
Owed = dict[Department, set[str]]


def a_person(sources: list[CitySource]) -> Subject:
    keys = tuple(a_key(source) for source in sources)
    return Subject(EntityKind.PERSON, "p1", IdentityState.LINKED, keys)


def a_city(linked: list[Department], down: set[Department]) -> tuple[Reads, Subject]:
    cells = dict.fromkeys(ALL, "1")
    sources = [CitySource(each, [Stored("1", cells)], is_down=each in down) for each in linked]
    return reading(*sources), a_person(sources)


def owed(reads: Reads) -> Owed:
    troubles = reads.troubles.by_source.values()
    return {trouble.error.department: trouble.fields for trouble in troubles}


@pytest.mark.parametrize(
    ("linked", "names", "expected"),
    [
        pytest.param(
            [EST, FIN],
            [ESTABLISHMENT_TYPE, PAYROLL_STATUS],
            {each: {"Person.occupation", "Person.payroll"} for each in (EST, FIN)},
            id="what another one has left to it after it was lost",
        ),
        pytest.param(
            [HR, ORG, EST],
            [POST_TYPE, PERSON_NAME],
            {EST: {"Person.employment"}, HR: {"Person.basics", "Person.employment"}},
            id="not what it was asked for beside, which another one gave",
        ),
    ],
)
async def test_a_department_owes_the_same_asked_together_or_one_after_the_other(
    linked: list[Department], names: list[IndicatorName], expected: Owed
) -> None:
    together, person = a_city(linked, {*expected})
    apart, _ = a_city(linked, {*expected})

    asks = [(person, Wanted(values=frozenset({name}))) for name in names]
    await gather(together, EntityKind.PERSON, asks)
    for ask in asks:
        await gather(apart, EntityKind.PERSON, [ask])

    assert owed(together) == owed(apart) == expected
