"""HMAC-SHA-256 that has read its key: copies of it are cheap, to begin anew is not."""

import hashlib
from typing import Final

_BLOCK: Final = 64


def hmac_states(key: bytes) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """The inner and the outer hash, each to be copied and then told the rest."""
    short = key if len(key) <= _BLOCK else hashlib.sha256(key).digest()
    padded = short.ljust(_BLOCK, b"\x00")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)
