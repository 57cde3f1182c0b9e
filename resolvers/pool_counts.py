"""What stands beside the pools of a batch of units: people and plans, each asked for once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import repeat
from typing import TypeVar

from adapters.port import SourceReader
from domain.model.keys import LocalKey, SourceName
from domain.model.many import made
from domain.model.pools import OccupiedRow, PlanRow, PoolRow
from domain.model.quota import PoolNumbers
from resolvers.reading import Reads

Row = TypeVar("Row", PoolRow, OccupiedRow, PlanRow)
Counts = Mapping[LocalKey, Mapping[str, int | None]]


class PoolCounts:
    """Collects the counts of pools; `field` owes them where the Establishment Office is down."""

    def __init__(self, reads: Reads, field: str) -> None:
        self._reads = reads
        self._field = field
        self._occupied: dict[LocalKey, dict[str, int | None]] = {}
        self._plans: dict[LocalKey, dict[str, int | None]] = {}

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

    def numbers(self, keys: Sequence[LocalKey], rows: Sequence[PoolRow]) -> list[PoolNumbers]:
        """The numbers of pools, occupations and plans as they were read."""
        taken, unused = self.counted(keys, [row.type for row in rows])
        approved, locked = [row.approved for row in rows], [row.locked for row in rows]
        rest = map(repeat, PoolNumbers._field_defaults.values())
        return made(PoolNumbers, zip(approved, taken, locked, unused, *rest, strict=False))

    def counted(
        self, keys: Sequence[LocalKey], types: Sequence[str]
    ) -> tuple[list[int | None], list[int | None]]:
        """The occupations and the posts of plans of pools, as they were read."""
        return _counts(self._occupied, keys, types), _counts(self._plans, keys, types)

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

    async def _ask(
        self, reader: SourceReader, work: Callable[[], Awaitable[list[Row] | None]]
    ) -> list[Row] | None:
        return await self._reads.attempt(reader, {self._field}, work)


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


def _counts(counts: Counts, keys: Sequence[LocalKey], types: Sequence[str]) -> list[int | None]:
    """The number of each: 0 where the department answered without a row of it, else unknown."""
    if not counts:
        return [None] * len(types)
    owned = zip(map(counts.get, keys), types, strict=True)
    return [None if own is None else own.get(kind, 0) for own, kind in owned]
