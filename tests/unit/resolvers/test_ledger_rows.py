"""Listed pools by columns are the same as the records of instances, one after the other."""

from typing import Final

from adapters.listed_pools import by_columns
from adapters.port import ListedPool
from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName
from domain.model.pools import PoolRow
from resolvers.ledger_rows import rows_of

CITY, COUNTY = SourceName("city"), SourceName("county")
AT_CITY: Final = [
    ListedPool(PoolRow("a", "1", 5, 0), ("a", "1"), 3, None, ("3", "31")),
    ListedPool(PoolRow("a", "3", None, 1), ("a", "3 "), None, 2, ("1", "31")),
    ListedPool(PoolRow("b", "1", 2, 0), ("b", "1")),
]
AT_COUNTY: Final = [ListedPool(PoolRow("a", "3", 1, None), ("a", "3"))]
PAGES: Final = [(CITY, by_columns(AT_CITY)), (COUNTY, by_columns(AT_COUNTY))]


def _key(source: SourceName, text: str) -> LocalKey:
    return LocalKey(Department.ESTABLISHMENT, source, text)


def test_records_of_pools_come_back_from_their_columns() -> None:
    assert list(by_columns(AT_CITY)) == AT_CITY
    assert by_columns(by_columns(AT_CITY))[1] == AT_CITY[1]
    assert list(by_columns([])) == []


def test_pools_of_several_instances_stand_behind_each_other() -> None:
    rows = rows_of(PAGES, 9)

    assert [rows.place(i) for i in range(4)] == [
        (CITY, ("a", "1")),
        (CITY, ("a", "3 ")),
        (CITY, ("b", "1")),
        (COUNTY, ("a", "3")),
    ]
    assert (rows.columns.approved, rows.columns.occupied) == (
        [5, None, 2, 1],
        [3, None, None, None],
    )


def test_units_of_different_instances_are_different_units() -> None:
    rows = rows_of(PAGES, 9)
    keys, at, firsts = rows.units()

    assert list(keys) == [_key(CITY, "a"), _key(CITY, "b"), _key(COUNTY, "a")]
    assert (list(at), list(firsts)) == ([0, 0, 1, 2], [0, 2, 3])
    assert rows.types(firsts) == [("1", "3", "31"), ("1",), ("3",)]


def test_a_page_ends_where_it_is_full() -> None:
    rows = rows_of(PAGES, 2)

    assert (list(rows.sources), rows.columns.types) == ([CITY, CITY], ["1", "3"])
    assert list(rows.units().keys) == [_key(CITY, "a")]
    assert list(rows_of([], 2).sources) == []
