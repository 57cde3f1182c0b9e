"""Keyed hashes and sealed texts: what lets the platform know a number again without keeping it."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST_SECRET: Final = 32

# AES-SIV refuses an empty text; the byte also leaves room for a second form.
_FORM: Final = b"\x01"
# A stranger's JSON may hold half a character: it is hashed like any other and found nowhere.
_HALVES: Final = "surrogatepass"


class Seals:
    """Hashes and seals under two secrets, each used for one purpose only through derived keys."""

    def __init__(self, index_key: bytes, data_key: bytes) -> None:
        if min(len(index_key), len(data_key)) < SHORTEST_SECRET:
            raise ValueError(f"a platform secret has at least {SHORTEST_SECRET} bytes")
        self._index_key = _derived(index_key, b"fourfold blind index", 32)
        self._siv = AESSIV(_derived(data_key, b"fourfold seal", 64))
        self.key_id: str = _derived(index_key, b"fourfold key id", 4).hex()

    def blind_index(self, text: str, context: str = "id-number") -> str:
        """The keyed hash under which a text is looked up, 64 hex digits; differs by context."""
        message = f"{context}\x00{text}".encode(errors=_HALVES)
        return hmac.digest(self._index_key, message, hashlib.sha256).hex()

    def seal(self, text: str, context: str) -> str:
        """A token of URL characters, the same for the same text, that only `unseal` can read."""
        sealed = self._siv.encrypt(_FORM + text.encode(errors=_HALVES), [context.encode()])
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def unseal(self, token: str, context: str) -> str | None:
        """The text of a token; None for one that was not sealed here for this context."""
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            # Base64 reads several spellings of the last character; only ours is a token.
            if base64.urlsafe_b64encode(sealed).rstrip(b"=") != token.encode():
                return None
            opened = self._siv.decrypt(sealed, [context.encode()])
        except (InvalidTag, ValueError, binascii.Error):
            return None
        return opened.removeprefix(_FORM).decode(errors=_HALVES)


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)
