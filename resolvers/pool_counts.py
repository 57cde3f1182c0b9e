"""What stands beside the pools of a batch of units: people, plans and pay, each asked for once."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, Final, TypeVar

from adapters.port import SourceReader
from domain.catalogue.hierarchy import all_above
from domain.model.alike import keys_of
from domain.model.departments import Department
from domain.model.headcount import pool_for, spread_by
from domain.model.keys import LocalKey, SourceName
from domain.model.many import made
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.quota import PoolNumbers
from domain.model.subjects import Subject
from resolvers.reading import Reads

Row = TypeVar("Row", PoolRow, OccupiedRow, PlanRow, HeadcountRow)
Counts = Mapping[LocalKey, Mapping[str, int | None]]
HEADCOUNT_FIELD: Final = "EstablishmentPool.payrollHeadcount"


class PoolCounts:
    """Collects the counts of pools; `field` owes them where the Establishment Office is down."""

    def __init__(self, reads: Reads, field: str) -> None:
        self._reads = reads
        self._field = field
        self._occupied: dict[LocalKey, dict[str, int | None]] = {}
        self._plans: dict[LocalKey, dict[str, int | None]] = {}
        self._headcount: dict[LocalKey, list[HeadcountRow]] = {}

    def occupations(self, units: Iterable[LocalKey], today: date) -> list[Awaitable[None]]:
        """The reads of occupations in force, one a source."""
        return [
            self._read_occupied(reader, keys, today)
            for reader, keys in by_reader(self._reads, units)
        ]

    def plans(self, units: Iterable[LocalKey], today: date) -> list[Awaitable[None]]:
        """The reads of plans in force, one a source."""
        return [
            self._read_plans(reader, keys, today) for reader, keys in by_reader(self._reads, units)
        ]

    def payroll(self, units: Sequence[Subject]) -> list[Coroutine[Any, Any, None]]:
        """The reads of persons in pay by all Finance codes of the units, one a source."""
        keys = chain.from_iterable(keys_of(units, Department.FINANCE))
        return [self._read_headcount(*asked) for asked in by_reader(self._reads, keys)]

    def numbers(self, keys: Sequence[LocalKey], rows: Sequence[PoolRow]) -> list[PoolNumbers]:
        """The numbers of pools, occupations and plans as they were read."""
        taken, unused = self.counted(keys, rows)
        approved, locked = [row.approved for row in rows], [row.locked for row in rows]
        rest = map(repeat, PoolNumbers._field_defaults.values())
        return made(PoolNumbers, zip(approved, taken, locked, unused, *rest, strict=False))

    def counted(
        self, keys: Sequence[LocalKey], rows: Sequence[PoolRow]
    ) -> tuple[list[int | None], list[int | None]]:
        """The occupations and the posts of plans of pools, as they were read."""
        return _counts(self._occupied, keys, rows), _counts(self._plans, keys, rows)

    def headcounts(
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
        rows = self._headcount.get(keys[0]) if len(keys) == 1 else self._together(keys)
        return {} if rows is None else spread_by(rows, types, _pool_for)

    def _together(self, keys: Sequence[LocalKey]) -> list[HeadcountRow] | None:
        """What was counted under all of these codes; None where one is not known."""
        counted = [self._headcount.get(key) for key in keys]
        if not counted or None in counted:
            return None
        return [row for own in counted for row in own or ()]

    async def _read_occupied(
        self, reader: SourceReader, units: Sequence[LocalKey], today: date
    ) -> None:
        rows = await self._ask(
            reader, lambda: reader.occupied(texts_of(units), today, self._reads.tally)
        )
        if rows is not None:
            grouped = rows_by_key(units, rows)
            self._occupied |= {
                key: {row.type: row.count for row in part} for key, part in grouped.items()
            }

    async def _read_plans(
        self, reader: SourceReader, units: Sequence[LocalKey], today: date
    ) -> None:
        rows = await self._ask(
            reader, lambda: reader.plans(texts_of(units), today, self._reads.tally)
        )
        if rows is not None:
            grouped = rows_by_key(units, rows)
            self._plans |= {
                key: {row.type: row.unused for row in part} for key, part in grouped.items()
            }

    async def _read_headcount(self, reader: SourceReader, units: Sequence[LocalKey]) -> None:
        rows = await self._reads.attempt(
            reader,
            {HEADCOUNT_FIELD},
            lambda: reader.headcount(texts_of(units), self._reads.tally),
        )
        if rows is not None:
            self._headcount |= rows_by_key(units, rows)

    async def _ask(
        self, reader: SourceReader, work: Callable[[], Awaitable[list[Row] | None]]
    ) -> list[Row] | None:
        return await self._reads.attempt(reader, {self._field}, work)


@lru_cache(maxsize=4096)
def _fitting(kind: str | None, pools: tuple[str, ...]) -> str | None:
    return pool_for(kind, pools, all_above("establishment_type"))


def _pool_for(kind: str | None, pools: Sequence[str]) -> str | None:
    """The pool that a type counts into; units have few different types together."""
    return _fitting(kind, tuple(pools))


def by_reader(reads: Reads, keys: Iterable[LocalKey]) -> list[tuple[SourceReader, list[LocalKey]]]:
    """The keys of each source, each once."""
    by_source: dict[SourceName, dict[LocalKey, None]] = {}
    for key in keys:
        by_source.setdefault(key.source, {})[key] = None
    return [(reads.sources.by_name[name], list(own)) for name, own in by_source.items()]


def texts_of(units: Sequence[LocalKey]) -> list[str]:
    """The keys as their source knows them."""
    return [key.text for key in units]


def rows_by_key(units: Sequence[LocalKey], rows: Sequence[Row]) -> dict[LocalKey, list[Row]]:
    """The rows of each unit that was asked for."""
    by_text: dict[str, list[Row]] = {}
    for row in rows:
        by_text.setdefault(row.unit, []).append(row)
    return {key: by_text.get(key.text, []) for key in units}


def _counts(counts: Counts, keys: Sequence[LocalKey], rows: Sequence[PoolRow]) -> list[int | None]:
    """The number of each: 0 where the department answered without a row of it, else unknown."""
    if not counts:
        return [None] * len(rows)
    owned = zip(map(counts.get, keys), rows, strict=True)
    return [None if own is None else own.get(row.type, 0) for own, row in owned]
