"""Changing accounts: who may, what roles go together, and that old sessions end."""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from auth.accounts.passwords import Passwords
from auth.accounts.totp import new_secret
from auth.ports import AccountBook, Clock, SessionBook
from domain.model.accounts import Account
from domain.model.errors import BadInputError, ForbiddenError
from domain.model.roles import Rights, Role, decide_rights

_LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_PASSWORD_BYTES: Final = 15


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that is wanted."""

    login: str
    name: str
    rights: Rights
    password: str


class Accounts:
    """The desk of the security administrator; `by` names who asked for the change."""

    def __init__(
        self, accounts: AccountBook, sessions: SessionBook, passwords: Passwords, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._clock = clock

    async def add(self, wanted: NewAccount, by: str) -> Account:
        """A new account. Raises BadInputError, ForbiddenError."""
        if not _LOGIN.fullmatch(wanted.login):
            raise BadInputError("a login has small letters, digits and . _ - (a letter first)")
        check_rights(wanted.rights)
        now = self._clock()
        made = Account(
            sub=secrets.token_hex(16),
            login=wanted.login,
            name=wanted.name[:64],
            rights=wanted.rights,
            password_hash=await self._passwords.hash(wanted.password),
            totp_secret=None,
            is_disabled=False,
            used_at=now,
        )
        await self._accounts.add(made, by, now)
        return made

    async def set_rights(self, account: Account, rights: Rights, by: str) -> None:
        """Other roles or another scope. Raises BadInputError, ForbiddenError."""
        if account.login == by:
            raise ForbiddenError("nobody gives roles to the own account")
        check_rights(rights)
        await self._accounts.set_rights(account.sub, rights, by)

    async def set_password(self, account: Account, password: str, by: str) -> None:
        """Another password; every session of the account ends. Raises BadInputError."""
        await self._accounts.set_password(account.sub, await self._passwords.hash(password), by)
        await self._sessions.end_all_of(account.sub, self._clock())

    async def give_totp(self, account: Account, by: str) -> str:
        """A new second factor's secret; codes of an earlier one count no more."""
        secret = new_secret()
        await self._accounts.set_totp(account.sub, secret, by)
        return secret

    async def take_totp(self, account: Account, by: str) -> None:
        """No second factor any more; every session of the account ends."""
        await self._accounts.set_totp(account.sub, None, by)
        await self._sessions.end_all_of(account.sub, self._clock())

    async def close(self, account: Account, by: str) -> None:
        """Nobody signs in to it; every session of the account ends."""
        await self._accounts.close(account.sub, by)
        await self._sessions.end_all_of(account.sub, self._clock())

    async def reopen(self, account: Account, by: str) -> None:
        """A closed or suspended account is usable again."""
        await self._accounts.reopen(account.sub, self._clock(), by)

    async def check_administrator(self, login: str) -> None:
        """Raises ForbiddenError unless the login is that of a security administrator."""
        found = await self._accounts.find(login)
        is_allowed = found is not None and found.is_usable(self._clock())
        if found is None or not is_allowed or Role.SEC_ADMIN not in found.rights.roles:
            raise ForbiddenError(f"{login} is not a security administrator")


def check_rights(rights: Rights) -> None:
    """Raises BadInputError with every reason against roles and scope."""
    reasons = decide_rights(rights)
    if reasons:
        raise BadInputError("; ".join(reasons))


def new_password() -> str:
    """A password nobody chose, for a new account."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)
