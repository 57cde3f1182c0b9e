"""Accounts, sessions and signing keys of the built-in login, as they are kept."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.model.principal import Acr
from domain.model.roles import Rights

UNUSED: Final = timedelta(days=90)
IDLE: Final = timedelta(minutes=30)
LONGEST_SESSION: Final = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Account:
    """One person or service that signs in here; `login` is what is typed, `name` what is shown."""

    sub: str
    login: str
    name: str
    rights: Rights
    password_hash: str = field(repr=False)
    totp_secret: str | None = field(repr=False)
    is_disabled: bool
    used_at: datetime

    def is_usable(self, now: datetime) -> bool:
        """Neither disabled nor unused for 90 days. Source: roles.md section 4."""
        return not self.is_disabled and now - self.used_at < UNUSED


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in; it ends when it is ended, when idle too long, or at `ends_at`."""

    sid: str
    sub: str
    acr: Acr
    started_at: datetime
    seen_at: datetime
    idle: timedelta
    ends_at: datetime
    ended_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it still counts."""
        return self.ended_at is None and now < min(self.seen_at + self.idle, self.ends_at)


@dataclass(frozen=True, slots=True)
class Caller:
    """A session with its account."""

    session: Session
    account: Account


class KeyState(StrEnum):
    """NEXT is published and does not sign yet, CURRENT signs, OLD only verifies."""

    NEXT = "next"
    CURRENT = "current"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the provider; `private` is its private JWK as JSON, kept encrypted at rest."""

    kid: str
    algorithm: str
    state: KeyState
    private: str = field(repr=False)
    made_at: datetime
