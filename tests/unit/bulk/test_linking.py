"""Linking persons: who becomes one, what a second run does, and what is kept."""

from pathlib import Path

import pytest

from bulk.linking import link_city
from bulk.reports import Outcome, Stage, Step
from domain.catalogue.handles import FORMER_NAME, ID_NUMBER, PERSON_NAME
from domain.model.departments import Department
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from store.database import Store
from store.people import PersonAsk
from store.recording import Recorded
from tests.support.fakes import FakeRow, FakeSource
from tests.support.linking import (
    LATER,
    NOW,
    NUMBER,
    OLD_FORM,
    OTHER,
    USCC_A,
    a_key,
    a_person,
    a_unit,
    everything_in,
    levels,
    link,
    persons,
    units,
)

pytestmark = pytest.mark.timeout(60)


async def test_one_number_in_its_many_spellings_and_one_name_are_one_person(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f", OLD_FORM, "张 三")])
    organization = FakeSource(
        Department.ORGANIZATION, [a_person("o", f" {NUMBER[:6]} {NUMBER[6:]}")]
    )

    done = await link(store, hr, finance, organization)

    assert await persons(store, hr) == {
        frozenset({a_key(hr, "h"), a_key(finance, "f"), a_key(organization, "o")})
    }
    assert done.people.changes == Recorded(owners=1, opened=3)
    assert done.people.of(Outcome.CERTAIN) == 3


async def test_a_person_whom_one_department_knows_is_linked_too(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])

    await link(store, hr)

    (found,) = await store.people.find([PersonAsk(id_number=NUMBER)], Tally())
    assert found is not None
    assert [each.evidence for each in found.links] == [("ID_NUMBER",)]


async def test_a_strange_name_stands_apart_and_the_others_are_linked(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h"), a_person("x", OTHER)])
    finance = FakeSource(Department.FINANCE, [a_person("f", name="李四")])
    organization = FakeSource(Department.ORGANIZATION, [a_person("o")])

    done = await link(store, hr, finance, organization)

    assert await persons(store, hr, finance, organization) == {
        frozenset({a_key(hr, "x")}),
        frozenset({a_key(hr, "h"), a_key(organization, "o")}),
    }
    assert (await levels(store, hr, finance))["f"] == "CONFLICT"
    assert done.people.of(Outcome.CONFLICT) == 1
    assert done.people.counts[Outcome.CONFLICT, Department.FINANCE] == 1


async def test_of_two_names_the_driver_s_stands(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f", name="李四")])

    await link(store, finance, hr)

    assert await levels(store, finance, hr) == {"h": "CERTAIN", "f": "CONFLICT"}


async def test_names_that_are_alike_are_linked_as_high(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h", name="李峰")])
    finance = FakeSource(Department.FINANCE, [a_person("f", name="李峯")])

    done = await link(store, hr, finance)

    assert await persons(store, hr) == {frozenset({a_key(hr, "h"), a_key(finance, "f")})}
    assert await levels(store, hr) == {"h": "CERTAIN", "f": "HIGH"}
    assert done.people.of(Outcome.HIGH) == 1


async def test_a_name_given_up_links_as_high(store: Store) -> None:
    row = a_person("h")
    hr = FakeSource(
        Department.HR, [FakeRow(row.key, {**row.values, FORMER_NAME: ("张红卫", "张三")})]
    )
    finance = FakeSource(Department.FINANCE, [a_person("f", name="张红卫")])

    await link(store, hr, finance)

    assert await levels(store, hr) == {"h": "CERTAIN", "f": "HIGH"}


@pytest.mark.parametrize("number", ["370702198503151233", "", "370702680312998", "12345"])
async def test_a_number_that_cannot_be_links_nobody(store: Store, number: str) -> None:
    hr = FakeSource(Department.HR, [a_person("h", number)])
    finance = FakeSource(Department.FINANCE, [a_person("f", number)])

    done = await link(store, hr, finance)

    assert await persons(store, hr, finance) == set()
    assert done.people.of(Outcome.UNUSABLE) == 2


async def test_two_records_of_one_source_are_one_person_and_a_duplicate(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h"), a_person("i", OLD_FORM)])

    done = await link(store, hr)

    assert await persons(store, hr) == {frozenset({a_key(hr, "h"), a_key(hr, "i")})}
    assert done.people.of(Outcome.DUPLICATE) == 1


async def test_twins_that_say_two_things_are_a_conflict(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h"), a_person("h", OTHER), a_person("k", OTHER)])

    done = await link(store, hr)

    assert await persons(store, hr) == {frozenset({a_key(hr, "k")})}
    assert done.people.of(Outcome.CONFLICT) == 1


async def test_twins_that_say_the_same_are_one_record(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h"), a_person("h", OLD_FORM)])

    await link(store, hr)

    assert await persons(store, hr) == {frozenset({a_key(hr, "h")})}


async def test_a_second_run_changes_nothing(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h"), a_person("x", OTHER)], [a_unit("1", USCC_A)])
    office = FakeSource(
        Department.ESTABLISHMENT, [a_person("e")], [a_unit("A", USCC_A), a_unit("B")]
    )
    first = await link(store, hr, office)
    before = await persons(store, hr, office), await units(store, hr, office)

    second = await link(store, office, hr, now=LATER)

    assert first.people.changes.owners == 2
    assert (second.people.changes, second.units.changes) == (Recorded(), Recorded())
    assert (await persons(store, hr, office), await units(store, hr, office)) == before


async def test_a_record_that_is_gone_leaves_a_past_link(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    await link(store, hr, finance)

    finance.people.clear()
    done = await link(store, hr, finance, now=LATER)

    (found,) = await store.people.find([PersonAsk(id_number=NUMBER)], Tally())
    assert found is not None
    assert done.people.changes == Recorded(closed=1)
    assert [past.valid_to for past in found.past] == [LATER]


async def test_a_corrected_number_ends_one_link_and_begins_another(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    await link(store, hr, finance)

    finance.people[0] = a_person("f", OTHER)
    done = await link(store, hr, finance, now=LATER)

    assert await persons(store, hr, finance) == {
        frozenset({a_key(hr, "h")}),
        frozenset({a_key(finance, "f")}),
    }
    assert done.people.changes == Recorded(owners=1, opened=1, closed=1)


async def test_a_conflict_and_its_end_are_new_judgements_on_the_same_person(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    await link(store, hr, finance)
    (before,) = await store.people.find([PersonAsk(id_number=NUMBER)], Tally())

    finance.people[0] = a_person("f", name="李四")
    disputed = await link(store, hr, finance, now=LATER)
    finance.people[0] = a_person("f")
    await link(store, hr, finance, now=LATER)

    (after,) = await store.people.find([PersonAsk(id_number=NUMBER)], Tally())
    assert disputed.people.changes == Recorded(opened=1, closed=1)
    assert before is not None
    assert after is not None
    assert after.person_id == before.person_id
    assert [each.level for each in after.links] == ["CERTAIN", "CERTAIN"]
    assert {each.level for each in after.past} == {"CERTAIN", "CONFLICT"}


async def test_a_source_that_is_down_is_named_and_keeps_its_links(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    await link(store, hr, finance)

    finance.go_down()
    done = await link(store, hr, finance, now=LATER)

    assert [(each.source, each.code) for each in done.people.unread] == [
        ("finance", "SOURCE_UNAVAILABLE")
    ]
    assert done.people.changes == Recorded()
    assert len(await persons(store, hr)) == 1


async def test_an_outage_makes_nobody_certain_whom_the_absent_source_disputes(
    store: Store,
) -> None:
    hr = FakeSource(Department.HR, [a_person("h"), a_person("k", OTHER)])
    finance = FakeSource(Department.FINANCE, [a_person("f", name="李四"), a_person("g", OTHER)])
    await link(store, hr, finance)
    before = await persons(store, hr)

    finance.go_down()
    done = await link(store, hr, finance, now=LATER)

    assert await persons(store, hr) == before
    assert done.people.changes == Recorded()


async def test_a_record_joins_a_linked_person_while_another_source_is_down(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    organization = FakeSource(Department.ORGANIZATION)
    await link(store, hr, finance, organization)

    finance.go_down()
    organization.people.append(a_person("o"))
    done = await link(store, hr, finance, organization, now=LATER)

    assert done.people.changes == Recorded(opened=1)


async def test_a_new_number_waits_while_a_known_source_is_down(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    await link(store, hr, finance)

    finance.go_down()
    hr.people.append(a_person("k", OTHER))
    done = await link(store, hr, finance, now=LATER)

    assert done.people.of(Outcome.WAITING) == 1
    assert done.people.changes == Recorded()


async def test_an_outage_ends_no_dispute_and_begins_none(store: Store) -> None:
    office = FakeSource(Department.ESTABLISHMENT, [a_person("e")])
    hr = FakeSource(Department.HR, [a_person("h", name="李四")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    await link(store, office, hr, finance)
    before = await levels(store, office, hr, finance)

    office.go_down()
    done = await link(store, office, hr, finance, now=LATER)

    assert before == {"e": "CERTAIN", "h": "CONFLICT", "f": "CERTAIN"}
    assert await levels(store, office, hr, finance) == before
    assert done.people.changes == Recorded()


async def test_a_source_that_never_answered_does_not_hold_up_the_others(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    finance.go_down()

    done = await link(store, hr, finance)

    assert done.people.of(Outcome.CERTAIN) == 1


async def test_a_source_that_breaks_off_counts_as_not_read_at_all(store: Store) -> None:
    hr = FakeSource(Department.HR, [a_person("h"), *(a_person(f"{n}", "") for n in range(2500))])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    await link(store, hr, finance)

    hr.breaks_after = 2000
    hr.people[0] = a_person("h", name="李四")
    done = await link(store, hr, finance, now=LATER)

    assert done.people.changes == Recorded()
    assert done.people.of(Outcome.UNUSABLE) == 0
    assert len(done.unread) == 1


async def test_people_keyed_by_their_number_are_linked_and_never_in_clear(
    store: Store, tmp_path: Path
) -> None:
    name = "张金丝雀"
    finance = FakeSource(Department.FINANCE, [a_person(OLD_FORM, name=name)], personal=True)
    hr = FakeSource(Department.HR, [a_person("h", name=name)])

    await link(store, hr, finance)

    written = everything_in(tmp_path)
    assert await persons(store, hr) == {frozenset({a_key(hr, "h"), a_key(finance, OLD_FORM)})}
    assert len(written) > 4096
    for secret in (NUMBER, OLD_FORM, name, NUMBER[6:14], "单位"):
        assert secret.encode() not in written


async def test_a_watcher_hears_of_every_source_and_stage(store: Store) -> None:
    steps: list[Step] = []

    class Watcher:
        def report(self, step: Step) -> None:
            steps.append(step)

    hr = FakeSource(Department.HR, [a_person("h"), a_person("x", OTHER)])
    await link_city([hr], store, now=NOW, progress=Watcher())

    assert Step(Stage.READ, EntityKind.PERSON, "hr", 2) in steps
    assert Step(Stage.MATCH, EntityKind.PERSON, "", 2) in steps
    assert Step(Stage.CLOSE, EntityKind.PERSON, "hr", 2) in steps


async def test_a_source_that_maps_no_number_is_named(store: Store) -> None:
    row = FakeRow("h", {PERSON_NAME: "张三"})
    hr = FakeSource(Department.HR, [row], unmapped=frozenset({ID_NUMBER}))

    done = await link(store, hr)

    assert [(each.code, each.reason) for each in done.people.unread] == [
        ("NOT_MAPPED", "maps no idNumber")
    ]


async def test_a_run_that_was_cut_off_is_finished_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bulk.people.GROUPS_AT_ONCE", 1)
    hr = FakeSource(Department.HR, [a_person("h"), a_person("x", OTHER)])
    finance = FakeSource(Department.FINANCE, [a_person("f"), a_person("g", OTHER)])

    class Impatient:
        def report(self, step: Step) -> None:
            if step.stage is Stage.MATCH:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await link_city([hr, finance], store, now=NOW, progress=Impatient())
    begun = await persons(store, hr, finance)
    rest = await link(store, hr, finance, now=LATER)
    again = await link(store, hr, finance, now=LATER)

    assert len(begun) == 1
    assert rest.people.changes == Recorded(owners=1, opened=2)
    assert begun < await persons(store, hr, finance)
    assert again.people.changes == Recorded()
