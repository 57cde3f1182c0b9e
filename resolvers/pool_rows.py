"""Pools of a page held by columns: a record of each is made only when somebody looks at it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from operator import add, attrgetter
from typing import Any, Final, NamedTuple, TypeVar

from domain.model.alike import SubjectRows, ids_of, keys_of
from domain.model.departments import Department
from domain.model.global_ids import POOL, encode_ids
from domain.model.keys import LocalKey
from domain.model.many import MadeLater, made
from domain.model.quota import PoolNumbers
from domain.model.subjects import Subject
from resolvers.pools import SEPARATOR, Pool, pool_ids, record_part, type_part

APPROVED: Final = "numbers.approved"
OCCUPIED: Final = "numbers.occupied"
LOCKED: Final = "numbers.locked"
UNUSED: Final = "numbers.plan_unused"
TYPE: Final = "type"
HEADCOUNT: Final = "headcount"
_OFFICE: Final = Department.ESTABLISHMENT
T = TypeVar("T")
Columns = Mapping[str, Sequence[Any]]  # Any: texts and numbers
"""What each pool says, by the attributes of a pool that lead there."""


class PoolUnits(NamedTuple):
    """The different units of pools; `keys` are their records, `at` the unit of each pool.

    Subjects that are held by columns have these records beyond doubt.
    """

    subjects: Sequence[Subject]
    keys: Sequence[LocalKey]
    at: Sequence[int]

    def of_each(self, told: Sequence[T]) -> list[T]:
        """What is told of the units, for each pool."""
        return list(map(told.__getitem__, self.at))

    @property
    def endings(self) -> list[str] | None:
        """What the ids of pools of each unit end with; None where no unit has another record."""
        own, keys = self.subjects, self.keys
        if isinstance(own, SubjectRows) and own.only(_OFFICE) is not None:
            return None
        offices = keys_of(own, _OFFICE)
        return [
            "" if office[:1] == (key,) else record_part(key)
            for office, key in zip(offices, keys, strict=True)
        ]


class PoolRows(MadeLater[Pool]):
    """Pools in the order of a page; `columns` tell all numbers that were read, types and pay."""

    __slots__ = ("_as_of", "_columns", "units")

    def __init__(self, units: PoolUnits, columns: Columns, as_of: datetime) -> None:
        super().__init__()
        self.units = units
        self._columns = columns
        self._as_of = as_of

    def __len__(self) -> int:
        return len(self.units.at)

    @property
    def ids(self) -> list[str]:
        """The public id of each."""
        units, kinds = self.units, self.column(TYPE)
        parts = {kind: SEPARATOR + type_part(kind) for kind in set(kinds)}
        owned = map(add, units.of_each(ids_of(units.subjects)), map(parts.__getitem__, kinds))
        endings = units.endings
        return encode_ids(POOL, map(add, owned, units.of_each(endings)) if endings else owned)

    def column(self, path: str) -> Sequence[Any]:  # Any: whatever stands there
        """What each says where these attributes lead."""
        known = self._columns.get(path)
        return _read(self, path) if known is None else known

    def _make(self) -> Sequence[Pool]:
        own, units = self._columns, self.units
        rest = map(repeat, PoolNumbers._field_defaults.values())
        read = (own[path] for path in (APPROVED, OCCUPIED, LOCKED, UNUSED))
        numbers = made(PoolNumbers, zip(*read, *rest, strict=False))
        parts = (units.of_each(units.subjects), units.of_each(units.keys), own[TYPE], numbers)
        return made(Pool, zip(*parts, own[HEADCOUNT], repeat(self._as_of), strict=False))


def column_of(pools: Sequence[Pool], path: str) -> Sequence[Any]:  # Any: as above
    """What each pool says where these attributes lead."""
    return pools.column(path) if isinstance(pools, PoolRows) else _read(pools, path)


def ids_of_pools(pools: Sequence[Pool]) -> list[str]:
    """The public ids of pools, in their order."""
    return pools.ids if isinstance(pools, PoolRows) else pool_ids(pools)


def units_of_pools(pools: Sequence[Pool]) -> PoolUnits | None:
    """The units of pools where they are different ones; None where each pool must be looked at."""
    if not isinstance(pools, PoolRows):
        return None
    ids = ids_of(pools.units.subjects)
    return pools.units if len(set(ids)) == len(ids) else None


def _read(pools: Sequence[Pool], path: str) -> list[Any]:
    return list(map(_getter(path), pools))


@lru_cache(maxsize=64)
def _getter(path: str) -> Callable[[Pool], Any]:  # Any: as above
    return attrgetter(path)
