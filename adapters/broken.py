"""The stand-in for a source whose mapping has mistakes: it answers every question with that."""

# ruff: noqa: ARG002 - whatever is asked, the answer is the same error

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Final

from adapters.figures import SourceFigures
from adapters.options import SourceOptions
from adapters.port import ReadOrder, SearchOrder, SourceDescription, StreamOrder
from adapters.session import Clock
from domain.model.errors import Finding, SourceInvalidError
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import Facet
from domain.model.tally import Tally

_REASON: Final = "the mapping has mistakes"


class BrokenSource:
    """A source whose mapping cannot be used: every read says so, the other sources go on."""

    def __init__(self, options: SourceOptions, findings: Sequence[Finding], clock: Clock) -> None:
        self.options = options
        self.findings = tuple(findings)
        self.statistics = SourceFigures()
        self.statistics.failed("invalid", _REASON, clock())

    @property
    def description(self) -> SourceDescription:
        """Holds nothing."""
        options = self.options
        return SourceDescription(
            options.name, options.department, options.divisions, {}, {}, holds_pools=False
        )

    @property
    def waiting(self) -> int:
        """Nobody waits for it."""
        return 0

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

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        """Raises SourceInvalidError."""
        raise self._error()

    async def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        """Raises SourceInvalidError."""
        await self.open()
        yield []

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
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

    async def headcount(self, units: Sequence[str], tally: Tally) -> list[HeadcountRow] | None:
        """Raises SourceInvalidError."""
        raise self._error()
