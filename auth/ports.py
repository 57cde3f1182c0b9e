"""What sign-in keeps in the platform database, shared by all workers; store/ implements these."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.model.accounts import Account, Caller, Session, SigningKey
from domain.model.attempts import Charge, Count
from domain.model.clients import Client, ClientGrant, Refresh
from domain.model.principal import Acr
from domain.model.roles import Rights

Clock = Callable[[], datetime]
DecideCharge = Callable[[Mapping[str, Count]], Charge]
ChangeKeys = Callable[[Sequence[SigningKey]], Sequence[SigningKey] | None]


class AccountBook(Protocol):
    """The accounts of the built-in login."""

    async def add(self, account: Account, by: str, now: datetime) -> None:
        """Keep a new account. Raises BadInputError when its login is taken."""

    async def find(self, login: str) -> Account | None:
        """The account of a login name."""

    async def list_all(self) -> Sequence[Account]:
        """Every account, by login name."""

    async def set_rights(self, sub: str, rights: Rights, by: str) -> None:
        """Give an account other roles and another scope; its tokens follow within 30 s."""

    async def set_password(self, sub: str, password_hash: str, by: str) -> None:
        """Replace the password's hash."""

    async def set_totp(self, sub: str, secret: str | None, by: str) -> None:
        """Replace or take away the second factor."""

    async def close(self, sub: str, by: str) -> None:
        """Nobody signs in to it any more."""

    async def reopen(self, sub: str, now: datetime, by: str) -> None:
        """It is usable again, as if used now."""

    async def note_use(self, sub: str, now: datetime) -> None:
        """Remember a sign-in: unused accounts are suspended."""

    async def spend_totp(self, sub: str, counter: int) -> bool:
        """Take a one-time code; False when it or a later one was taken before."""


class SessionBook(Protocol):
    """Sessions, and marks of what was revoked before its end."""

    async def start(self, session: Session, cookie_hash: str | None = None) -> None:
        """Keep a new session."""

    async def find_caller(self, sid: str, marks: Iterable[str]) -> Caller | None:
        """Session and account; None for an unknown session or where a mark was revoked."""

    async def find_by_cookie(self, cookie_hash: str) -> Caller | None:
        """Session and account of a browser's cookie."""

    async def note_use(self, sid: str, now: datetime) -> None:
        """Put off the end for idleness."""

    async def raise_acr(self, sid: str, acr: Acr) -> None:
        """A second factor was shown."""

    async def end(self, sid: str, now: datetime) -> bool:
        """End a session; False when it had ended before."""

    async def end_all_of(self, sub: str, now: datetime) -> None:
        """Let every session of an account be over; `list_over` finds them, to tell clients."""

    async def list_over(self, now: datetime, most: int) -> Sequence[Session]:
        """Sessions that are over and were not ended by anybody yet, at most so many."""

    async def forget_ended(self, now: datetime) -> None:
        """Throw away what expired long ago."""

    async def revoke(self, mark: str, until: datetime) -> None:
        """Refuse tokens that carry this mark, as long as they would live."""


class KeyBook(Protocol):
    """The provider's signing keys."""

    async def list_all(self) -> Sequence[SigningKey]:
        """Every key, newest first."""

    async def change(self, change: ChangeKeys) -> None:
        """Replace all keys by what `change` makes of them, or leave them (None), alone."""


class CountBook(Protocol):
    """Failures of signing in."""

    async def charge(self, keys: Sequence[str], decide: DecideCharge, now: datetime) -> Charge:
        """Read the counters, decide, and keep the new ones; no other process comes between."""


class ClientBook(Protocol):
    """The systems that sign people in here."""

    async def add(self, client: Client, now: datetime) -> None:
        """Keep a new client. Raises BadInputError when its id is taken."""

    async def find(self, client_id: str) -> Client | None:
        """A client by its id."""

    async def list_all(self) -> Sequence[Client]:
        """Every client, by id."""

    async def remove(self, client_id: str) -> bool:
        """Forget a client and all it was granted; False where there is none."""


class GrantBook(Protocol):
    """What clients were granted; each change that must happen once is one statement."""

    async def add(self, grant: ClientGrant) -> None:
        """Keep a new grant with its code."""

    async def find_by_code(self, code_hash: str) -> ClientGrant | None:
        """The grant of a code."""

    async def spend_code(self, grant_id: str, now: datetime) -> bool:
        """Use a code; False when it was used before or revoked."""

    async def add_refresh(self, token_hash: str, grant_id: str, now: datetime) -> None:
        """Keep a refresh token."""

    async def find_refresh(self, token_hash: str) -> Refresh | None:
        """A refresh token with its grant."""

    async def spend_refresh(self, token_hash: str, now: datetime) -> bool:
        """Use a refresh token; False when it was used before."""

    async def revoke(self, grant_id: str, now: datetime) -> None:
        """Let a grant and its refresh tokens fall."""

    async def clients_of(self, sid: str) -> Sequence[Client]:
        """The clients that a session signed in to."""
