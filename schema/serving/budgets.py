"""Budgets of subjects: what a question costs is charged before it runs, misses after."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Final, Protocol

from domain.model.budgets import MISSES_KEPT, Budget, Charge, charges, miss_key
from domain.model.errors import PlatformError, RateLimitedError
from schema.checking.cost import Cost
from schema.serving.caller import Caller
from schema.serving.request import BudgetRefusal, PlatformRefusal, PurposeRefusal

FRESH: Final = timedelta(seconds=1)
"""How long a process adds up by itself before it tells the others and hears of theirs."""
UNTOLD: Final = 0.02
"""The part of a budget that it gives away meanwhile, at most."""
REFUSED: Final = Cost(fields=10_000)
"""What a refused purpose costs: with the usual budget two hundred are one minute's."""
NEVER: Final = datetime.min.replace(tzinfo=UTC)
MAX_KEPT: Final = 10_000


class Counters(Protocol):
    """Counters that all workers share."""

    async def add(self, charges: Sequence[Charge], now: datetime) -> list[int]:
        """Adds each amount and gives each new total."""

    async def forget(self, key: str) -> None:
        """Begins a counter anew."""

    async def forget_old(self, now: datetime) -> None:
        """Takes away counters whose time has passed."""


@dataclass(slots=True)
class _Kept:
    total: int
    pending: int
    heard_at: datetime
    telling: asyncio.Future[None] | None = None
    """Ends when what is told just now is told."""

    def added(self, charge: Charge, now: datetime) -> int | None:
        """The total after a charge that nobody has to be told of yet; None for any other."""
        pending = self.pending + charge.amount
        is_fresh = self.heard_at <= now < self.heard_at + FRESH
        if is_fresh and pending <= charge.limit * UNTOLD and self.total + pending <= charge.limit:
            self.pending = pending
            return self.total + pending
        return None


class _Purse:
    """What a subject may spend before anybody is told or asked: between two instants, so much."""

    __slots__ = ("cost", "lookups", "most_cost", "most_lookups", "since", "until")

    def __init__(self, now: datetime) -> None:
        self.since = now
        self.until = now + FRESH
        self.cost: _Kept | None = None
        self.lookups: _Kept | None = None
        self.most_cost: float | None = inf
        self.most_lookups: float | None = inf

    def holds(self, kept: _Kept, until: datetime) -> None:
        """No longer than a counter is fresh, and counts for this time."""
        self.since = max(self.since, kept.heard_at)
        self.until = min(self.until, kept.heard_at + FRESH, until)

    def takes(self, cost: Cost, now: datetime) -> bool:
        """Takes all of it out, or nothing where somebody must be told of a part."""
        _, fields, lookups = cost
        if not self.since <= now < self.until or not _fits(self.cost, fields, self.most_cost):
            return False
        if lookups:
            if not _fits(self.lookups, lookups, self.most_lookups):
                return False
            if self.lookups is not None:
                self.lookups.pending += lookups
        if self.cost is not None:
            self.cost.pending += fields
        return True


def _fits(kept: _Kept | None, amount: int, most: float | None) -> bool:
    """Whether a counter may take so much without a word; none that counts takes everything."""
    if most is None:
        return False
    if kept is None:
        return True
    pending = kept.pending + amount
    return pending <= most * UNTOLD and kept.total + pending <= most


@dataclass(slots=True)
class Budgets:
    """Charges subjects; in between two looks at the shared counters it adds up by itself."""

    budget: Budget
    counters: Counters
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _purses: dict[str, _Purse] = field(default_factory=dict)

    def takes(self, caller: Caller, cost: Cost, now: datetime) -> bool:
        """Takes a question out of its caller's budget at once; where not, ask `admit`."""
        if caller.roles is None:
            return True
        purse = self._purses.get(caller.subject)
        return purse is not None and purse.takes(cost, now)

    async def admit(self, caller: Caller, cost: Cost, now: datetime) -> None:
        """Takes a question out of its caller's budget; without sign-in there is none.

        Raises BudgetRefusal, or PlatformRefusal where no counter can be read.
        """
        if caller.roles is None:
            return
        try:
            await self.charge(caller.subject, cost, now)
        except RateLimitedError as error:
            raise BudgetRefusal(error) from error
        except PlatformError as error:
            # Whoever is remembered comes this far while no counter can be read.
            raise PlatformRefusal from error

    async def refused(self, caller: Caller, refusal: Exception, now: datetime) -> None:
        """Takes a refusal out of the budget that leaves an entry: nobody fills the log with them.

        Raises BudgetRefusal.
        """
        if isinstance(refusal, PurposeRefusal):
            await self.admit(caller, REFUSED, now)

    async def charge(self, subject: str, cost: Cost, now: datetime) -> None:
        """Raises RateLimitedError where a budget is used up."""
        self._purses.pop(subject, None)
        for charge in charges(self.budget, subject, (cost.fields, cost.lookups), now):
            if await self._total(charge, now) > charge.limit:
                seconds = max(1, int((charge.until - now).total_seconds()))
                raise RateLimitedError(
                    "查询额度已用完，请稍后再试 (the budget is used up; try again later)", seconds
                )

        self._fill(subject, now)

    def _fill(self, subject: str, now: datetime) -> None:
        """What may be spent from now on, out of what was heard of each counter."""
        purse = _Purse(now)
        for charge in charges(self.budget, subject, (1, 0), now):
            purse.cost = self._heard(charge, purse, now)
            purse.most_cost = charge.limit if purse.cost is not None else None
        for charge in charges(self.budget, subject, (0, 1), now):
            kept = self._heard(charge, purse, now)
            if kept is None:
                purse.most_lookups = None
                break
            if charge.amount:
                purse.lookups, purse.most_lookups = kept, charge.limit
        self._purses[subject] = purse

    def _heard(self, charge: Charge, purse: _Purse, now: datetime) -> _Kept | None:
        """A counter that was heard of a moment ago and has room; the purse ends with it."""
        kept = self._kept.get(charge.key)
        if kept is None or kept.added(charge._replace(amount=0), now) is None:
            return None
        purse.holds(kept, charge.until)
        return kept

    def owes(self, subject: str, found: Sequence[bool]) -> bool:
        """Whether these lookups are to be settled: one has missed, or ends a row of misses."""
        if self.budget.misses is None or not found:
            return False
        if False in found:
            return True
        kept = self._kept.get(miss_key(subject))
        return kept is not None and kept.total > 0

    async def settle(self, subject: str, found: Sequence[bool], now: datetime) -> None:
        """Counts lookups in a row that found nobody; a question without any ends the row.

        Somebody who is known, asked for beside many guesses, hides none of them. Raises
        PlatformRefusal: a miss that nobody counts is not told.
        """
        if self.budget.misses is None or not found:
            return
        try:
            await self._count(subject, found, now)
        except PlatformError as error:
            raise PlatformRefusal from error

    async def _count(self, subject: str, found: Sequence[bool], now: datetime) -> None:
        key, misses = miss_key(subject), found.count(False)
        self._purses.pop(subject, None)
        if not misses:
            kept = self._kept.get(key)
            if kept is not None and kept.total:
                await self.counters.forget(key)
                self._keep_misses(subject, 0, now)
            return
        charge = Charge(key, misses, self.budget.misses or 0, now + MISSES_KEPT)
        [total] = await self.counters.add([charge], now)
        self._keep_misses(subject, total, now)

    def _keep_misses(self, subject: str, total: int, now: datetime) -> None:
        """A purse that was filled meanwhile knew of fewer misses."""
        self._kept[miss_key(subject)] = _Kept(total, 0, now)
        self._purses.pop(subject, None)

    async def _total(self, charge: Charge, now: datetime) -> int:
        kept = self._kept.get(charge.key)
        if kept is None:
            await self._forget_old(now)
            kept = self._kept.setdefault(charge.key, _Kept(0, 0, NEVER))
        total = kept.added(charge, now)
        if total is None and kept.telling is not None and charge.amount <= charge.limit * UNTOLD:
            # Others who came just now hear with whoever tells, instead of each for itself.
            await asyncio.wait([kept.telling])
            total = kept.added(charge, now)
        return await self._told(kept, charge, now) if total is None else total

    async def _told(self, kept: _Kept, charge: Charge, now: datetime) -> int:
        """The total after the others have been told of this and of what was added up before."""
        pending = kept.pending + charge.amount
        # Taken before anybody else can tell it once more.
        kept.pending = 0
        telling = kept.telling = asyncio.get_running_loop().create_future()
        try:
            [total] = await self.counters.add([charge._replace(amount=pending)], now)
            kept.total, kept.heard_at = total, now
        finally:
            telling.set_result(None)
            if kept.telling is telling:
                kept.telling = None
        return total

    async def _forget_old(self, now: datetime) -> None:
        """Now and then, when a counter is new, the old ones go."""
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
            self._purses.clear()
        if len(self._kept) % 100 == 0:
            await self.counters.forget_old(now)


def found_in(data: Mapping[str, object] | None, keys: Sequence[str]) -> list[bool]:
    """Whether each lookup found somebody, by the keys of its answers."""
    return [data.get(key) is not None for key in keys] if data else []
