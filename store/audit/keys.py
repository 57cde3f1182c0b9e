"""The secrets of the audit log, outside of it: for its chain, its contents and its index."""

import os
from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.audit.chain import ChainKey, Keys, Link
from store.sealing import SHORTEST_SECRET, Seals

SUBJECT_LENGTH: Final = 32
"""Hexadecimal digits of a keyed hash of somebody: 128 bits."""
_NONCE: Final = 12
_MANY: Final = 4
_MOST_KNOWN: Final = 1024
_SHORT: Final = itemgetter(slice(SUBJECT_LENGTH))


class AuditKeys:
    """Hashes, seals and signs under the present secret; earlier ones are for reading."""

    def __init__(self, secret: bytes, earlier: Sequence[bytes] = ()) -> None:
        every = [secret, *earlier]
        if min(map(len, every)) < SHORTEST_SECRET:
            raise ValueError(f"an audit secret has at least {SHORTEST_SECRET} bytes")
        chains = [_chain_key(one) for one in every]
        self.present: ChainKey = chains[0]
        self.all: Keys = {key.key_id: key.secret for key in chains}
        self._sealing = {
            key.key_id: AESGCM(_derived(one, b"fourfold audit payload", 32))
            for key, one in zip(chains, every, strict=True)
        }

        self._index = [Seals(one, one) for one in every]
        self._blinds: dict[str, Callable[[str], str]] = {}
        self._known: dict[tuple[str, tuple[str, ...]], list[str]] = {}

    def subject(self, kind: str, text: str) -> str:
        """The hash under which entries of now know somebody; differs by kind."""
        return self._blinding(kind)(text)

    def known(self, kind: str, texts: tuple[str, ...]) -> list[str]:
        """The same of few who come again and again, each once."""
        found = self._known.get((kind, texts))
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[kind, texts] = self.subjects(kind, dict.fromkeys(texts))
        return found

    def subjects(self, kind: str, texts: Collection[str]) -> list[str]:
        """The same of many, in their order."""
        if len(texts) >= _MANY:
            every = self._index[0].blind_indexes(texts, f"audit-{kind}")
            return list(map(_SHORT, every))
        return list(map(self._blinding(kind), texts)) if texts else []

    def _blinding(self, kind: str) -> Callable[[str], str]:
        blind = self._blinds.get(kind)
        if blind is None:
            seals = self._index[0]
            blind = self._blinds[kind] = seals.blinding(f"audit-{kind}", SUBJECT_LENGTH)
        return blind

    def every_subject(self, kind: str, text: str) -> tuple[str, ...]:
        """The hashes under which entries of any time know somebody."""
        return tuple(_subject(seals, kind, text) for seals in self._index)

    def seal(self, link: Link, payload: str) -> bytes:
        """The payload, readable only at its own place of its own chain."""
        nonce = os.urandom(_NONCE)
        sealing = self._sealing[link.key_id]
        return nonce + sealing.encrypt(nonce, payload.encode(), _place(link))

    def unseal(self, link: Link, sealed: bytes) -> str | None:
        """The payload of a link; None where it was not sealed for it."""
        sealing = self._sealing.get(link.key_id)
        if sealing is None:
            return None
        try:
            return sealing.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(link)).decode()
        except (InvalidTag, ValueError):
            return None


def _chain_key(secret: bytes) -> ChainKey:
    key_id = _derived(secret, b"fourfold audit key id", 4).hex()
    return ChainKey(key_id, _derived(secret, b"fourfold audit chain", 32))


def _subject(seals: Seals, kind: str, text: str) -> str:
    return seals.blind_index(text, f"audit-{kind}")[:SUBJECT_LENGTH]


def _place(link: Link) -> bytes:
    return f"{link.chain}:{link.sequence}".encode()


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret)
