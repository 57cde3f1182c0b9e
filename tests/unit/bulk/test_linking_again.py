"""The second run and those after it: what they read, what they notice, what they must not lose."""

from dataclasses import replace

import pytest

from adapters.port import LINK_KEY
from bulk import population
from bulk.approach import Why
from bulk.linking import CityLinks, link_city
from bulk.reports import Outcome, Stage, Step
from domain.catalogue.handles import FORMER_NAME, ID_NUMBER, PERSON_NAME
from domain.identity.id_numbers import check_character
from domain.identity.link_keys import MOST_RECORDS
from domain.model.departments import Department
from domain.model.keys import EntityKind, SourceName
from domain.model.tally import Tally
from store.database import Store
from store.people import PersonAsk
from store.recording import Recorded, Stamp
from tests.support.changing import FIRST_VERSION, reread
from tests.support.fakes import FakeRow, FakeSource
from tests.support.linking import (
    LATER,
    NOW,
    OTHER,
    a_person,
    a_unit,
    link,
    persons,
)

pytestmark = pytest.mark.timeout(60)
NOBODY_CHANGED = Recorded()


def number_of(place: int) -> str:
    stem = f"37070219850315{place:03}"
    return stem + check_character(stem)


def stamped(row: FakeRow, version: int) -> FakeRow:
    return replace(row, version=FIRST_VERSION + version)


def a_city(people: int = 60) -> list[FakeSource]:
    """The same persons in four departments, all rows stamped one after another."""
    names = ["张三", "李四", "王五"]
    return [
        FakeSource(
            each,
            [
                stamped(a_person(f"{i:03}", number_of(i), names[i % 3], "A"), i)
                for i in range(people)
            ],
            [stamped(a_unit("A"), 1)] if each is Department.ESTABLISHMENT else [],
            versioned=True,
        )
        for each in Department
    ]


def whys(done: CityLinks) -> dict[SourceName, str | None]:
    return {each.source: each.why for each in done.people.readings}


async def test_a_second_run_reads_next_to_nothing_and_changes_nothing(store: Store) -> None:
    city = a_city()
    first = await link(store, *city)
    reread(city)

    second = await link(store, *city, now=LATER)

    assert set(whys(first).values()) == {Why.FIRST}
    assert set(whys(second).values()) == {None}
    # The newest row of every source, and the one unit; nothing by key.
    assert reread(city) == (len(city) + 1, 0)
    assert second.people.changes == second.units.changes == NOBODY_CHANGED
    assert second.people.counts == first.people.counts
    assert second.units.counts == first.units.counts


async def test_a_changed_record_is_judged_with_all_of_its_person(store: Store) -> None:
    city = a_city()
    await link(store, *city)
    reread(city)
    city[0].people[7] = stamped(a_person("007", number_of(7), "赵六", "A"), 100)

    done = await link(store, *city, now=LATER)

    assert reread(city) == (5 + 1, 4)
    assert done.people.of(Outcome.CONFLICT) in {1, 3}
    assert done.people.changes.opened == done.people.changes.closed


async def test_the_first_run_after_much_changed_reads_everything(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "AT_LEAST", 10)
    city = a_city()
    await link(store, *city)
    for i, row in enumerate(city[1].people):
        city[1].people[i] = stamped(row, 100 + i)
    for i, row in enumerate(city[1].people):
        city[1].people[i] = replace(row, values={**row.values, PERSON_NAME: "新名"})

    done = await link(store, *city, now=LATER)

    assert set(whys(done).values()) == {Why.MUCH}
    assert done.people.of(Outcome.CONFLICT) == len(city[1].people)


async def test_a_record_that_went_is_noticed_by_the_count(store: Store) -> None:
    city = a_city()
    await link(store, *city)
    del city[2].people[5]

    done = await link(store, *city, now=LATER)

    assert whys(done)[city[2].source] is Why.COUNT
    assert [why for why in whys(done).values() if why] == [Why.COUNT]
    assert done.people.changes == Recorded(closed=1)


async def test_so_is_one_that_came_with_an_old_version_when_another_went(store: Store) -> None:
    city = a_city()
    await link(store, *city)
    city[2].people[5] = stamped(a_person("new", number_of(200), "赵六", "A"), 100)

    done = await link(store, *city, now=LATER)

    assert whys(done)[city[2].source] is Why.COUNT
    assert done.people.changes == Recorded(owners=1, opened=1, closed=1)


async def test_a_record_without_a_version_counts_as_changed(store: Store) -> None:
    city = a_city()
    city[1].people[3] = replace(city[1].people[3], version=None)
    await link(store, *city)
    row = city[1].people[3]
    city[1].people[3] = replace(row, values={**row.values, PERSON_NAME: "赵六"})

    done = await link(store, *city, now=LATER)

    assert whys(done)[city[1].source] is None
    assert done.people.of(Outcome.CONFLICT) == 1


async def test_a_department_without_versions_is_read_whole_and_the_others_are_not(
    store: Store,
) -> None:
    city = a_city()
    city[3].versioned = False
    await link(store, *city)
    reread(city)
    city[3].people[9] = a_person("009", number_of(9), "赵六", "A")

    done = await link(store, *city, now=LATER)

    assert whys(done)[city[3].source] is Why.NO_VERSION
    assert city[3].streamed == len(city[3].people)
    assert sum(each.streamed for each in city[:3]) == 3 + 1
    assert done.people.of(Outcome.CONFLICT) == 1


async def test_another_mapping_has_its_source_read_whole(store: Store) -> None:
    city = a_city()
    await link(store, *city)
    city[0].mapping = "2"

    done = await link(store, *city, now=LATER)

    assert {name for name, why in whys(done).items() if why} == {city[0].source}
    assert whys(done)[city[0].source] is Why.MAPPING
    assert done.people.changes == NOBODY_CHANGED


async def test_a_further_source_has_everything_judged_anew(store: Store) -> None:
    city = a_city()
    await link(store, *city[:3])

    done = await link(store, *city, now=LATER)

    assert set(whys(done).values()) == {Why.RULES, Why.FIRST}
    assert done.people.changes.opened == len(city[3].people)


async def test_full_reads_everything(store: Store) -> None:
    city = a_city()
    await link(store, *city)

    done = await link(store, *city, now=LATER, full=True)

    assert set(whys(done).values()) == {Why.ASKED}
    assert done.people.changes == NOBODY_CHANGED


async def test_a_run_that_was_cut_off_is_made_up_for(store: Store) -> None:
    class Impatient:
        def report(self, step: Step) -> None:
            if step.stage is Stage.MATCH:
                raise KeyboardInterrupt

    city = a_city()
    await link(store, *city)
    city[0].people[7] = stamped(a_person("007", number_of(7), "赵六", "A"), 100)
    marks = await store.records(EntityKind.PERSON).marks()

    with pytest.raises(KeyboardInterrupt):
        await link_city(city, store, now=LATER, progress=Impatient())

    assert await store.records(EntityKind.PERSON).marks() == marks
    done = await link(store, *city, now=LATER)
    assert done.people.of(Outcome.CONFLICT) in {1, 3}


async def test_what_changed_while_a_department_was_away_is_judged_when_it_is_back(
    store: Store,
) -> None:
    city = a_city()
    await link(store, *city)
    city[0].people.append(stamped(a_person("new", number_of(200), "赵六", "A"), 100))
    city[1].go_down()
    waiting = await link(store, *city, now=LATER)
    city[1].down = None

    done = await link(store, *city, now=LATER)

    assert waiting.people.of(Outcome.WAITING) == 1
    assert waiting.people.changes == NOBODY_CHANGED
    assert done.people.changes == Recorded(owners=1, opened=1)


async def test_an_earlier_name_that_came_without_a_version_settles_a_dispute(store: Store) -> None:
    city = a_city()
    city[2].people[7] = stamped(a_person("007", number_of(7), "赵六", "A"), 7)
    city[3].people[0] = replace(
        city[3].people[0], values={**city[3].people[0].values, FORMER_NAME: ()}
    )
    before = await link(store, *city)
    for i in (0, 1, 3):
        row = city[i].people[7]
        city[i].people[7] = replace(row, values={**row.values, FORMER_NAME: ("赵六",)})

    done = await link(store, *city, now=LATER)

    assert before.people.of(Outcome.CONFLICT) == 1
    assert set(whys(done).values()) == {None}
    assert done.people.of(Outcome.CONFLICT) == 0


async def test_a_link_that_somebody_ended_is_begun_again(store: Store) -> None:
    city = a_city()
    await link(store, *city)
    (found,) = await store.people.list_open(city[0].source, limit=1)
    await store.people.close([found.id], Stamp("somebody", NOW))

    done = await link(store, *city, now=LATER)

    assert done.people.changes == Recorded(opened=1)


async def test_a_new_unit_has_persons_read_whole(store: Store) -> None:
    city = a_city()
    await link(store, *city)
    office = next(each for each in city if each.units)
    office.units.append(stamped(a_unit("B"), 2))

    done = await link(store, *city, now=LATER)

    assert set(whys(done).values()) == {Why.UNITS}
    assert done.units.changes == Recorded(owners=1, opened=1)
    assert done.people.changes == NOBODY_CHANGED


@pytest.mark.parametrize("more", [0, 1, 5])
async def test_a_word_for_no_link_key_is_noticed_when_it_becomes_one(
    store: Store, more: int
) -> None:
    hr = FakeSource(
        Department.HR,
        [keyed(f"h{i}", f"人{i}") for i in range(MOST_RECORDS - 1)],
        link_key="staffNo",
        versioned=True,
    )
    finance = FakeSource(Department.FINANCE, [], link_key="staffNo", versioned=True)
    hr.people.append(stamped(a_person("x", OTHER), 200))
    await link(store, hr, finance)
    hr.people += [keyed(f"n{i}", "新人") for i in range(more)]
    finance.people.append(keyed("f", "人0"))

    by_changes = await link(store, hr, finance, now=LATER)
    by_all = await link(store, hr, finance, now=LATER, full=True)

    assert by_all.people.changes == NOBODY_CHANGED
    assert by_changes.people.counts == by_all.people.counts


def keyed(key: str, name: str) -> FakeRow:
    return FakeRow(key, {PERSON_NAME: name, ID_NUMBER: "", LINK_KEY: "none"}, version=None)


async def test_a_department_that_breaks_off_while_read_by_key_counts_as_unread(
    store: Store,
) -> None:
    class Cut(FakeSource):
        async def read(self, order: object, tally: Tally) -> list[object]:  # type: ignore[override]
            self.go_down()
            return await FakeSource.read(self, order, tally)  # type: ignore[arg-type, return-value]

    city = a_city()
    await link(store, *city)
    before = await persons(store, *city)
    source = city[1]
    cut = Cut(
        source.department, source.people, source.units, versioned=True, mapping=source.mapping
    )
    changed = stamped(a_person("007", number_of(7), "赵六", "A"), 100)
    city[0].people[7] = changed

    done = await link(store, city[0], cut, city[2], city[3], now=LATER)

    assert [each.source for each in done.unread] == [source.source]
    assert await persons(store, *city) >= before - {
        group for group in before if any(key.text == "007" for key in group)
    }
    (found,) = await store.people.find([PersonAsk(id_number=number_of(7))], Tally())
    assert found is not None
    assert source.source in {each.key.source for each in found.links}


async def test_a_clock_that_went_back_leaves_no_judgement_that_ends_before_it_began(
    store: Store,
) -> None:
    city = a_city()
    await link(store, *city, now=LATER)
    city[0].people[7] = stamped(a_person("007", number_of(7), "赵六", "A"), 100)

    done = await link(store, *city, now=NOW)
    again = await link(store, *city, now=LATER)

    assert done.people.changes.opened == done.people.changes.closed > 0
    assert again.people.changes == NOBODY_CHANGED
    (found,) = await store.people.find([PersonAsk(id_number=number_of(7))], Tally())
    assert found is not None
    assert len(found.links) == len(city)
    assert all(each.valid_from <= (each.valid_to or LATER) for each in (*found.links, *found.past))
