"""Pools held by columns are the same pools as records of each."""

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.model.alike import SubjectRows, SureRows
from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.subjects import IdentityState, Subject
from resolvers.batched import Batched
from resolvers.planning.levels import _each_once
from resolvers.pool_rows import (
    APPROVED,
    HEADCOUNT,
    LOCKED,
    OCCUPIED,
    TYPE,
    UNUSED,
    PoolRows,
    PoolUnits,
    column_of,
    ids_of_pools,
    units_of_pools,
)

OFFICE, NOW = SourceName("establishment"), datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS: dict[str, Sequence[object]] = {
    TYPE: ["1", "11", "~"],
    APPROVED: [5, None, 2],
    OCCUPIED: [6, 1, None],
    LOCKED: [0, 1, 2],
    UNUSED: [None, None, None],
    HEADCOUNT: [None, 4, 0],
}


def _key(text: str) -> LocalKey:
    return LocalKey(Department.ESTABLISHMENT, OFFICE, text)


def _rows(subjects: Sequence[Subject], keys: Sequence[LocalKey]) -> PoolRows:
    return PoolRows(PoolUnits(subjects, keys, [0, 0, 1]), COLUMNS, NOW)


def _by_columns() -> PoolRows:
    office, kind = (Department.ESTABLISHMENT,), EntityKind.UNIT
    parts = [SureRows(kind, [0, 1], office, (OFFICE,), ["n1", "n2"], [["a", "b"]])]
    return _rows(SubjectRows(kind, 2, parts), [_key("a"), _key("b")])


def test_each_column_tells_what_the_records_of_pools_tell() -> None:
    pools = _by_columns()

    for path in (*COLUMNS, "numbers.vacant", "as_of", "key.text"):
        assert list(column_of(pools, path)) == list(column_of(list(pools), path)), path
    assert ids_of_pools(pools) == ids_of_pools(list(pools))
    assert (len(pools), pools[1].unit.id, pools[2].unit.id) == (3, "n1", "n2")


def test_a_pool_of_a_second_record_names_it_in_its_id() -> None:
    unit = Subject(EntityKind.UNIT, "n1", IdentityState.LINKED, (_key("a"), _key("b")))
    pools = _rows([unit, unit], [_key("a"), _key("b")])

    assert ids_of_pools(pools) == ids_of_pools(list(pools))
    assert len(set(ids_of_pools(_rows([unit, unit], [_key("a"), _key("a")])))) == 3


def test_a_unit_that_two_records_lead_to_is_looked_at_once() -> None:
    unit = Subject(EntityKind.UNIT, "n1", IdentityState.LINKED, (_key("a"), _key("b")))
    pools = _rows([unit, unit], [_key("a"), _key("b")])

    assert units_of_pools(pools) is None
    assert _each_once([pool.unit for pool in pools]) == ([unit], [0, 0, 0])
    assert units_of_pools(_by_columns()) is not None
    assert units_of_pools(list(pools)) is None


async def test_what_is_kept_for_later_is_not_asked_again() -> None:
    asked: list[str] = []

    async def read(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return [text.upper() for text in texts]

    loader: Batched[str, str] = Batched(read)
    was_new = loader.is_new
    loader.keep(lambda: [("a", "A"), ("b", "B")])

    assert (was_new, loader.is_new) == (True, False)
    assert await loader.load("a") == "A"
    assert await loader.load_many(["b", "c"]) == ["B", "C"]
    assert asked == ["c"]
