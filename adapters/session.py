"""One source's talk with its database: opened on first use, in time, errors in our words."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeVar

import structlog

from adapters.breaker import Breaker, BreakerState
from adapters.figures import SourceFigures, SourceState
from adapters.lanes.port import Failure, Lane, LaneError, Parameters, Row, Weight
from adapters.mapping.convert import CHINA
from adapters.mapping.model import SourceMapping
from adapters.options import SourceOptions
from adapters.probing import Asked, entity_probes, unit_probes
from adapters.spacing import spaced
from adapters.sql.cells import Faults
from adapters.sql.fitting import misfits
from adapters.sql.headcount import HeadcountPlans, keeps_headcount
from adapters.sql.lists import ListPlans
from adapters.sql.operational import OperationalPlans
from adapters.sql.pieces import Pieces, Statement
from adapters.sql.plans import EntityPlans
from adapters.sql.pool_lists import PoolListPlans
from adapters.sql.shapes import Shapes, look_at, tables_of
from adapters.sql.unit_plans import UnitPlan
from domain.model.errors import (
    Finding,
    SourceError,
    SourceInvalidError,
    SourceTimeoutError,
    SourceUnavailableError,
)
from domain.model.keys import EntityKind
from domain.model.tally import Tally
from domain.model.tracing import Fact, Spans

T = TypeVar("T")
Clock = Callable[[], datetime]
_ERRORS: Final[dict[Failure, type[SourceError]]] = {
    Failure.UNAVAILABLE: SourceUnavailableError,
    Failure.TIMEOUT: SourceTimeoutError,
    Failure.INVALID: SourceInvalidError,
}
_log = structlog.get_logger("adapters")


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked at while work goes on: the clock, and what makes spans of it."""

    now: Clock
    spans: Spans


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known once the live schema has been seen and fits."""

    entities: dict[EntityKind, EntityPlans]
    lists: dict[EntityKind, ListPlans]
    operational: OperationalPlans
    headcount: Callable[[int], UnitPlan] | None
    pool_lists: PoolListPlans | None


class Session:
    """Runs statements of one source; looks at the schema first, and after it proved wrong."""

    def __init__(
        self, options: SourceOptions, mapping: SourceMapping, lane: Lane, watch: Watch
    ) -> None:
        self.options = options
        self.statistics = SourceFigures()
        self.findings: tuple[Finding, ...] = ()
        self.now = watch.now
        self._spans = watch.spans
        self._facts: Mapping[str, Fact] = {
            "fourfold.source": options.name,
            "fourfold.department": options.department.value,
            "db.system.name": options.backend,
        }
        self.lane = lane
        self._mapping = mapping
        self._opened: Opened | None = None
        self._opening = asyncio.Lock()
        self.breaker = Breaker(options.breaker, self._probe, self._changed)

    async def within_deadline(self, work: Coroutine[Any, Any, T], tally: Tally) -> T:
        """The result of a read, or a SourceError: at once while the breaker is open.

        All reads of one request together wait for the source no longer than its deadline.
        """
        name = self.options.name
        began = tally.begin(name, time.monotonic())
        try:
            self.breaker.check()
            async with asyncio.timeout(self.options.deadline - began):
                result = await work
        except LaneError as error:
            self._fail(error)
        except TimeoutError as error:
            self._fail(LaneError(Failure.TIMEOUT, "the deadline passed"), error)
        finally:
            work.close()  # One that was never begun would be warned about.
            tally.end(name, time.monotonic())
        # Whole reads count: beside a locked table others answer, which must not keep it closed.
        self.breaker.answered()
        self._turn()
        return result

    async def close(self) -> None:
        """Ends the probing and gives all connections back."""
        await self.breaker.close()
        await self.lane.close()

    def use(self, shapes: Shapes) -> None:
        """Plans over these shapes as if they had been seen: nothing is looked at."""
        self._opened = self._planned(shapes)

    async def opened(self) -> Opened:
        """The plans over the live schema. Raises LaneError where it is not seen or does not fit."""
        if self._opened is None:
            async with self._opening:
                self.breaker.check()  # Somebody may have looked in vain meanwhile.
                if self._opened is None:
                    self._opened = await self._open()
        return self._opened

    async def run(
        self, statement: Statement, values: dict[str, object], tally: Tally
    ) -> Sequence[Row]:
        """The rows of one statement. Raises LaneError."""
        self.breaker.check()
        tally.count(self.options.name)
        started = time.perf_counter()
        with self._spans.span("source.statement", self._facts) as span:
            try:
                rows = await self.lane.fetch(statement.sql, self._parameters(statement, values))
            except LaneError as error:
                span.note("fourfold.failure", error.failure.value)
                raise
            span.note("db.response.returned_rows", len(rows))
        self._answered(rows, started)
        return rows

    async def stream(
        self, statement: Statement, values: dict[str, object], batch: int, tally: Tally
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows of one long statement in batches, each within its time. Raises SourceError."""
        tally.count(self.options.name)
        parameters = self._parameters(statement, values)
        try:
            async with aclosing(self.lane.stream(statement.sql, parameters, batch)) as batches:  # type: ignore[type-var] # a generator
                while True:
                    started = time.perf_counter()
                    async with asyncio.timeout(self.options.batch_timeout):
                        rows = await anext(batches, None)
                    if rows is None:
                        break
                    self._answered(rows, started)
                    self.breaker.answered()
                    yield rows
        except LaneError as error:
            self._fail(error)
        except TimeoutError as error:
            self._fail(LaneError(Failure.TIMEOUT, "the deadline passed"), error)

    def _parameters(self, statement: Statement, values: dict[str, object]) -> Parameters:
        """All parameters; those that are days on the day in China."""
        today = self.now().astimezone(CHINA).date()
        return statement.parameters({**statement.on(today), **values})

    def _answered(self, rows: Sequence[Row], started: float) -> None:
        self.statistics.answered(len(rows), time.perf_counter() - started)

    def note_fault(self, kind: str, count: int) -> None:
        """Counts cells or rows that are not as they should be; the log does not say whose."""
        if count:
            self.statistics.faults[kind] += count
            _log.warning("source_fault", source=self.options.name, kind=kind, rows=count)

    def note_faults(self, faults: Faults) -> None:
        """Counts what was wrong with the rows of one answer."""
        self.note_fault("bad_value", faults.bad_values)
        self.note_fault("null_key", faults.null_keys)
        self.note_fault("child_key_unmatched", faults.unmatched)
        self.note_fault("two_rows_for_one_key", faults.twins)

    async def _open(self) -> Opened:
        try:
            shapes: Shapes = await self.lane.inspect(lambda c: look_at(c, tables_of(self._mapping)))
            self._compare(shapes)
            shapes = await spaced(self.lane, self.options, self._mapping, shapes)
        except LaneError as error:
            raise error.weighing(Weight.GRAVE) from error
        self._turn()
        return self._planned(shapes)

    async def _probe(self) -> None:
        """Looks at the schema where it is not known, then asks every table for no row at all."""
        try:
            async with asyncio.timeout(self.options.deadline):
                if self._opened is None:
                    self._opened = await self._open()
                for statement, values in self._probes(self._opened):
                    await self.lane.fetch(statement.sql, self._parameters(statement, values))
        except TimeoutError as error:
            raise LaneError(Failure.TIMEOUT, "the deadline passed") from error
        except LaneError as error:
            self._forget(error)
            raise

    def _probes(self, opened: Opened) -> Iterator[Asked]:
        for plans in opened.entities.values():
            yield from entity_probes(plans)
        kept, operational = self._mapping.operational, opened.operational
        by_unit = {
            "pool": operational.pools,
            "occupation": operational.occupied,
            "plan": operational.plans,
        }
        counted = [] if opened.headcount is None else [opened.headcount]
        asked = [plan for name, plan in by_unit.items() if name in kept]
        yield from unit_probes([*asked, *counted], self.now().date())

    def _changed(self, error: LaneError | None) -> None:
        """The breaker opened, or closed again."""
        if error is not None:
            self.lane.turn_away(error)
        self._turn()
        _log.warning("source_breaker", source=self.options.name, state=self.breaker.state)

    def _turn(self) -> None:
        """The state as it follows from the breaker and from what is known of the schema."""
        if self.breaker.state is not BreakerState.CLOSED:
            state = SourceState.DOWN
        elif self.findings or self.breaker.in_a_row:
            state = SourceState.DEGRADED
        else:
            state = SourceState.UP
        self.statistics.turn(state, self.now)

    def _forget(self, error: LaneError) -> None:
        """A schema that proved wrong is looked at again."""
        if error.failure is Failure.INVALID:
            self._opened = None

    def _compare(self, shapes: Shapes) -> None:
        self.findings = tuple(misfits(self._mapping, shapes))
        for finding in self.findings:
            _log.error("mapping_misfit", source=self.options.name, finding=str(finding))
        if self.findings:
            raise LaneError(Failure.INVALID, "the schema does not fit the mapping")

    def _planned(self, shapes: Shapes) -> Opened:
        pieces = Pieces(self.lane.dialect, shapes)
        rules = self._mapping.entities
        person = rules.get(EntityKind.PERSON)
        entities = {kind: EntityPlans(rule, shapes, pieces) for kind, rule in rules.items()}
        units = entities.get(EntityKind.UNIT)
        return Opened(
            entities=entities,
            lists={kind: ListPlans(plans, pieces, units) for kind, plans in entities.items()},
            operational=OperationalPlans(self._mapping.operational, shapes, pieces),
            headcount=HeadcountPlans(person, shapes, pieces).headcount
            if person and keeps_headcount(person)
            else None,
            pool_lists=PoolListPlans(self._mapping, shapes, pieces)
            if "pool" in self._mapping.operational
            else None,
        )

    def _fail(self, error: LaneError, cause: BaseException | None = None) -> NoReturn:
        if error.weight is not Weight.REFUSED:
            self._note(error)
        kind = _ERRORS[error.failure]
        raise kind(self.options.name, self.options.department, error.reason) from (cause or error)

    def _note(self, error: LaneError) -> None:
        self.statistics.failed(error.failure, error.reason)
        self._forget(error)
        self.breaker.failed(error)
        self._turn()
        _log.warning(
            "source_failed", source=self.options.name, failure=error.failure, reason=error.reason
        )
