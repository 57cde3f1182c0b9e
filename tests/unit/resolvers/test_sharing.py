"""Reads that are shared and rows that are kept: never another's, never older than a write."""

import asyncio
from dataclasses import replace
from itertools import combinations, islice

import pytest

from adapters.port import ListOrder, PoolFilter, ReadOrder
from domain.catalogue.handles import BANK_ACCOUNT_NO, CIVIL_RANK, PERSON_NAME, PERSON_STATUS
from domain.catalogue.indicators import catalogue
from domain.model.departments import Department
from domain.model.errors import SourceTimeoutError
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.records import Facet
from domain.model.tally import Tally
from resolvers.sharing import LARGE, MOST_SHAPES, Collapse, SharedReader
from tests.support.fakes import READ_AT, FakeRow
from tests.support.sharing import Clock, SlowSource, digest, shared

MANY = 10_000


def a_source(people: int = 3, *, personal: bool = False) -> SlowSource:
    rows = [
        FakeRow(
            f"P{i}",
            {PERSON_NAME: "张", CIVIL_RANK: "19", PERSON_STATUS: "1", BANK_ACCOUNT_NO: "6"},
        )
        for i in range(people)
    ]
    source = SlowSource(Department.HR, people=rows, personal=personal)
    source.gate.set()
    return source


def an_order(*keys: str, names: frozenset[IndicatorName] = frozenset({CIVIL_RANK})) -> ReadOrder:
    return ReadOrder(EntityKind.PERSON, keys or ("P0",), names)


async def under_way(
    reader: SharedReader, *asked: tuple[ReadOrder, Tally]
) -> list["asyncio.Task[list[Facet | None]]"]:
    """Reads that have all begun."""
    tasks = [asyncio.create_task(reader.read(order, tally)) for order, tally in asked]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_a_hundred_callers_send_one_statement_which_the_first_one_pays() -> None:
    source = a_source()
    source.gate.clear()
    reader = shared(source, keeps=False)
    tallies = [Tally() for _ in range(100)]
    tasks = await under_way(reader, *((an_order(), tally) for tally in tallies))

    source.gate.set()
    answers = await asyncio.gather(*tasks)

    assert len(source.orders) == 1
    assert all(answer == answers[0] for answer in answers)
    assert [sum(tally.statements.values()) for tally in tallies] == [1] + [0] * 99
    assert reader.figures.collapsed == 99


@pytest.mark.parametrize(
    "other",
    [
        an_order("P1"),
        an_order("P0", "P1"),
        an_order(names=frozenset({PERSON_STATUS})),
        an_order(names=frozenset({CIVIL_RANK, PERSON_STATUS})),
        replace(an_order(), raw=True),
        replace(an_order(), entity=EntityKind.UNIT),
    ],
    ids=["key", "keys", "indicator", "more indicators", "raw", "entity"],
)
async def test_different_questions_are_never_mixed(other: ReadOrder) -> None:
    source = a_source()
    source.gate.clear()
    reader = shared(source)
    tasks = await under_way(reader, (an_order(), Tally()), (other, Tally()))
    source.gate.set()

    await asyncio.gather(*tasks)

    assert source.orders == [an_order(), other]


@pytest.mark.parametrize("viewer", [("other digest", "scope"), ("digest", "other scope"), None])
async def test_callers_who_may_see_different_things_share_nothing_under_way(
    viewer: tuple[str, str] | None,
) -> None:
    source = a_source()
    source.gate.clear()
    reader = shared(source, keeps=False)
    one = Tally(viewer=("digest", "scope"))
    tasks = await under_way(
        reader, (an_order(), one), (an_order(), Tally(viewer=viewer)), (an_order(), one)
    )
    source.gate.set()

    await asyncio.gather(*tasks)

    assert len(source.orders) == 2


async def test_small_reads_go_alone_where_only_large_ones_are_shared() -> None:
    source = a_source(LARGE)
    source.gate.clear()
    reader = shared(source, Collapse.LARGE, keeps=False)
    large = an_order(*(f"P{i}" for i in range(LARGE)))
    small = replace(large, keys=large.keys[1:])
    asked = [(order, Tally()) for order in (large, small, large, small)]
    tasks = await under_way(reader, *asked)
    source.gate.set()

    await asyncio.gather(*tasks)

    assert sorted(len(order.keys) for order in source.orders) == [LARGE - 1, LARGE - 1, LARGE]


async def test_a_caller_at_its_deadline_fails_alone() -> None:
    source = a_source()
    source.gate.clear()
    reader = shared(source, keeps=False, deadline=0.05)
    late = Tally()
    late.begin(source.source, 0.0)
    late.end(source.source, 0.045)  # has waited for this source already
    patient, impatient = await under_way(reader, (an_order(), Tally()), (an_order(), late))

    with pytest.raises(SourceTimeoutError):
        await impatient
    source.gate.set()

    (found,) = await patient
    assert found is not None
    assert len(source.orders) == 1


async def test_a_read_begun_before_a_write_is_not_joined_after_it() -> None:
    source = a_source()
    source.gate.clear()
    reader = shared(source)
    (before,) = await under_way(reader, (an_order(), Tally()))

    reader.forget([digest(LocalKey(Department.HR, source.source, "P0"))])
    (after,) = await under_way(reader, (an_order(), Tally()))
    source.gate.set()
    await asyncio.gather(before, after)
    await reader.read(an_order(), Tally())

    assert len(source.orders) == 2  # the third answer is that of the second read


async def test_an_error_is_told_to_all_who_waited_and_asked_for_again() -> None:
    source = a_source()
    source.gate.clear()
    source.go_down()
    reader = shared(source)
    tasks = await under_way(reader, *[(an_order(), Tally()) for _ in range(3)])
    source.gate.set()

    ends = await asyncio.gather(*tasks, return_exceptions=True)
    source.down = None
    (found,) = await reader.read(an_order(), Tally())

    assert ends == [ends[0]] * 3
    assert isinstance(ends[0], Exception)
    assert found is not None


async def test_kept_rows_are_not_asked_for_again_and_stand_in_the_order_of_the_keys() -> None:
    source = a_source()
    reader = shared(source)
    await reader.read(an_order("P1", "nobody"), Tally())

    found = await reader.read(an_order("P2", "nobody", "P1", "P0", "P2"), Tally())

    assert [each and each.key.text for each in found] == ["P2", None, "P1", "P0", "P2"]
    assert source.orders[1].keys == ("P2", "P0")
    assert (reader.figures.hits, reader.figures.misses) == (2, 4)


async def test_rows_of_different_indicators_are_kept_apart() -> None:
    source = a_source()
    reader = shared(source)
    await reader.read(an_order(), Tally())

    (found,) = await reader.read(an_order(names=frozenset({PERSON_STATUS})), Tally())

    assert found is not None
    assert found.values == {PERSON_STATUS: "1"}


async def test_kept_rows_have_their_time_and_say_when_they_were_read() -> None:
    clock, source = Clock(), a_source()
    reader = shared(source, timer=clock)
    await reader.read(an_order(), Tally())

    clock.now += 29
    (found,) = await reader.read(an_order(), Tally())
    assert found is not None
    assert found.read_at == READ_AT
    assert len(source.orders) == 1
    clock.now += 2
    await reader.read(an_order(), Tally())

    assert len(source.orders) == 2


async def test_a_written_row_is_read_again_and_its_neighbour_is_not() -> None:
    source = a_source()
    reader = shared(source)
    await reader.read(an_order("P0", "P1"), Tally())

    reader.forget([digest(LocalKey(Department.HR, source.source, "P1"))])
    await reader.read(an_order("P0", "P1"), Tally())

    assert source.orders[1].keys == ("P1",)


@pytest.mark.parametrize("name", [PERSON_NAME, BANK_ACCOUNT_NO])
async def test_personal_and_secret_indicators_are_not_kept_by_default(name: IndicatorName) -> None:
    source = a_source()
    reader = shared(source, personal=False)
    order = an_order(names=frozenset({CIVIL_RANK, name}))

    await reader.read(order, Tally())
    await reader.read(order, Tally())

    assert len(source.orders) == 2


@pytest.mark.parametrize(("name", "reads"), [(PERSON_NAME, 1), (BANK_ACCOUNT_NO, 2)])
async def test_personal_ones_are_kept_where_that_is_asked_for_and_secret_ones_never(
    name: IndicatorName, reads: int
) -> None:
    source = a_source()
    reader = shared(source, personal=True)

    await reader.read(an_order(names=frozenset({name})), Tally())
    await reader.read(an_order(names=frozenset({name})), Tally())

    assert len(source.orders) == reads


async def test_rows_under_an_id_number_are_personal_whatever_they_hold() -> None:
    source = a_source(personal=True)
    reader = shared(source, personal=False)

    await reader.read(an_order(), Tally())
    await reader.read(an_order(), Tally())

    assert len(source.orders) == 2


async def test_ten_thousand_keys_leave_no_more_than_the_bound() -> None:
    source = a_source(0)
    reader = shared(source, entries=100)

    for start in range(0, MANY, 100):
        await reader.read(an_order(*(str(i) for i in range(start, start + 100))), Tally())

    assert reader._kept is not None
    assert len(reader._kept.memory) == 100
    assert len(reader._flights) == 0


async def test_ten_thousand_shapes_of_questions_leave_no_more_than_the_bound() -> None:
    source = a_source(1)
    reader = shared(source, entries=100)
    names = [i.name for i in catalogue().of_subject(EntityKind.PERSON) if i.sensitivity != "secret"]

    for some in islice(combinations(names, 3), MANY):
        source.orders.clear()
        await reader.read(an_order(names=frozenset(some)), Tally())

    assert reader._kept is not None
    assert len(reader._kept.memory) == 100
    assert len(reader._shapes) <= MOST_SHAPES


async def test_a_shape_that_was_forgotten_never_gets_the_rows_of_another() -> None:
    source = a_source(1)
    reader = shared(source)
    await reader.read(an_order(), Tally())
    reader._shapes.clear()

    (found,) = await reader.read(an_order(names=frozenset({PERSON_STATUS})), Tally())

    assert found is not None
    assert found.values == {PERSON_STATUS: "1"}


async def test_lists_and_counts_are_shared_but_not_with_each_other() -> None:
    source = a_source()
    reader = shared(source)
    order = ListOrder(EntityKind.PERSON, (), 10, frozenset({CIVIL_RANK}))
    own = PoolFilter()

    pages = await asyncio.gather(*(reader.page(order, Tally()) for _ in range(5)))
    counts = await asyncio.gather(reader.count(order, Tally()), reader.page(order, Tally()))
    pools: tuple[object, ...] = tuple(
        await asyncio.gather(
            reader.pools(["a"], Tally()),
            reader.occupied(["a"], READ_AT.date(), Tally()),
            reader.plans(["a"], READ_AT.date(), Tally()),
            reader.headcount(["a"], Tally()),
            reader.count_pools(own, READ_AT.date(), Tally()),
        )
    )

    assert all(page == pages[0] for page in pages)
    assert reader.figures.collapsed == 4
    assert (counts[0], len(counts[1])) == ({None: 3}, 3)
    assert pools == ([], [], [], [], 0)
