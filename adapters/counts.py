"""Reads pools, occupations, plans and the payroll headcount of a source, by unit."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from adapters.convert import Convert, Fault, code_reader, guarded, int_reader, key_text
from adapters.lanes.port import Row
from adapters.mapping.model import SourceMapping
from adapters.session import Opened, Session
from adapters.sql.binds import bucket, padded
from adapters.sql.operational import UnitStatement
from adapters.sql.pieces import key_values
from domain.model.keys import EntityKind
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import UnknownCode
from domain.model.tally import Tally

_number = guarded(int_reader(None))
Build = Callable[[Opened, int], tuple[UnitStatement, dict[str, object]] | None]
Group = tuple[str, str]


class PoolReads:
    """The operational entities of one source. Every method raises LaneError."""

    def __init__(self, session: Session, mapping: SourceMapping) -> None:
        self._session = session
        self._mapping = mapping

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        """Ordered by unit and type."""
        if "pool" not in self._mapping.operational:
            return []
        rows, convert = await self._rows(
            units, lambda opened, size: (opened.operational.pools(size), {}), tally
        )
        pools = [
            PoolRow(unit, kind, _whole(row[2]), _whole(row[3]))
            for row in rows
            if (unit := key_text(row[0])) is not None
            and (kind := _text(convert, row[1])) is not None
        ]
        return sorted(pools, key=lambda pool: (pool.unit, pool.type))

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        """Counted by unit and type."""
        if "occupation" not in self._mapping.operational:
            return None
        counts = await self._sums(units, self._dated("occupation", today), tally)
        return [OccupiedRow(unit, kind, count) for (unit, kind), count in sorted(counts.items())]

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Summed by unit and type."""
        if "plan" not in self._mapping.operational:
            return None
        sums = await self._sums(units, self._dated("plan", today), tally)
        return [PlanRow(unit, kind, count) for (unit, kind), count in sorted(sums.items())]

    async def headcount(self, units: Sequence[str], tally: Tally) -> list[HeadcountRow] | None:
        """Counted by the source's own unit code and type; None where the payroll is not kept."""
        person = self._mapping.entities.get(EntityKind.PERSON)
        opened = await self._session.opened()
        if person is None or opened.operational.headcount(person, 1) is None:
            return None
        rows, convert = await self._rows(
            units, lambda o, size: o.operational.headcount(person, size), tally
        )
        counts: Counter[tuple[str, str | None]] = Counter()
        for row in rows:
            kind, unit = convert(row[1]), key_text(row[0])
            if unit is not None:
                known = isinstance(kind, str) and not isinstance(kind, UnknownCode)
                counts[unit, str(kind) if known else None] += _whole(row[2]) or 0
        return [HeadcountRow(unit, kind, count) for (unit, kind), count in counts.items()]

    def _dated(self, name: str, today: date) -> Build:
        def build(opened: Opened, size: int) -> tuple[UnitStatement, dict[str, object]]:
            statements = opened.operational
            made = statements.occupied(size) if name == "occupation" else statements.plans(size)
            return made, statements.dates(name, today, today + timedelta(days=1))

        return build

    async def _sums(self, units: Sequence[str], build: Build, tally: Tally) -> Counter[Group]:
        rows, convert = await self._rows(units, build, tally)
        sums: Counter[Group] = Counter()
        for row in rows:
            unit, kind = key_text(row[0]), _text(convert, row[1])
            if unit is not None and kind is not None:
                sums[unit, kind] += _whole(row[2]) or 0
        return sums

    async def _rows(
        self, units: Sequence[str], build: Build, tally: Tally
    ) -> tuple[list[Row], Convert]:
        opened = await self._session.opened()
        rows: list[Row] = []
        size = self._session.options.max_keys
        for start in range(0, max(1, len(units)), size):
            chunk = units[start : start + size]
            rows += await self._chunk(opened, chunk, build, tally)
        return rows, self._type_reader(opened, build)

    async def _chunk(
        self, opened: Opened, units: Sequence[str], build: Build, tally: Tally
    ) -> Sequence[Row]:
        made = build(opened, bucket(len(units)))
        if made is None or not units:
            return []
        unit_statement, values = made
        binds = [
            (value,) for unit in dict.fromkeys(units) for value in unit_statement.bind_unit(unit)
        ]
        if not binds:
            return []
        sized = build(opened, bucket(len(binds)))
        statement = sized[0].statement if sized else unit_statement.statement
        keys = key_values(padded(binds), as_array=False)
        return await self._session.run(statement, values | keys, tally)

    def _type_reader(self, opened: Opened, build: Build) -> Convert:
        made = build(opened, 1)
        return guarded(code_reader(made[0].type_rule.codes if made else None))


def _text(convert: Convert, stored: object) -> str | None:
    found = convert(stored)
    return found if isinstance(found, str) else None


def _whole(stored: object) -> int | None:
    found = _number(stored)
    return None if isinstance(found, Fault) or not isinstance(found, int) else found
