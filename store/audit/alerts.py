"""Watches the log behind its writer: alerts as events and counts, never on anybody's time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

import structlog

from domain.audit.alerting import (
    Alert,
    AuditFigures,
    Thresholds,
    has_history,
    is_off_hours,
    is_refusal,
    is_watched,
    usual_since,
)
from domain.model.budgets import Charge
from domain.model.errors import PlatformError
from store.audit.sightings import Sightings
from store.audit.subjects import Kind
from store.audit.writing import Kept
from store.budgets import BudgetCounts

MISSED: Final = "missed"
PAUSE_SECONDS: Final = 1.0
"""Entries of so long are looked at together."""
MOST_WAITING: Final = 20_000
_log = structlog.get_logger("audit")


class Reader(NamedTuple):
    """One account on one day of the city."""

    account: str
    day: date


@dataclass(slots=True)
class _Read:
    """What an account has read since it was looked at last."""

    persons: dict[str, None] = field(default_factory=dict)
    units: dict[str, None] = field(default_factory=dict)
    hash: str = ""
    refusals: int = 0
    off_hours: int = 0
    trace: str = ""


@dataclass(slots=True)
class Alerts:
    """Hears of every batch, looks at what came together, and tells what somebody should see."""

    sightings: Sightings
    counts: BudgetCounts
    thresholds: Thresholds
    zone: tzinfo
    figures: AuditFigures
    clock: Callable[[], datetime]
    pause: float = PAUSE_SECONDS
    _waiting: list[Kept] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, kept: Sequence[Kept]) -> None:
        """Takes a batch to be looked at soon; more than can be kept is counted as missed."""
        if len(self._waiting) + len(kept) > MOST_WAITING:
            self.figures.alerts[MISSED] += len(kept)
            return
        self._waiting += [one for one in kept if is_watched(one.entry)]
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Looks at what is left."""
        self._hurry.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._waiting:
            try:
                async with asyncio.timeout(self.pause):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            kept, self._waiting = self._waiting, []
            try:
                await self._look_at(kept)
            except PlatformError:
                self.figures.alerts[MISSED] += len(kept)
                _log.warning("audit_alerts_missed", entries=len(kept))

    async def _look_at(self, kept: Sequence[Kept]) -> None:
        for reader, read in self._by_reader(kept).items():
            await self._count(reader, read)
            await self._persons(reader, read)
            await self._units(reader, read)

    def _by_reader(self, kept: Sequence[Kept]) -> dict[Reader, _Read]:
        found: dict[Reader, _Read] = {}
        for entry, subjects in kept:
            at = entry.at.astimezone(self.zone)
            read = found.setdefault(Reader(entry.actor.sub, at.date()), _Read())
            read.trace = entry.trace
            read.hash = subjects[Kind.ACCOUNT][0]
            read.refusals += is_refusal(entry)
            read.off_hours += is_off_hours(at, self.thresholds)
            if not is_refusal(entry):
                read.persons |= dict.fromkeys(subjects[Kind.PERSON])
                read.units |= dict.fromkeys(subjects[Kind.UNIT])
        return found

    async def _count(self, reader: Reader, read: _Read) -> None:
        if read.off_hours and await self._is_first(Alert.OFF_HOURS, reader):
            self._tell(Alert.OFF_HOURS, reader, read, read.off_hours)
        limit = self.thresholds.refusals
        if limit and read.refusals:
            until = self.clock() + timedelta(minutes=self.thresholds.refusal_minutes)
            charge = Charge(f"audit|refusals|{reader.account}", read.refusals, limit, until)
            [total] = await self.counts.add([charge], self.clock())
            if total // limit > (total - read.refusals) // limit:
                self._tell(Alert.REFUSALS, reader, read, total)

    async def _persons(self, reader: Reader, read: _Read) -> None:
        limit = self.thresholds.persons_per_day
        if not limit or not read.persons:
            return
        days = (reader.day, reader.day)
        seen = await self.sightings.note(read.hash, Kind.PERSON, [*read.persons], days)
        if seen.today > limit and await self._is_first(Alert.MANY_PERSONS, reader):
            self._tell(Alert.MANY_PERSONS, reader, read, seen.today)

    async def _units(self, reader: Reader, read: _Read) -> None:
        if not self.thresholds.unit_days or not read.units:
            return
        known_since = await self.sightings.known_since(read.hash, reader.day)
        days = (reader.day, usual_since(reader.day, self.thresholds))
        seen = await self.sightings.note(read.hash, Kind.UNIT, [*read.units], days)
        if seen.fresh and has_history(known_since, reader.day):
            self._tell(Alert.UNUSUAL_UNITS, reader, read, seen.fresh)

    async def _is_first(self, alert: Alert, reader: Reader) -> bool:
        """Whether nobody has told this of the account today, in whatever process."""
        until = self.clock() + timedelta(days=1)
        charge = Charge(f"audit|{alert}|{reader.account}|{reader.day}", 1, 1, until)
        return await self.counts.add([charge], self.clock()) == [1]

    def _tell(self, alert: Alert, reader: Reader, read: _Read, count: int) -> None:
        self.figures.alerts[alert.value] += 1
        _log.warning(
            "audit_alert", alert=alert.value, account=reader.account, count=count, trace=read.trace
        )
