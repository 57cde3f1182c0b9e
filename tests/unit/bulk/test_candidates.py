"""Records without a valid number: whose they may be, judged and never linked by themselves."""

from pathlib import Path

import pytest

from bulk.reports import Outcome
from domain.model.departments import Department
from domain.model.tally import Tally
from store.database import Store
from store.people import PersonAsk
from store.recording import Recorded
from tests.support.fakes import FakeSource
from tests.support.linking import (
    LATER,
    NUMBER,
    OTHER,
    USCC_A,
    a_key,
    a_person,
    a_unit,
    everything_in,
    levels,
    link,
    persons,
)

pytestmark = pytest.mark.timeout(60)
ONE_DIGIT = NUMBER[:15] + "9" + NUMBER[16:]


def a_city() -> tuple[FakeSource, FakeSource, FakeSource]:
    """An office with unit A, which HR calls 30 and finance 100."""
    return (
        FakeSource(Department.ESTABLISHMENT, [a_person("e", unit="A")], [a_unit("A", USCC_A)]),
        FakeSource(Department.HR, [], [a_unit("30", USCC_A)]),
        FakeSource(Department.FINANCE, [], [a_unit("100", None, "A")]),
    )


@pytest.mark.parametrize(
    ("number", "level"), [(ONE_DIGIT, "MEDIUM"), ("12345", "MEDIUM"), ("", "LOW")]
)
async def test_a_record_without_a_valid_number_waits_for_confirmation(
    store: Store, number: str, level: str
) -> None:
    office, hr, finance = a_city()
    finance.people.append(a_person("f", number, "张 三", unit="100"))

    done = await link(store, office, hr, finance)

    (found,) = await store.people.find([PersonAsk(id_number=NUMBER)], Tally())
    assert found is not None
    assert [each.key for each in found.links] == [a_key(office, "e"), a_key(finance, "f")]
    assert await levels(store, office, finance) == {"e": "CERTAIN", "f": level}
    assert await persons(store, office, finance) == {frozenset({a_key(office, "e")})}
    assert done.people.of(Outcome(level)) == 1


@pytest.mark.parametrize(("name", "unit"), [("李四", "100"), ("张三", "200"), ("张三", "")])
async def test_another_name_or_unit_makes_no_candidate(store: Store, name: str, unit: str) -> None:
    office, hr, finance = a_city()
    finance.people.append(a_person("f", "", name, unit=unit))

    done = await link(store, office, hr, finance)

    assert await levels(store, office, finance) == {"e": "CERTAIN"}
    assert done.people.of(Outcome.UNUSABLE) == 1


async def test_a_record_that_may_be_two_persons_is_a_conflict_of_its_own(store: Store) -> None:
    office, hr, finance = a_city()
    office.people.append(a_person("e2", OTHER, unit="A"))
    finance.people.append(a_person("f", "", unit="100"))

    done = await link(store, office, hr, finance)
    again = await link(store, office, hr, finance, now=LATER)

    (found,) = await store.people.find([PersonAsk(key=a_key(finance, "f"))], Tally())
    assert found is not None
    assert [(each.key.text, each.level, each.evidence) for each in found.links] == [
        ("f", "CONFLICT", ("TWO_PERSONS",))
    ]
    assert done.people.of(Outcome.CONFLICT) == 1
    assert again.people.changes == Recorded()


async def test_candidates_are_the_same_the_second_time(store: Store) -> None:
    office, hr, finance = a_city()
    finance.people.append(a_person("f", ONE_DIGIT, unit="100"))
    await link(store, office, hr, finance)

    again = await link(store, hr, finance, office, now=LATER)

    assert again.people.changes == Recorded()
    assert again.people.of(Outcome.MEDIUM) == 1


async def test_a_number_that_goes_wrong_lets_the_link_fall_to_a_candidate(store: Store) -> None:
    office, hr, finance = a_city()
    finance.people.append(a_person("f", unit="100"))
    await link(store, office, hr, finance)

    finance.people[0] = a_person("f", ONE_DIGIT, unit="100")
    done = await link(store, office, hr, finance, now=LATER)

    assert done.people.changes == Recorded(opened=1, closed=1)
    assert await levels(store, office) == {"e": "CERTAIN", "f": "MEDIUM"}


async def test_a_candidate_outlives_an_outage_of_the_person_s_source(store: Store) -> None:
    office, hr, finance = a_city()
    finance.people.append(a_person("f", "", unit="100"))
    await link(store, office, hr, finance)

    office.go_down()
    done = await link(store, office, hr, finance, now=LATER)

    assert done.people.changes == Recorded()
    assert await levels(store, office, finance) == {"e": "CERTAIN", "f": "LOW"}


async def test_wrong_numbers_are_not_kept_in_clear(store: Store, tmp_path: Path) -> None:
    office, hr, finance = a_city()
    finance.people.append(a_person("f", ONE_DIGIT, unit="100"))

    await link(store, office, hr, finance)

    assert ONE_DIGIT.encode() not in everything_in(tmp_path)
