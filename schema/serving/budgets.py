"""Budgets of subjects: what a question costs is charged before it runs, misses after."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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


@dataclass(slots=True)
class Budgets:
    """Charges subjects; in between two looks at the shared counters it adds up by itself."""

    budget: Budget
    counters: Counters
    _kept: dict[str, _Kept] = field(default_factory=dict)

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
        for charge in charges(self.budget, subject, (cost.fields, cost.lookups), now):
            if await self._total(charge, now) > charge.limit:
                seconds = max(1, int((charge.until - now).total_seconds()))
                raise RateLimitedError(
                    "查询额度已用完，请稍后再试 (the budget is used up; try again later)", seconds
                )

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
        if not misses:
            kept = self._kept.get(key)
            if kept is not None and kept.total:
                await self.counters.forget(key)
                self._kept[key] = _Kept(0, 0, now)
            return
        charge = Charge(key, misses, self.budget.misses or 0, now + MISSES_KEPT)
        [total] = await self.counters.add([charge], now)
        self._kept[key] = _Kept(total, 0, now)

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
        if len(self._kept) % 100 == 0:
            await self.counters.forget_old(now)


def found_in(data: Mapping[str, object] | None, keys: Sequence[str]) -> list[bool]:
    """Whether each lookup found somebody, by the keys of its answers."""
    return [data.get(key) is not None for key in keys] if data else []
