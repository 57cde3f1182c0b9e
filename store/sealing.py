"""Keyed hashes and sealed texts: what lets the platform know a number again without keeping it."""

import base64
import binascii
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.model.hmacs import hmac_states

SHORTEST_SECRET: Final = 32

# AES-SIV refuses an empty text; the byte also leaves room for a second form.
_FORM: Final = b"\x01"
# A stranger's JSON may hold half a character: it is hashed like any other and found nowhere.
_HALVES: Final = "surrogatepass"


class Seals:
    """Hashes and seals under two secrets, each used for one purpose only through derived keys."""

    def __init__(
        self, index_key: bytes, data_key: bytes, old_data_key: bytes | None = None
    ) -> None:
        data_keys = [data_key] if old_data_key is None else [data_key, old_data_key]
        if min(map(len, (index_key, *data_keys))) < SHORTEST_SECRET:
            raise ValueError(f"a platform secret has at least {SHORTEST_SECRET} bytes")
        self._inner, self._outer = hmac_states(_derived(index_key, b"fourfold blind index", 32))
        self._siv, *self._old = (AESSIV(_derived(key, b"fourfold seal", 64)) for key in data_keys)
        self.key_id: str = _derived(index_key, b"fourfold key id", 4).hex()

    def blind_index(self, text: str, context: str = "id-number") -> str:
        """The keyed hash under which a text is looked up, 64 hex digits; differs by context."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{context}\x00{text}".encode(errors=_HALVES))
        outer.update(inner.digest())
        return outer.hexdigest()

    def blind_indexes(self, texts: Iterable[str], context: str) -> list[str]:
        """The same of many texts, in their order."""
        inner = self._inner.copy()
        inner.update(f"{context}\x00".encode())
        # One after the other: so each hash takes the place in memory that the last one left.
        begin, end = inner.copy, self._outer.copy
        found = []
        for text in texts:
            (inner := begin()).update(text.encode(errors=_HALVES))
            (outer := end()).update(inner.digest())
            found.append(outer.hexdigest())
        return found

    def blinding(self, context: str, length: int) -> Callable[[str], str]:
        """What gives so many digits of it, one text after the other; the context is told once."""
        begun = self._inner.copy()
        begun.update(f"{context}\x00".encode())
        begin, end = begun.copy, self._outer.copy

        def blind(text: str) -> str:
            (inner := begin()).update(text.encode(errors=_HALVES))
            (outer := end()).update(inner.digest())
            return outer.hexdigest()[:length]

        return blind

    def seal(self, text: str, context: str) -> str:
        """A token of URL characters, the same for the same text, that only `unseal` can read."""
        sealed = self._siv.encrypt(_FORM + text.encode(errors=_HALVES), [context.encode()])
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def unseal(self, token: str, context: str) -> str | None:
        """The text of a token; None for one that was not sealed here for this context.

        What an old data key sealed is read too.
        """
        sealed = _sealed_bytes(token)
        opened = None if sealed is None else self._opened(sealed, context)
        return None if opened is None else opened.removeprefix(_FORM).decode(errors=_HALVES)

    def resealed(self, token: str, context: str) -> str | None:
        """The same text under the data key of now; None where it is so already, or unreadable."""
        text = self.unseal(token, context)
        again = None if text is None else self.seal(text, context)
        return None if again == token else again

    def _opened(self, sealed: bytes, context: str) -> bytes | None:
        for siv in (self._siv, *self._old):
            with suppress(InvalidTag, ValueError):
                return siv.decrypt(sealed, [context.encode()])
        return None


def _sealed_bytes(token: str) -> bytes | None:
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        # Base64 reads several spellings of the last character; only ours is a token.
        is_ours = base64.urlsafe_b64encode(sealed).rstrip(b"=") == token.encode()
    except (ValueError, binascii.Error):
        return None
    return sealed if is_ours else None


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)
