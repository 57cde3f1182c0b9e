"""One source's talk with its database: opened on first use, in time, errors in our words."""

import asyncio
import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeVar

import structlog

from adapters.breaker import Breaker, BreakerState
from adapters.figures import SourceFigures, SourceState
from adapters.lanes.port import Failure, Lane, LaneError, Parameters, Row, Weight
from adapters.limit import Limit
from adapters.mapping.convert import CHINA
from adapters.mapping.model import SourceMapping
from adapters.opened import Opened, planned
from adapters.options import SourceOptions
from adapters.probing import Asked, entity_probes, unit_probes
from adapters.spacing import spaced
from adapters.sql.cells import Faults
from adapters.sql.fitting import findings_of, missing
from adapters.sql.kinds import Families, changed_types, families, wrong_types
from adapters.sql.losses import Losses, without
from adapters.sql.pieces import Statement
from adapters.sql.shapes import Shapes, look_at, tables_of
from adapters.tracing import traced
from domain.model.errors import (
    Finding,
    SourceError,
    SourceInvalidError,
    SourceTimeoutError,
    SourceUnavailableError,
)
from domain.model.tally import Tally
from domain.model.tracing import Fact, NoSpans, Spans

T = TypeVar("T")
Clock = Callable[[], datetime]
_ERRORS: Final[dict[Failure, type[SourceError]]] = {
    Failure.UNAVAILABLE: SourceUnavailableError,
    Failure.TIMEOUT: SourceTimeoutError,
    Failure.INVALID: SourceInvalidError,
}
_MISFIT: Final = "the schema does not fit the mapping"
_log = structlog.get_logger("adapters")


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked at while work goes on: the clock, and what makes spans of it."""

    now: Clock
    spans: Spans


class Session:
    """Runs statements of one source; looks at the schema first, and again now and then.

    At once where a statement proved that it has changed; what fits still is answered meanwhile.
    """

    def __init__(
        self, options: SourceOptions, mapping: SourceMapping, lane: Lane, watch: Watch
    ) -> None:
        self.options = options
        self.statistics = SourceFigures()
        self.findings: tuple[Finding, ...] = ()
        self.refusals: Counter[str] = Counter()
        """Texts that the server did not take, by how many looks at the schema since they ran."""
        self.now = watch.now
        self._spans = watch.spans
        self._is_traced = not isinstance(watch.spans, NoSpans)
        self._facts: Mapping[str, Fact] = {
            "fourfold.source": options.name,
            "fourfold.department": options.department.value,
            "db.system.name": options.backend,
        }
        self.lane = lane
        self._mapping = mapping
        self.seen: Opened | None = None
        """The plans over the live schema as it was last seen; whoever asks looks now and then."""
        self._opening = asyncio.Lock()
        self._looked_at = 0.0
        self._seen: Families = {}
        self._first_seen: Families = {}
        self._watching: asyncio.Task[None] | None = None
        self.breaker = Breaker(options.breaker, self._probe, self._changed)

    async def within_deadline(self, work: Coroutine[Any, Any, T], tally: Tally) -> T:
        """The result of a read, or a SourceError: at once while the breaker is open.

        All reads of one request together wait for the source no longer than its deadline.
        """
        name = self.options.name
        began = tally.begin(name, time.monotonic())
        try:
            self.breaker.check()
            with Limit(self.options.deadline - began):
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

    async def ask(self, sql: str, parameters: Parameters, tally: Tally) -> Sequence[Row]:
        """The rows of one text within the deadline; as `within_deadline`, for a single read."""
        options, started = self.options, time.monotonic()
        name = options.name
        if started - self._looked_at > options.watch_after:
            self._watch()
        until = started + options.deadline - tally.begin(name, started)
        try:
            rows = await self._sent(sql, parameters, tally, until)
        except LaneError as error:
            self._fail(error)
        except TimeoutError as error:
            self._fail(LaneError(Failure.TIMEOUT, "the deadline passed"), error)
        finally:
            ended = time.monotonic()
            tally.end(name, ended)
        self.statistics.answered(len(rows), ended - started)
        self.breaker.answered(ended)
        if self.statistics.state is not SourceState.UP or self.findings:
            self._turn()
        return rows

    async def close(self) -> None:
        """Ends the probing and the watching, and gives all connections back."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self.breaker.close()
        await self.lane.close()

    def use(self, shapes: Shapes) -> None:
        """Plans over these shapes as if they had been seen: nothing is looked at."""
        self._know(planned(self.lane.dialect, self._mapping, shapes, Losses()))
        self._looked_at = time.monotonic()

    async def opened(self) -> Opened:
        """The plans over the live schema. Raises LaneError where it is not seen or does not fit."""
        opened = self.seen
        if opened is None:
            async with self._opening:
                self.breaker.check()  # Somebody may have looked in vain meanwhile.
                return self.seen or self._know(await self._open())
        if time.monotonic() - self._looked_at > self.options.watch_after:
            self._watch()
        return opened

    def _know(self, opened: Opened) -> Opened:
        """What this look says counts from now on."""
        self.forget_look()
        self.seen = opened
        return opened

    def forget_look(self) -> None:
        """What was prepared for the last look is used no more."""
        if self.seen is not None:
            self.seen.look.is_last = False
        self.seen = None

    async def opened_for(self, needs: Callable[[Losses], bool]) -> Opened:
        """The plans where nothing is lost that is needed; looks again first where it is.

        Raises LaneError, or SourceInvalidError while the part that is needed does not fit.
        """
        opened = await self.opened()
        if needs(opened.losses) and self._may_look_again():
            async with self._opening:
                if self.seen is opened and self._may_look_again():
                    self._know(await self._open())
            opened = await self.opened()
        if not needs(opened.losses):
            return opened
        self.statistics.failed(Failure.INVALID, _MISFIT)
        raise SourceInvalidError(self.options.name, self.options.department, _MISFIT)

    async def run(
        self, statement: Statement, values: dict[str, object], tally: Tally
    ) -> Sequence[Row]:
        """The rows of one statement. Raises LaneError."""
        return await self.fetch(statement.sql, self.parameters(statement, values), tally)

    async def fetch(self, sql: str, parameters: Parameters, tally: Tally) -> Sequence[Row]:
        """The rows of a text with its parameters. Raises LaneError."""
        started = time.perf_counter()
        rows = await self._sent(sql, parameters, tally)
        self.statistics.answered(len(rows), time.perf_counter() - started)
        return rows

    def _sent(
        self, sql: str, parameters: Parameters, tally: Tally, until: float | None = None
    ) -> Awaitable[Sequence[Row]]:
        """The rows that the lane fetches, in a span where somebody traces: every read passes here.

        Raises LaneError.
        """
        if self.breaker.state is not BreakerState.CLOSED:
            self.breaker.check()
        tally.count(self.options.name)
        asked = self.lane.fetch(sql, parameters, until)
        return traced(self._spans, self._facts, asked) if self._is_traced else asked

    async def stream(
        self, statement: Statement, values: dict[str, object], batch: int, tally: Tally
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows of one long statement in batches, each within its time. Raises SourceError."""
        tally.count(self.options.name)
        parameters = self.parameters(statement, values)
        try:
            async with aclosing(self.lane.stream(statement.sql, parameters, batch)) as batches:  # type: ignore[type-var] # a generator
                while True:
                    started = time.perf_counter()
                    async with asyncio.timeout(self.options.batch_timeout):
                        rows = await anext(batches, None)
                    if rows is None:
                        break
                    self.statistics.answered(len(rows), time.perf_counter() - started)
                    self.breaker.answered()
                    yield rows
        except LaneError as error:
            self._fail(error)
        except TimeoutError as error:
            self._fail(LaneError(Failure.TIMEOUT, "the deadline passed"), error)

    def parameters(self, statement: Statement, values: dict[str, object]) -> Parameters:
        """All parameters; those that are days on the day in China."""
        if not statement.days:
            return statement.parameters(values)
        today = self.now().astimezone(CHINA).date()
        return statement.parameters({**statement.on(today), **values})

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
            shapes = await self._look()
            mapping, losses = self._compare(shapes)
            shapes = await spaced(self.lane, self.options, mapping, shapes)
        except LaneError as error:
            raise error.weighing(Weight.GRAVE) from error
        self._turn()
        return planned(self.lane.dialect, mapping, shapes, losses)

    async def _look(self) -> Shapes:
        shapes: Shapes = await self.lane.inspect(lambda c: look_at(c, tables_of(self._mapping)))
        self._looked_at = time.monotonic()
        return shapes

    def _may_look_again(self) -> bool:
        """Not more often than a broken source is probed, however many ask for what is lost."""
        pause = min(self.options.breaker.retry_after, self.options.watch_after)
        return time.monotonic() - self._looked_at >= pause

    def _watch(self) -> None:
        """Looks again beside the running orders, once at a time."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._look_again())

    async def _look_again(self) -> None:
        """Plans anew where the schema has changed; a database that is away changes nothing."""
        try:
            async with self._opening:
                is_known = self.seen is not None
                if not is_known or families(await self._look()) != self._seen:
                    self._know(await self._open())
        except LaneError as error:
            self._looked_at = time.monotonic()
            _log.warning("schema_not_seen", source=self.options.name, reason=error.reason)

    async def _probe(self) -> None:
        """Looks at the schema where it is not known, then asks every table for no row at all."""
        try:
            async with asyncio.timeout(self.options.deadline):
                opened = self.seen or self._know(await self._open())
                for statement, values in self._probes(opened):
                    await self.lane.fetch(statement.sql, self.parameters(statement, values))
        except TimeoutError as error:
            raise LaneError(Failure.TIMEOUT, "the deadline passed") from error
        except LaneError as error:
            self._forget(error)
            raise

    def _probes(self, opened: Opened) -> Iterator[Asked]:
        for plans in opened.entities.values():
            yield from entity_probes(plans)
        kept, operational = opened.kept, opened.operational
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
        if error.failure is Failure.INVALID and self._may_look_again():
            self.forget_look()

    def _compare(self, shapes: Shapes) -> tuple[SourceMapping, Losses]:
        """The part of the mapping that fits. Raises LaneError where nothing of it does."""
        self._seen = families(shapes)
        self._first_seen = {**self._seen, **self._first_seen}
        wrong = [
            *missing(self._mapping, shapes),
            *wrong_types(self._mapping, shapes, self.options.backend),
        ]
        drifted = changed_types(self._mapping, self._first_seen, self._seen)
        found = tuple(findings_of(self._mapping, [*wrong, *drifted]))
        for finding in found:
            if finding not in self.findings:
                _log.error("mapping_misfit", source=self.options.name, finding=finding.place)
        self.findings = found
        mapping, losses = without(self._mapping, (each.scope for each in wrong))
        if wrong and not mapping.entities and not mapping.operational:
            raise LaneError(Failure.INVALID, _MISFIT)
        return mapping, losses

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
