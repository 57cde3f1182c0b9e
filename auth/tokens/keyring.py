"""The provider's own keys: made on first use, published before they sign, kept for a while."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc.jwk import ECKey, OKPKey, RSAKey

from auth.ports import Clock, KeyBook
from auth.tokens.jose import PublicKey, public_keys
from domain.model.accounts import KeyState, SigningKey
from domain.model.errors import BadInputError, PlatformError

OLD_KEPT: Final = 2
PUBLISHED_FIRST: Final = timedelta(minutes=10)
"""How long a next key stands in the JWKS before it may sign: longer than clients keep one."""
JWKS_MAX_AGE: Final = 300
_RSA_BITS: Final = 2048


class KeyRing:
    """The signing keys, shared by all workers through the platform database."""

    def __init__(self, book: KeyBook, algorithm: str, clock: Clock) -> None:
        self._book = book
        self._algorithm = algorithm
        self._clock = clock

    async def prepare(self) -> None:
        """Make a current and a next key where there are none; however many start at once."""
        await self._book.change(self._completed)

    async def current(self) -> SigningKey:
        """The key that signs. Raises PlatformError when the data key opens none."""
        for key in await self._book.list_all():
            if key.state is KeyState.CURRENT:
                return key
        raise PlatformError("no signing key can be read")

    async def public(self) -> Mapping[str, PublicKey]:
        """Every key that may verify, by id."""
        return public_keys(await self.jwks())

    async def jwks(self) -> dict[str, Any]:
        """What is published: next, current and old keys, without their private parts."""
        return {"keys": [_published(key) for key in await self._book.list_all()]}

    async def rotate(self) -> None:
        """Next signs from now on, current becomes old, a new next is published.

        Raises BadInputError while clients may not have seen the next key yet.
        """
        await self._book.change(lambda keys: _rotated(self._completed(keys) or keys, self._made()))

    async def replace_leaked(self) -> None:
        """Next signs from now on, and no earlier key verifies: everybody signs in again."""
        await self._book.change(
            lambda keys: _without_earlier(self._completed(keys) or keys, self._made())
        )

    def _completed(self, keys: Sequence[SigningKey]) -> Sequence[SigningKey] | None:
        states = {key.state for key in keys}
        missing = [s for s in (KeyState.NEXT, KeyState.CURRENT) if s not in states]
        if not missing:
            return None
        now = self._clock()
        made = (replace(self._made(), state=state, made_at=now) for state in missing)
        return [*keys, *made]

    def _made(self) -> SigningKey:
        key = _generated(self._algorithm)
        private = json.dumps(key.as_dict(private=True))
        return SigningKey(key.thumbprint(), self._algorithm, KeyState.NEXT, private, self._clock())


def _generated(algorithm: str) -> RSAKey | ECKey | OKPKey:
    if algorithm == "ES256":
        return ECKey.generate_key("P-256")
    if algorithm == "EdDSA":
        return OKPKey.generate_key("Ed25519")
    return RSAKey.generate_key(_RSA_BITS)


def _rotated(keys: Sequence[SigningKey], fresh: SigningKey) -> Sequence[SigningKey]:
    follower = _in_state(keys, KeyState.NEXT)[0]
    current = _in_state(keys, KeyState.CURRENT)
    ready = follower.made_at + PUBLISHED_FIRST
    # Whoever knows the first current key has seen the next one beside it.
    is_seen = any(follower.made_at <= each.made_at for each in current)
    if fresh.made_at < ready and not is_seen:
        raise BadInputError(
            f"the next key was published only now: rotate after {_minute(ready)}, "
            "or with --leaked if the current key may be known to others"
        )
    old = [*current, *_in_state(keys, KeyState.OLD)][:OLD_KEPT]
    return [
        fresh,
        replace(follower, state=KeyState.CURRENT),
        *(replace(key, state=KeyState.OLD) for key in old),
    ]


def _without_earlier(keys: Sequence[SigningKey], fresh: SigningKey) -> Sequence[SigningKey]:
    return [fresh, replace(_in_state(keys, KeyState.NEXT)[0], state=KeyState.CURRENT)]


def _in_state(keys: Sequence[SigningKey], state: KeyState) -> list[SigningKey]:
    return [key for key in keys if key.state is state]


def _minute(instant: datetime) -> str:
    return instant.strftime("%H:%M UTC")


def _published(key: SigningKey) -> dict[str, Any]:
    private = json.loads(key.private)
    public = {name: private[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in private}
    return {**public, "kid": key.kid, "use": "sig", "alg": key.algorithm}
