"""The stand-in for a source whose mapping has mistakes: it answers every question with that."""

# ruff: noqa: ARG002 - whatever is asked, the answer is the same error

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final

from adapters.breaker import BreakerFigures, BreakerState
from adapters.figures import SourceFigures, SourceState
from adapters.options import SourceOptions
from adapters.port import (
    JudgeOrder,
    Listed,
    ListedPool,
    ListOrder,
    Place,
    PoolFilter,
    PoolListOrder,
    ReadOrder,
    SearchOrder,
    SourceDescription,
    StreamOrder,
)
from adapters.session import Clock
from domain.catalogue.indicators import catalogue
from domain.model.departments import Department
from domain.model.errors import Finding, SourceInvalidError
from domain.model.keys import EntityKind, IndicatorName
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import Facet
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally

_REASON: Final = "the mapping has mistakes"


@cache
def _held(kind: EntityKind, department: Department) -> Mapping[IndicatorName, Place]:
    indicators = catalogue().of_subject(kind)
    return {i.name: Place("", "") for i in indicators if department in i.holders}


class BrokenSource:
    """A source whose mapping cannot be used: every read says so, the other sources go on."""

    def __init__(self, options: SourceOptions, findings: Sequence[Finding], clock: Clock) -> None:
        self.options = options
        self.findings = tuple(findings)
        self.statistics = SourceFigures()
        self.statistics.failed("invalid", _REASON)
        self.statistics.turn(SourceState.DOWN, clock)

    @property
    def description(self) -> SourceDescription:
        """Holds what the catalogue says its department holds, so that its silence is noticed."""
        options = self.options
        return SourceDescription(
            name=options.name,
            department=options.department,
            divisions=options.divisions,
            places={kind: _held(kind, options.department) for kind in EntityKind},
            personal_keys={},
            holds_pools=options.department is Department.ESTABLISHMENT,
        )

    @property
    def waiting(self) -> int:
        """Nobody waits for it."""
        return 0

    @property
    def breaker(self) -> BreakerFigures:
        """Open for ever: nothing but another mapping and a restart helps."""
        return BreakerFigures(state=BreakerState.OPEN)

    def _error(self) -> SourceInvalidError:
        return SourceInvalidError(self.options.name, self.options.department, _REASON)

    async def open(self) -> None:
        """Nothing to open. Raises SourceInvalidError."""
        raise self._error()

    async def close(self) -> None:
        """Nothing to close."""

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        """Raises SourceInvalidError."""
        raise self._error()

    def row_reader(self, entity: EntityKind, indicators: frozenset[IndicatorName]) -> None:
        """Nothing can be prepared."""

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        """Raises SourceInvalidError."""
        raise self._error()

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        """Raises SourceInvalidError."""
        raise self._error()

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        """Raises SourceInvalidError."""
        raise self._error()

    async def judge(self, order: JudgeOrder, tally: Tally) -> Mapping[str, bool]:
        """Raises SourceInvalidError."""
        raise self._error()

    async def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        """Raises SourceInvalidError."""
        await self.open()
        yield []

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        """Raises SourceInvalidError."""
        raise self._error()

    async def list_pools(self, order: PoolListOrder, tally: Tally) -> Sequence[ListedPool]:
        """Raises SourceInvalidError."""
        raise self._error()

    async def count_pools(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        """Raises SourceInvalidError."""
        raise self._error()

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        """Raises SourceInvalidError."""
        raise self._error()

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Raises SourceInvalidError."""
        raise self._error()

    async def headcount(self, units: Sequence[str], tally: Tally) -> Sequence[HeadcountRow] | None:
        """Raises SourceInvalidError."""
        raise self._error()

    async def successions(self, tally: Tally) -> list[SuccessionRow] | None:
        """Raises SourceInvalidError."""
        raise self._error()
