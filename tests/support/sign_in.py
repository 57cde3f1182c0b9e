"""Accounts, tokens and clocks for tests of sign-in."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auth.accounts.managing import Accounts, NewAccount
from auth.accounts.passwords import Passwords
from auth.accounts.signing_in import SignIn, SignInBooks, new_session
from auth.tokens.keyring import KeyRing
from auth.tokens.minting import Grant, Minter
from auth.tokens.verifying import OwnIssuer, Verifier
from commands.accounts.opening import Desk, open_desk
from domain.model.accounts import IDLE, LONGEST_SESSION, Account, Session
from domain.model.departments import Department
from domain.model.keys import DivisionCode
from domain.model.principal import Acr
from domain.model.roles import Rights, Role
from store.database import Store, open_store
from tests.support.links import options

ISSUER = "http://127.0.0.1:8000"
AUDIENCE = "fourfold"
PASSWORD = "correct horse battery staple"
HR_REVIEWER = Rights(frozenset({Role.HR_REVIEWER}), Department.HR, (DivisionCode("370700"),), ())
SYS_ADMIN = Rights(frozenset({Role.SYS_ADMIN}))
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that a test moves."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class House:
    """Sign-in over a real platform database, at a time the test sets."""

    store: Store
    clock: SetClock
    passwords: Passwords
    minter: Minter
    verifier: Verifier
    accounts: Accounts
    sign_in: SignIn = field(init=False)

    def __post_init__(self) -> None:
        books = SignInBooks(self.store.accounts, self.store.sessions, self.store.sign_in_counts)
        self.sign_in = SignIn(books, self.passwords, self.clock)

    async def account(self, login: str = "li.na", rights: Rights = HR_REVIEWER) -> Account:
        return await self.accounts.add(NewAccount(login, login, rights, PASSWORD), "test")

    async def session(self, account: Account, acr: Acr = Acr.PASSWORD) -> Session:
        session = new_session(account, acr, self.clock(), (IDLE, LONGEST_SESSION))
        await self.store.sessions.start(session)
        return session

    async def token(self, account: Account, session: Session | None = None) -> str:
        found = session or await self.session(account)
        return await self.minter.access_token(account, found, Grant("test", "openid"))


@asynccontextmanager
async def open_house(url: str) -> AsyncIterator[House]:
    """A house on one platform database; several may share it, as workers do."""
    clock, passwords = SetClock(), Passwords()
    async with open_store(options(url)) as store:
        keys = KeyRing(store.signing_keys, "ES256", clock)
        await keys.prepare()
        minter = Minter(ISSUER, AUDIENCE, keys, clock)
        verifier = Verifier(OwnIssuer(ISSUER, AUDIENCE, keys, store.sessions), (), clock)
        accounts = Accounts(store.accounts, store.sessions, passwords, clock)
        yield House(store, clock, passwords, minter, verifier, accounts)
    passwords.close()


def switch_access_on(config: Path) -> None:
    """A test city as it comes is open to this machine."""
    text = config.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    config.write_text(text, encoding="utf-8")


async def add_account(config: Path, login: str, rights: Rights = HR_REVIEWER) -> None:
    """An account of a city, with PASSWORD."""
    async with open_desk(config) as desk:
        await desk.access.accounts.add(NewAccount(login, login, rights, PASSWORD), "test")


async def token_with(desk: Desk, login: str, kind: str = "at+jwt", **claims: object) -> str:
    """A token of an account with some claims replaced; None leaves one out."""
    account = await desk.store.accounts.find(login)
    assert account is not None
    now = datetime.now(UTC)
    acr = Acr.MFA if claims.get("acr") == Acr.MFA else Acr.PASSWORD
    session = new_session(account, acr, now, (IDLE, LONGEST_SESSION))
    await desk.store.sessions.start(session)
    said: dict[str, Any] = {
        "iss": desk.access.minter.issuer,
        "sub": account.sub,
        "aud": desk.access.minter.audience,
        "client_id": "test",
        "iat": int(time.time()),
        "exp": int(time.time()) + 300,
        "jti": session.sid[::-1],
        "sid": session.sid,
        "acr": "pwd",
        **claims,
    }
    kept = {name: value for name, value in said.items() if value is not None}
    return await desk.access.minter.sign(kept, kind)
