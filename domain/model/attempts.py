"""How often signing in may fail: one address, one account, and the pair of both; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

PAIR_FAILURES: Final = 5
PAIR_LOCK: Final = timedelta(minutes=30)
ADDRESS_FAILURES: Final = 30
ADDRESS_WINDOW: Final = timedelta(minutes=15)
ACCOUNT_WINDOW: Final = timedelta(minutes=30)
FIRST_DELAY: Final = 0.25
LONGEST_DELAY: Final = 8.0


@dataclass(frozen=True, slots=True)
class Count:
    """Failures counted since `first_at`; nothing is let through before `locked_until`."""

    failures: int
    first_at: datetime
    locked_until: datetime | None = None

    def within(self, window: timedelta, now: datetime) -> "Count":
        """The count, or a fresh one where its time or its lock has passed."""
        if self.locked_until is not None:
            return self if now < self.locked_until else Count(0, now)
        return self if now < self.first_at + window else Count(0, now)

    def charged(self, limit: int | None, lock_until: datetime) -> "Count":
        """One failure more; the one that reaches the limit locks."""
        failures = self.failures + 1
        return Count(failures, self.first_at, lock_until if failures == limit else None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The three counters that one attempt is charged to."""

    account: str
    address: str

    @property
    def keys(self) -> tuple[str, str, str]:
        """Pair, account, address: the names of the counters, in one order everywhere."""
        pair = f"pair\x00{self.account}\x00{self.address}"
        return pair, f"account\x00{self.account}", f"address\x00{self.address}"


@dataclass(frozen=True, slots=True)
class Charge:
    """What becomes of an attempt: let through after `delay` seconds, or refused until `retry_at`.

    `counts` is what the counters say from now on. An attempt is charged before its password is
    looked at, so that many at once count as many.
    """

    counts: Mapping[str, Count]
    delay: float = 0.0
    retry_at: datetime | None = None


def decide_charge(attempt: Attempt, counts: Mapping[str, Count], now: datetime) -> Charge:
    """The charge of one more attempt. Source: roles.md section 4."""
    pair_key, account_key, address_key = attempt.keys
    pair = counts[pair_key].within(PAIR_LOCK, now)
    account = counts[account_key].within(ACCOUNT_WINDOW, now)
    address = counts[address_key].within(ADDRESS_WINDOW, now)
    locked = [each.locked_until for each in (pair, address) if each.locked_until is not None]
    if locked:
        return Charge({}, retry_at=max(locked))
    kept = {
        pair_key: pair.charged(PAIR_FAILURES, now + PAIR_LOCK),
        account_key: account.charged(None, now),
        address_key: address.charged(ADDRESS_FAILURES, address.first_at + ADDRESS_WINDOW),
    }
    return Charge(kept, delay=delay_after(account.failures - pair.failures))


def delay_after(failures: int) -> float:
    """Seconds an account's answer waits after failures from other addresses; nobody is shut out."""
    over = failures - PAIR_FAILURES
    return 0.0 if over < 0 else min(FIRST_DELAY * 2.0 ** min(over, 10), LONGEST_DELAY)


def decide_pardon(attempt: Attempt, counts: Mapping[str, Count], now: datetime) -> Charge:
    """What a success gives back: the pair's and account's failures, and its own charge."""
    pair_key, account_key, address_key = attempt.keys
    address = counts[address_key]
    pardoned = Count(max(0, address.failures - 1), address.first_at)
    return Charge({pair_key: Count(0, now), account_key: Count(0, now), address_key: pardoned})
