"""Signing in: throttle first, then the password, then the second factor where it is asked for."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from auth.accounts.passwords import Passwords
from auth.accounts.totp import counter_of
from auth.ports import AccountBook, Clock, CountBook, SessionBook
from domain.model.accounts import IDLE, LONGEST_SESSION, Account, Caller, Session
from domain.model.attempts import Attempt, Charge, decide_charge, decide_pardon
from domain.model.principal import Acr

LONGEST_LOGIN: Final = 64


class Refusal(StrEnum):
    """Why a sign-in failed, as far as the person is told."""

    WRONG = "wrong"
    LOCKED = "locked"
    CODE_NEEDED = "code_needed"
    CODE_MISSING = "code_missing"


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that failed; `retry_at` is there where it was locked."""

    why: Refusal
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody typed, and from which address."""

    login: str
    password: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class SignInBooks:
    """What signing in reads and writes."""

    accounts: AccountBook
    sessions: SessionBook
    counts: CountBook


@dataclass(frozen=True, slots=True)
class Started:
    """A session with the secret that its browser keeps."""

    session: Session
    cookie: str


class SignIn:
    """The built-in login."""

    def __init__(self, books: SignInBooks, passwords: Passwords, clock: Clock) -> None:
        self._books = books
        self._passwords = passwords
        self._clock = clock

    async def sign_in(self, given: Credentials, acr: Acr) -> Started | Refused:
        """A new session, or why not. Raises BusyError when too many sign in at once."""
        self._passwords.check_room()
        attempt = Attempt(given.login[:LONGEST_LOGIN], given.address)
        charge = await self._charge(attempt)
        if charge.retry_at is not None:
            return Refused(Refusal.LOCKED, charge.retry_at)
        await asyncio.sleep(charge.delay)
        account = await self._books.accounts.find(attempt.account)
        if not await self._knows(account, given.password) or account is None:
            return Refused(Refusal.WRONG)
        refused = await self._check_code(account, given.code, acr)
        if refused is not None:
            if refused.why is not Refusal.WRONG:
                await self._pardon(attempt)
            return refused
        await self._pardon(attempt)
        await self._remember(account, given.password)
        return await self.start(account, acr)

    async def step_up(self, caller: Caller, code: str, address: str) -> Refused | None:
        """Raise a session to two factors, or why not; wrong codes are throttled like passwords."""
        attempt = Attempt(caller.account.login, address)
        charge = await self._charge(attempt)
        if charge.retry_at is not None:
            return Refused(Refusal.LOCKED, charge.retry_at)
        refused = await self._check_code(caller.account, code, Acr.MFA)
        if refused is None or refused.why is not Refusal.WRONG:
            await self._pardon(attempt)
        if refused is None:
            await self._books.sessions.raise_acr(caller.session.sid, Acr.MFA)
        return refused

    async def start(self, account: Account, acr: Acr) -> Started:
        """A new session of a browser; never one that was there before the sign-in."""
        cookie = secrets.token_urlsafe(32)
        session = new_session(account, acr, self._clock(), (IDLE, LONGEST_SESSION))
        await self._books.sessions.start(session, cookie_hash(cookie))
        return Started(session, cookie)

    async def caller(self, cookie: str) -> Caller | None:
        """The live session of a cookie; its use puts off its end."""
        found, now = await self._books.sessions.find_by_cookie(cookie_hash(cookie)), self._clock()
        if found is None or not found.session.is_live(now) or not found.account.is_usable(now):
            return None
        await self._books.sessions.note_use(found.session.sid, now)
        return found

    async def _knows(self, account: Account | None, password: str) -> bool:
        stored = account.password_hash if account else None
        is_right = await self._passwords.matches(stored, password)
        return is_right and account is not None and account.is_usable(self._clock())

    async def _check_code(self, account: Account, code: str, acr: Acr) -> Refused | None:
        """None where the second factor is not asked for or was shown."""
        if acr is Acr.PASSWORD:
            return None
        if account.totp_secret is None:
            return Refused(Refusal.CODE_MISSING)
        if not code:
            return Refused(Refusal.CODE_NEEDED)
        counter = counter_of(account.totp_secret, code, self._clock())
        is_fresh = counter is not None and await self._books.accounts.spend_totp(
            account.sub, counter
        )
        return None if is_fresh else Refused(Refusal.WRONG)

    async def _remember(self, account: Account, password: str) -> None:
        await self._books.accounts.note_use(account.sub, self._clock())
        fresh = await self._passwords.rehashed(account.password_hash, password)
        if fresh is not None:
            await self._books.accounts.set_password(account.sub, fresh, account.login)

    async def _charge(self, attempt: Attempt) -> Charge:
        now = self._clock()
        decide = partial(decide_charge, attempt, now=now)
        return await self._books.counts.charge(attempt.keys, decide, now)

    async def _pardon(self, attempt: Attempt) -> None:
        now = self._clock()
        decide = partial(decide_pardon, attempt, now=now)
        await self._books.counts.charge(attempt.keys, decide, now)


def new_session(
    account: Account, acr: Acr, now: datetime, lasting: tuple[timedelta, timedelta]
) -> Session:
    """A session that begins now; `lasting` is how long idle and how long at all."""
    idle, longest = lasting
    return Session(
        sid=secrets.token_hex(16),
        sub=account.sub,
        acr=acr,
        started_at=now,
        seen_at=now,
        idle=idle,
        ends_at=now + longest,
    )


def cookie_hash(cookie: str) -> str:
    """What the platform database keeps of a cookie."""
    return hashlib.sha256(cookie.encode()).hexdigest()
