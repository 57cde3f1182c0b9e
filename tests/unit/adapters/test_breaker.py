"""When a breaker opens, that one probe at a time looks, and that it closes by itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from adapters.breaker import Breaker, BreakerOptions, BreakerState
from adapters.lanes.port import Failure, LaneError, Weight

NO_LINE = LaneError(Failure.UNAVAILABLE, "no connection", Weight.GRAVE)
SLOW = LaneError(Failure.TIMEOUT, "the statement took too long")
BUSY = LaneError(Failure.UNAVAILABLE, "too many callers are waiting", Weight.BUSY)


@dataclass(slots=True)
class Patient:
    """A source that is ill until `well`; each probe waits for `examined`."""

    well: bool = False
    examined: asyncio.Event = field(default_factory=asyncio.Event)
    probes: int = 0
    at_once: int = 0
    most: int = 0
    told: list[LaneError | None] = field(default_factory=list)
    raises: Exception = NO_LINE

    async def probe(self) -> None:
        self.probes += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.examined.wait()
        finally:
            self.at_once -= 1
        if not self.well:
            raise self.raises


@pytest.fixture
def patient() -> Patient:
    return Patient()


@pytest.fixture
async def breaker(patient: Patient) -> AsyncIterator[Breaker]:
    made = Breaker(BreakerOptions(3, 0.01, 0.02), patient.probe, patient.told.append)
    yield made
    await made.close()


async def until(breaker: Breaker, state: BreakerState) -> None:
    async with asyncio.timeout(20):
        while breaker.state is not state:  # noqa: ASYNC110 - it tells nobody when it turns
            await asyncio.sleep(0.001)


async def test_a_failed_connection_opens_it_and_the_same_failure_is_told_at_once(
    breaker: Breaker, patient: Patient
) -> None:
    breaker.failed(NO_LINE)

    with pytest.raises(LaneError) as caught:
        breaker.check()
    assert (caught.value.failure, caught.value.weight) == (Failure.UNAVAILABLE, Weight.REFUSED)
    assert caught.value.reason == "no connection, a moment ago"
    assert (breaker.opened, breaker.refused, len(patient.told)) == (1, 1, 1)


async def test_time_outs_open_it_only_in_a_row(breaker: Breaker) -> None:
    for error in (SLOW, SLOW):
        breaker.failed(error)
    breaker.answered()
    for error in (SLOW, SLOW):
        breaker.failed(error)
    breaker.check()

    breaker.failed(SLOW)

    assert breaker.state is BreakerState.OPEN


async def test_what_our_own_limits_refuse_says_nothing_of_the_source(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.failed(BUSY)

    breaker.check()
    assert breaker.in_a_row == 0


async def test_one_failed_connection_does_not_stand_for_a_source_that_just_answered(
    breaker: Breaker,
) -> None:
    breaker.answered()

    breaker.failed(NO_LINE)

    breaker.check()
    breaker.failed(NO_LINE)
    breaker.failed(NO_LINE)
    assert breaker.state is BreakerState.OPEN


async def test_half_open_lets_exactly_one_probe_through_and_nobody_else(
    breaker: Breaker, patient: Patient
) -> None:
    breaker.failed(NO_LINE)
    await until(breaker, BreakerState.HALF_OPEN)

    for _ in range(100):
        with pytest.raises(LaneError):
            breaker.check()
        breaker.failed(NO_LINE)
        await asyncio.sleep(0)

    assert (patient.probes, patient.most, breaker.opened) == (1, 1, 1)


async def test_it_closes_by_itself_once_a_probe_is_answered(
    breaker: Breaker, patient: Patient
) -> None:
    breaker.failed(NO_LINE)
    patient.examined.set()
    async with asyncio.timeout(20):
        while breaker.probes["failed"] < 3:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
    patient.well = True

    await until(breaker, BreakerState.CLOSED)

    breaker.check()
    assert (breaker.in_a_row, patient.most, patient.told[-1]) == (0, 1, None)
    breaker.failed(SLOW)
    assert breaker.state is BreakerState.CLOSED


async def test_a_probe_that_breaks_in_an_unknown_way_is_followed_by_the_next(
    breaker: Breaker, patient: Patient
) -> None:
    patient.raises = ValueError("of our own")
    patient.examined.set()
    breaker.failed(NO_LINE)
    async with asyncio.timeout(20):
        while breaker.probes["failed"] < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
    patient.well = True

    await until(breaker, BreakerState.CLOSED)


async def test_closing_ends_a_probe_that_hangs(breaker: Breaker, patient: Patient) -> None:
    breaker.failed(NO_LINE)
    await until(breaker, BreakerState.HALF_OPEN)

    await breaker.close()

    assert patient.at_once == 0
