"""What linking saw of records, on SQLite and PostgreSQL: kept, changed, forgotten, and marked."""

from dataclasses import replace

import pytest

from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey, SourceName
from store.database import Store
from store.records import Fate, LinkRecords, Mark, Seen, SeenRecord
from tests.support.links import STEWARD, a_link, link_person

HR = SourceName("hr")
MARK = Mark("number 7", "r", "m", "u")


@pytest.fixture(name="records")
def _records(store: Store) -> LinkRecords:
    return store.records(EntityKind.PERSON)


def a_record(store: Store, text: str = "h1", *, personal: bool = False) -> SeenRecord:
    key = LocalKey(Department.HR, HR, text)
    hashes = [store.records(EntityKind.PERSON).hashed(text, each) for each in "cnsb"]
    return SeenRecord(
        Seen(key, store.people.key_index(key), personal, *hashes),
        Fate("CERTAIN", double=True, linked=True, disputed=True),
    )


@pytest.mark.parametrize("personal", [False, True])
async def test_a_record_is_found_by_all_that_it_is_known_by(
    store: Store, records: LinkRecords, *, personal: bool
) -> None:
    kept, other = a_record(store, personal=personal), a_record(store, "h2")
    seen = kept.seen
    assert seen.number
    assert seen.shared
    assert seen.block

    await records.write([kept, other])

    assert await records.of_keys(HR, [seen.key_hash]) == {seen.key_hash: kept}
    assert await records.of_numbers([seen.number]) == [kept]
    assert await records.of_shared([seen.shared]) == [kept]
    assert await records.of_blocks([seen.block, "0" * 32]) == [kept]
    assert await records.sizes_of_shared([seen.shared]) == {seen.shared: 1}
    assert await records.count(HR) == 2
    assert await records.totals() == [(HR, Fate("CERTAIN", double=True), 2)]
    assert {each.seen.key.text for each in await records.disputed(9)} == {"h1", "h2"}
    assert await store.records(EntityKind.UNIT).count(HR) == 0


async def test_a_record_changes_and_goes(store: Store, records: LinkRecords) -> None:
    one, two = a_record(store), a_record(store, "h2")
    await records.write([one, two])
    changed = SeenRecord(replace(one.seen, content="f" * 32, number=None), Fate("UNUSABLE"))

    await records.write([changed], gone=[two])

    page = await records.page(HR, "")
    assert page == [changed]
    assert await records.page(HR, page[-1].seen.key_hash) == []


async def test_marks_hold_until_a_record_is_written(store: Store, records: LinkRecords) -> None:
    await records.write([a_record(store)])
    await records.mark({HR: MARK})

    await records.write([a_record(store)])
    unchanged = await records.marks()
    await records.write([a_record(store, "h2")])

    assert unchanged == {HR: MARK}
    assert await records.marks() == {}


async def test_marks_of_persons_and_units_are_apart(store: Store, records: LinkRecords) -> None:
    units = store.records(EntityKind.UNIT)
    await records.mark({HR: MARK})
    await units.mark({HR: replace(MARK, version=None)})

    await records.mark({HR: replace(MARK, version="number 8")})

    assert await records.marks() == {HR: replace(MARK, version="number 8")}
    assert await units.marks() == {HR: replace(MARK, version=None)}


async def test_a_linked_record_without_a_link_in_force_is_told(
    store: Store, records: LinkRecords
) -> None:
    link = a_link(Department.HR)
    await link_person(store, link)
    seen = replace(a_record(store).seen, key=link.key, key_hash=link.key_hash)
    await records.write([SeenRecord(seen, Fate("CERTAIN", linked=True))])
    before = await records.unlinked(5)
    (found,) = await store.people.in_force([link.key_hash])

    await store.people.close([found.id], STEWARD)

    assert before == []
    assert [each.seen.key_hash for each in await records.unlinked(5)] == [link.key_hash]
