"""The watch over the sources: what is news, what a slow listener gets, and when nobody looks."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import pytest

from adapters.breaker import BreakerFigures
from domain.model.departments import RECORD_ORDER, Department
from domain.model.histogram import Histogram
from resolvers.health import SourceHealth
from resolvers.watching import SourceWatch, changed


def a_health(department: Department) -> SourceHealth:
    return SourceHealth(
        name=department.name,
        department=department,
        divisions=(),
        state="UP",
        since=None,
        last_error=None,
        latency_ms=None,
        waiting=0,
        findings=(),
        statements=0,
        rows=0,
        durations=Histogram(),
        faults={},
        failures={},
        breaker=BreakerFigures(),
    )


@dataclass
class Sources:
    """Two sources whose state a test sets; counts how often they were looked at."""

    states: dict[str, SourceHealth] = field(
        default_factory=lambda: {
            department.name: a_health(department) for department in RECORD_ORDER[:2]
        }
    )
    looks: int = 0

    def __call__(self) -> Sequence[SourceHealth]:
        self.looks += 1
        return list(self.states.values())

    def set(self, name: str, state: str) -> None:
        self.states[name] = replace(self.states[name], state=state)


A, B = (department.name for department in RECORD_ORDER[:2])


def test_news_are_state_breaker_and_error_but_not_latency() -> None:
    before = Sources().states
    health = before[A]
    quiet = replace(health, latency_ms=7.0, waiting=3, statements=9)
    opened = replace(health, breaker=replace(health.breaker, state="OPEN"))

    assert changed(before, {**before, A: quiet}) == []
    for each in (replace(health, state="DOWN"), replace(health, last_error="x"), opened):
        assert changed(before, {**before, A: each}) == [each]


async def test_all_are_told_first_and_then_what_changes() -> None:
    sources = Sources()
    async with aclosing(SourceWatch(sources, every=0.001).changes()) as told:
        first = [(await anext(told)).name for _ in range(2)]
        sources.set(B, "DOWN")
        change = await anext(told)

    assert first == [A, B]
    assert (change.name, change.state) == (B, "DOWN")


async def test_a_slow_listener_gets_the_newest_state_once() -> None:
    sources = Sources()
    async with aclosing(SourceWatch(sources, every=0.001).changes()) as told:
        for _ in range(2):
            await anext(told)
        for state in ("DOWN", "DEGRADED", "UP", "DOWN", "DEGRADED"):
            sources.set(A, state)
            seen = sources.looks
            while sources.looks < seen + 2:  # noqa: ASYNC110 - time passes, no event
                await asyncio.sleep(0)
        sources.set(B, "DOWN")
        change, other = await anext(told), await anext(told)

    assert (change.name, change.state) == (A, "DEGRADED")
    assert (other.name, other.state) == (B, "DOWN")


async def test_one_look_serves_all_and_nobody_looks_for_nobody() -> None:
    sources = Sources()
    watch = SourceWatch(sources, every=0.001)
    async with aclosing(watch.changes()) as one, aclosing(watch.changes()) as other:
        for told in (one, other):
            for _ in range(2):
                await anext(told)
        looking = watch._looking
        sources.set(A, "DOWN")
        assert {(await anext(told)).state for told in (one, other)} == {"DOWN"}
        assert watch._looking is looking
        assert watch.listeners == 2

    looks = sources.looks
    await asyncio.sleep(0.02)
    assert (watch.listeners, sources.looks) == (0, looks)


async def test_a_watch_that_fails_tells_its_listeners_and_begins_anew() -> None:
    sources = Sources()
    watch = SourceWatch(sources, every=0.001)
    kept = sources.states

    async with aclosing(watch.changes()) as told:
        for _ in range(2):
            await anext(told)
        sources.states = {A: None}  # type: ignore[dict-item] # as if something broke
        with pytest.raises(AttributeError):
            await anext(told)

    sources.states = kept
    async with aclosing(watch.changes()) as told:
        assert (await anext(told)).name == A
