"""Persons in pay of pools, as Finance counts them: of all units at once where each has one code."""

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, repeat
from operator import contains
from typing import Any, Final, NamedTuple

from adapters.port import SourceReader
from domain.catalogue.hierarchy import all_above
from domain.model.alike import Only, SubjectRows, keys_of
from domain.model.departments import Department
from domain.model.headcount import Fitting, spread_all, spread_by
from domain.model.keys import LocalKey, SourceName
from domain.model.pools import HeadcountRow, headcount_columns
from domain.model.subjects import Subject
from resolvers.pool_counts import by_reader, texts_of
from resolvers.reading import Reads

HEADCOUNT_FIELD: Final = "EstablishmentPool.payrollHeadcount"
Types = Sequence[tuple[str, ...]]
"""The types of all pools of each unit."""


class TypedPools(NamedTuple):
    """Pools by the places of their units, and their types."""

    at: Sequence[int]
    types: Sequence[str]

    def are_of(self, types: Types) -> bool:
        """Whether each is of one of the types of its unit."""
        return all(map(contains, map(types.__getitem__, self.at), self.types))


@dataclass(slots=True)
class _Told:
    """What one source said of the codes that it was asked for."""

    asked: Sequence[str]
    rows: Sequence[HeadcountRow]
    _by_code: dict[str, list[HeadcountRow]] = field(default_factory=dict)

    def of(self, code: str) -> list[HeadcountRow] | None:
        """What was counted under a code; None where it was not asked for."""
        if not self._by_code:
            self._by_code = {code: [] for code in self.asked}
            for row in self.rows:
                self._by_code[row.unit].append(row)
        return self._by_code.get(code)


class Payroll:
    """Reads the headcounts of units and spreads them over their pools."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._told: dict[SourceName, _Told] = {}
        self._paying: Only | None = None

    def read(self, units: Sequence[Subject]) -> list[Coroutine[Any, Any, None]]:
        """The reads of persons in pay by all Finance codes of the units, one a source."""
        paying = self._paying = _only(units, Department.FINANCE)
        if paying is None:
            keys = chain.from_iterable(keys_of(units, Department.FINANCE))
            each = by_reader(self._reads, keys)
            return [self._read(reader, texts_of(own)) for reader, own in each]
        if paying.source is None:
            return []
        codes: dict[Any, None] = dict.fromkeys(paying.texts)  # Any: a code, or None
        codes.pop(None, None)
        return [self._read(self._reads.sources.by_name[paying.source], list(codes))]

    async def _read(self, reader: SourceReader, codes: Sequence[str]) -> None:
        rows = await self._reads.attempt(
            reader, {HEADCOUNT_FIELD}, lambda: reader.headcount(codes, self._reads.tally)
        )
        if rows is not None:
            self._told[reader.description.name] = _Told(codes, rows)

    def of_pools(
        self, units: Sequence[Subject], types: Types, pools: TypedPools
    ) -> Sequence[int | None]:
        """Persons in pay of each of the pools; unknown where nobody knows."""
        found = self._together(units, types, pools)
        if found is not None:
            return found
        spread = self.of_units(units, types)
        return [spread[i].get(kind) for i, kind in zip(*pools, strict=True)]

    def of_units(
        self, units: Sequence[Subject], types: Iterable[Sequence[str]]
    ) -> list[Mapping[str, int | None]]:
        """Persons in pay by the types of all pools of each unit; empty where nobody knows."""
        offices = keys_of(units, Department.ESTABLISHMENT)
        paying = keys_of(units, Department.FINANCE)
        return [
            self._spread(keys, own) if len(office) == 1 else {}
            for office, keys, own in zip(offices, paying, types, strict=True)
        ]

    def _spread(self, keys: Sequence[LocalKey], types: Sequence[str]) -> Mapping[str, int | None]:
        """What was counted under all of these codes; nothing where one is not known."""
        counted = [told.of(key.text) for key in keys if (told := self._told.get(key.source))]
        if not counted or len(counted) < len(keys) or None in counted:
            return {}
        return spread_by([row for own in counted for row in own or ()], types, _pool_for)

    def _together(
        self, units: Sequence[Subject], types: Types, pools: TypedPools
    ) -> Sequence[int | None] | None:
        """The same by columns; None where units must be looked at one by one."""
        paying, office = self._paying, _only(units, Department.ESTABLISHMENT)
        if paying is None or office is None or not (all(office.texts) and pools.are_of(types)):
            return None
        told = None if paying.source is None else self._told.get(paying.source)
        if told is None:
            return [None] * len(pools.at)
        codes = list(map(paying.texts.__getitem__, pools.at))
        marks: list[Any] = list(zip(codes, pools.types, strict=True))  # Any: a code, or None
        own = _by_code(paying.texts, types)
        if own is None:
            return None
        sums = spread_all(headcount_columns(told.rows), own)
        found = list(map(sums.get, marks, repeat(0)))
        if all(codes):  # To look for None costs a comparison of each.
            return found
        return [None if code is None else own for code, own in zip(codes, found, strict=True)]


def _only(units: Sequence[Subject], department: Department) -> Only | None:
    return units.only(department) if isinstance(units, SubjectRows) else None


def _by_code(codes: Sequence[str | None], types: Types) -> dict[str, Fitting] | None:
    """The pools of the unit of each code; None where a code is of several units."""
    fitting = map(_fitting, types)
    found: dict[Any, Fitting] = dict(zip(codes, fitting, strict=True))  # Any: as above
    if len(found) < len(codes):
        unknown = codes.count(None)
        if len(found) <= len(codes) - unknown:
            return None
    found.pop(None, None)
    return found


@lru_cache(maxsize=1024)
def _fitting(pools: tuple[str, ...]) -> Fitting:
    """The pool that a type counts into; units have few different types together."""
    return Fitting(pools, all_above("establishment_type"))


def _pool_for(kind: str | None, pools: Sequence[str]) -> str | None:
    return _fitting(tuple(pools))[kind]
