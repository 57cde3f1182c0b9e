"""Persons in pay that are spread by columns are those that are spread unit by unit."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from domain.model.alike import SubjectRows, SureRows
from domain.model.departments import RECORD_ORDER
from domain.model.keys import EntityKind, SourceName
from domain.model.pools import HeadcountRow
from domain.model.subjects import Subject
from resolvers.pool_pay import Payroll, TypedPools
from tests.unit.resolvers.city import CitySource, reading

_, EST, FIN, _ = RECORD_ORDER
TYPES: Final = ("1", "3", "31", "32", "311")
OFFICES: Final = (SourceName("establishment"), SourceName("county"))
BUREAUS: Final = (SourceName("finance"), SourceName("county_pay"))


class Unit(NamedTuple):
    """Where a unit has its records, and its pools; `bureau` None: Finance does not know it."""

    offices: tuple[SourceName, ...]
    bureau: SourceName | None
    types: tuple[str, ...]
    paid: tuple[tuple[str | None, int], ...]


UNITS: Final = st.builds(
    Unit,
    st.sampled_from([OFFICES[:1]] * 6 + [OFFICES[1:], OFFICES]),
    st.sampled_from([BUREAUS[0]] * 6 + [BUREAUS[1], None]),
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True).map(tuple),
    st.lists(
        st.tuples(st.sampled_from([*TYPES, None]), st.integers(0, 9)),
        max_size=3,
        unique_by=lambda row: row[0],
    ).map(tuple),
)


def by_rows(units: Sequence[Unit]) -> SubjectRows:
    """The subjects of the units: those of the same sources together."""
    alike: dict[tuple[SourceName, ...], list[int]] = {}
    for i, unit in enumerate(units):
        own = (*unit.offices, *([unit.bureau] if unit.bureau else ()))
        alike.setdefault(own, []).append(i)
    parts = []
    for sources, at in alike.items():
        departments = tuple(EST if source in OFFICES else FIN for source in sources)
        columns = [[f"{source}{i}" for i in at] for source in sources]
        ids = [f"u{i}" for i in at]
        parts.append(SureRows(EntityKind.UNIT, at, departments, sources, ids, columns))
    return SubjectRows(EntityKind.UNIT, len(units), parts)


async def paid(
    units: Sequence[Unit], subjects: Sequence[Subject], pools: TypedPools, *, is_down: bool
) -> Sequence[int | None]:
    bureaus = [
        CitySource(
            FIN,
            name=name,
            is_down=is_down,
            headcount_rows=[
                HeadcountRow(f"{name}{i}", kind, count)
                for i, unit in enumerate(units)
                for kind, count in unit.paid
            ],
        )
        for name in BUREAUS
    ]
    payroll = Payroll(reading(*bureaus))
    await asyncio.gather(*payroll.read(subjects))
    return payroll.of_pools(subjects, [unit.types for unit in units], pools)


@given(st.lists(UNITS, min_size=1, max_size=5), st.data())
def test_columns_tell_what_units_tell_one_by_one(units: list[Unit], data: st.DataObject) -> None:
    is_down = data.draw(st.booleans())
    at = data.draw(st.lists(st.integers(0, len(units) - 1), min_size=1, max_size=6))
    is_strange = data.draw(st.booleans())
    kinds = [data.draw(st.sampled_from(TYPES if is_strange else units[i].types)) for i in at]
    pools, rows = TypedPools(at, kinds), by_rows(units)

    together = asyncio.run(paid(units, rows, pools, is_down=is_down))

    assert list(together) == asyncio.run(paid(units, list(rows), pools, is_down=is_down))


def test_a_code_of_two_units_counts_for_both() -> None:
    at_both = (EST, FIN), (OFFICES[0], BUREAUS[0])
    columns = [["a", "b"], ["finance0", "finance0"]]
    part = SureRows(EntityKind.UNIT, None, *at_both, ["u0", "u1"], columns)
    units = [Unit(OFFICES[:1], BUREAUS[0], kinds, (("1", 4),)) for kinds in (("1",), ("1", "3"))]
    pools, rows = TypedPools([0, 1, 1], ["1", "1", "3"]), SubjectRows(EntityKind.UNIT, 2, [part])

    found = asyncio.run(paid(units, rows, pools, is_down=False))

    assert list(found) == [4, 4, 0]
