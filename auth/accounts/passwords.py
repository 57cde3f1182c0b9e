"""Passwords: argon2id with bounded work, the same whether the account exists or not."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.model.errors import BadInputError, FourfoldError

SHORTEST: Final = 12
LONGEST: Final = 200
AT_ONCE: Final = 2
WAITING: Final = 8
R = TypeVar("R")
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


class BusyError(FourfoldError):
    """Too many passwords are being checked; the caller comes again a little later."""

    code = "RATE_LIMITED"


class Passwords:
    """Hashes and checks in two threads; what does not fit into a short queue is refused."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "argon2")
        self._inside = 0
        # Compared with where there is no account: the answer takes as long.
        self._nobody = _HASHER.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises BadInputError for a password that is too short or too long."""
        check_strength(password)
        return await self._run(_HASHER.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether a password is right. Raises BusyError."""
        is_right = await self._run(_verify, stored or self._nobody, password[: LONGEST + 1])
        return is_right and stored is not None

    async def rehashed(self, stored: str, password: str) -> str | None:
        """A new hash where the stored one was made with other parameters."""
        if not _HASHER.check_needs_rehash(stored):
            return None
        return await self._run(_HASHER.hash, password)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def check_room(self) -> None:
        """Raises BusyError when the queue is full."""
        if self._inside >= AT_ONCE + WAITING:
            raise BusyError("too many sign-ins at once")

    async def _run(self, work: Callable[..., R], *arguments: str) -> R:
        self.check_room()
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._inside -= 1


def check_strength(password: str) -> None:
    """Raises BadInputError for a password that is too short, too long or of one character."""
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < 5:
        raise BadInputError(f"a password has {SHORTEST} to {LONGEST} characters, not all alike")


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
