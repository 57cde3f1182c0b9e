"""Driver connections leased from SQLAlchemy's pool and kept: a check-out costs too much."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, TypeVar

from sqlalchemy import Connection, Dialect, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.lanes.failures import FULL, Verdict
from adapters.lanes.gate import Gate, Place
from adapters.lanes.handover import Handover
from adapters.lanes.port import Failure, LaneError, LaneOptions, Parameters, Row, Weight
from adapters.limit import Limit

T = TypeVar("T")


class Driver(Protocol):
    """What differs between asynchronous drivers."""

    has_array_binds: bool

    async def prepare(self, connection: Any) -> None:  # noqa: ANN401 - drivers share no type
        """Limits a new session."""

    patience: float
    """Seconds that a statement is waited for."""

    async def fetch(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
        seconds: float,
    ) -> Sequence[Row]:
        """All rows of one statement, within so many seconds."""

    def stream(
        self,
        connection: Any,  # noqa: ANN401
        sql: str,
        parameters: Parameters,
        batch: int,
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches without a time-out; whoever ends the connection tidies up."""

    async def end(self, connection: Any) -> None:  # noqa: ANN401
        """Closes a connection in good order, after a statement that was given up too."""

    def judge(self, error: BaseException) -> Verdict:
        """The error in our words."""


@dataclass(slots=True)
class Lease:
    """One pooled connection kept out of the pool; `born` on the monotonic clock."""

    pooled: PoolProxiedConnection
    born: float
    driver: Any = field(init=False)  # Any: the driver's connection under the pool's wrapping

    def __post_init__(self) -> None:
        self.driver = self.pooled.driver_connection

    def cut(self) -> None:
        """Ends the connection at once, without a word to a peer that may be dead."""
        driver = self.driver
        if self.pooled.is_valid:
            self.pooled.detach()
        (getattr(driver, "terminate", None) or driver.close)()


class LeasedLane:
    """A lane over an asynchronous driver."""

    def __init__(self, engine: AsyncEngine, driver: Driver, options: LaneOptions) -> None:
        self._engine = engine
        self._driver = driver
        self._options = options
        self._gate = Gate(options.max_connections, options.max_waiting)
        self._idle: list[Lease] = []
        self._handover: Handover[Lease] = Handover()
        self._unwatched: set[asyncio.Task[Any]] = set()  # Any: of whatever result
        self._is_closed = False

    @property
    def dialect(self) -> Dialect:
        """The dialect statements are compiled for."""
        return self._engine.dialect

    @property
    def has_array_binds(self) -> bool:
        """Whether `= ANY(array)` takes the keys in one parameter."""
        return self._driver.has_array_binds

    @property
    def waiting(self) -> int:
        """Callers waiting for a connection now."""
        return self._gate.waiting + self._handover.waiting

    async def fetch(
        self, sql: str, parameters: Parameters, until: float | None = None
    ) -> Sequence[Row]:
        """All rows; asked once more where a kept connection proves dead. Raises LaneError.

        Where nobody is waited for, the time of a statement is the only one that is watched.
        """
        gate, idle, now = self._gate, self._idle, time.monotonic()
        if not idle or not gate.free or now - idle[-1].born >= self._options.recycle_after:
            return await self._within(until, self._fetch_in_turn(sql, parameters))
        gate.free -= 1
        lease, self._handover.at_work = idle.pop(), self._handover.at_work + 1
        seconds = self._driver.patience
        if until is not None and until - now < seconds:
            seconds = until - now
        try:
            rows = await self._driver.fetch(lease.driver, sql, parameters, seconds)
        except BaseException as error:  # a driver may raise anything: we raise ours
            with Place(gate) as place:
                if seconds < self._driver.patience and isinstance(error, TimeoutError):
                    self._give_up(lease, place)
                    raise
                self._fail_unless_dead(lease, place, error)
                return await self._within(until, self._fetch_anew(sql, parameters, place))
        self._give_back(lease)
        if gate.queue:
            gate.leave()
        else:
            gate.free += 1
        return rows

    async def _within(self, until: float | None, work: Coroutine[Any, Any, T]) -> T:
        if until is None:
            return await work
        try:
            with Limit(until - time.monotonic()):
                return await work
        finally:
            work.close()  # One that was never begun would be warned about.

    async def _fetch_in_turn(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        """The same where a place, or a connection, has to be waited for."""
        await self._gate.enter()
        with Place(self._gate) as place:
            lease = self._kept_lease()
            if lease is not None:
                try:
                    return await self._run(lease, sql, parameters, place)
                except LaneError as error:
                    self._cut_if_dead(error)
            return await self._fetch_anew(sql, parameters, place)

    async def _fetch_anew(self, sql: str, parameters: Parameters, place: Place) -> Sequence[Row]:
        return await self._run(await self._new_or_free(place), sql, parameters, place)

    async def stream(
        self, sql: str, parameters: Parameters, batch: int
    ) -> AsyncIterator[Sequence[Row]]:
        """Rows in batches on a connection of their own. Raises LaneError."""
        await self._gate.enter()
        place = Place(self._gate)
        lease: Lease | None = None
        try:
            self._make_room()
            lease = await self._connected(place)
            async with aclosing(
                self._driver.stream(lease.driver, sql, parameters, batch)  # type: ignore[type-var] # a generator
            ) as batches:
                async for rows in batches:
                    yield rows
            await self._end(lease)
            lease = None
        except Exception as error:  # a driver may raise anything; it becomes our own error
            raise self._judged(error).error from error
        finally:
            if lease is not None:
                lease.cut()
            place.leave()

    async def inspect(self, look: Callable[[Connection], T]) -> T:
        """What `look` sees on a SQLAlchemy connection. Raises LaneError."""
        await self._gate.enter()
        place = Place(self._gate)
        try:
            self._make_room()
            return await self._undisturbed(self._look(look), place, lambda _: None)
        except Exception as error:  # a driver may raise anything; it becomes our own error
            raise self._judged(error).error from error
        finally:
            place.leave()

    async def _look(self, look: Callable[[Connection], T]) -> T:
        async with (
            asyncio.timeout(self._options.connect_timeout * 2),
            self._engine.connect() as connection,
        ):
            try:
                return await connection.run_sync(look)
            except BaseException:
                await connection.invalidate()
                raise

    def turn_away(self, error: LaneError) -> None:
        """Whoever waits for a connection gets this error now."""
        self._gate.turn_away(error)
        self._handover.turn_away(error)

    async def close(self) -> None:
        """Gives all connections back; later reads raise LaneError."""
        self._is_closed = True
        idle, self._idle = self._idle, []
        ending = (self._end(lease) for lease in idle)
        await asyncio.gather(*ending, *self._unwatched, return_exceptions=True)
        await self._engine.dispose()

    async def _run(
        self, lease: Lease, sql: str, parameters: Parameters, place: Place
    ) -> Sequence[Row]:
        try:
            rows = await self._driver.fetch(lease.driver, sql, parameters, self._driver.patience)
        except BaseException as error:  # noqa: BLE001 - a driver may raise anything: we raise ours
            self._fail(lease, place, error)
        self._give_back(lease)
        return rows

    def _fail_unless_dead(self, lease: Lease, place: Place, error: BaseException) -> None:
        """Raises our error, but for a kept connection that was dead."""
        try:
            self._fail(lease, place, error)
        except LaneError as failed:
            self._cut_if_dead(failed)

    def _cut_if_dead(self, error: LaneError) -> None:
        """Whatever ended a kept connection has ended the others too. Raises any other error."""
        if error.failure is not Failure.UNAVAILABLE:
            raise error
        self._cut_idle()

    def _fail(self, lease: Lease, place: Place, error: BaseException) -> NoReturn:
        """Raises our error for the driver's, and lets the connection go where it is not good."""
        if not isinstance(error, Exception):
            self._give_up(lease, place)
            raise error
        verdict = self._driver.judge(error)
        self._release(lease if verdict.is_connection_good else None)
        if not verdict.is_connection_good:
            lease.cut()
        raise verdict.error from error

    def _give_back(self, lease: Lease) -> None:
        if self._is_closed or self._handover.queue:
            self._release(lease)
        else:
            self._handover.at_work -= 1
            self._idle.append(lease)

    def _release(self, lease: Lease | None) -> None:
        """A connection is at work no more; None: it is of no use to others either."""
        self._handover.at_work -= 1
        if lease is not None:
            self._keep(lease)
        else:
            self._handover.offer(None)

    def _keep(self, lease: Lease) -> None:
        if self._is_closed:
            lease.cut()
        elif self._handover.offer(lease):
            self._handover.at_work += 1
        else:
            self._idle.append(lease)

    async def _new_or_free(self, place: Place) -> Lease:
        """A new connection; where the server allows no more, the next of ours that is free."""
        while True:
            self._handover.at_work += 1
            try:
                return await self._connected(place)
            except BaseException as error:
                self._release(None)
                is_full = isinstance(error, LaneError) and error.reason == FULL
                free = self._kept_lease() if is_full else None
                if not is_full or (free is None and not self._handover.at_work):
                    raise
            free = free or await self._handover.wait(self._release)
            if free is not None:
                return free

    def _kept_lease(self) -> Lease | None:
        while self._idle:
            lease = self._idle.pop()
            if time.monotonic() - lease.born < self._options.recycle_after:
                self._handover.at_work += 1
                return lease
            lease.cut()
        return None

    async def _connected(self, place: Place) -> Lease:
        if self._is_closed:
            raise LaneError(Failure.UNAVAILABLE, "the source is closed", Weight.BUSY)
        return await self._undisturbed(self._connect(), place, self._keep)

    async def _connect(self) -> Lease:
        lease = None
        try:
            async with asyncio.timeout(self._options.connect_timeout):
                lease = Lease(await self._engine.raw_connection(), time.monotonic())
                await self._driver.prepare(lease.driver)
                return lease
        except BaseException as error:
            if lease is not None:
                lease.cut()
            if not isinstance(error, Exception):
                raise
            raise self._judged(error).error.weighing(Weight.GRAVE) from error

    async def _undisturbed(
        self, work: Coroutine[Any, Any, T], place: Place, left: Callable[[T], None]
    ) -> T:
        """The result of work that goes on where its caller gives up: drivers leak when cut short.

        `left` takes a result that nobody waits for; until then the caller's place stays taken.
        """
        task = asyncio.create_task(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._hold(place, task)
            task.add_done_callback(lambda done: _taken(done, left))
            raise

    def _hold(self, place: Place, task: asyncio.Task[Any]) -> None:  # Any: of whatever result
        """Keeps the place until the task has ended, so that the cap holds."""
        place.is_held = True
        self._unwatched.add(task)
        task.add_done_callback(lambda done: self._let_go(place, done))

    def _let_go(self, place: Place, task: asyncio.Task[Any]) -> None:  # Any: of whatever result
        self._unwatched.discard(task)
        place.is_held = False
        place.leave()

    def _judged(self, error: Exception) -> Verdict:
        if isinstance(error, LaneError):
            return Verdict(error, is_connection_good=True)
        cause = error.orig if isinstance(error, DBAPIError) else error
        return self._driver.judge((cause.__cause__ or cause) if cause else error)

    def _give_up(self, lease: Lease, place: Place) -> None:
        """Has the server end a statement that its caller waits for no longer."""
        self._release(None)
        self._hold(place, asyncio.create_task(self._end(lease)))

    async def _end(self, lease: Lease) -> None:
        try:
            with contextlib.suppress(Exception):
                # As long as connecting may take: the server is told on a connection of its own.
                async with asyncio.timeout(self._options.connect_timeout):
                    await self._driver.end(lease.driver)
        finally:
            lease.cut()

    def _make_room(self) -> None:
        """Kept connections count for the pool's size: one goes where a new one is to come."""
        if self._idle:
            self._idle.pop().cut()

    def _cut_idle(self) -> None:
        while self._idle:
            self._idle.pop().cut()


def _taken(task: asyncio.Task[T], take: Callable[[T], None]) -> None:
    if not task.cancelled() and task.exception() is None:
        take(task.result())
