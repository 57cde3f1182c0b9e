"""The chain of the audit log: each link carries the keyed hash of the one before it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from domain.audit.entry import instant_text
from domain.model.hmacs import hmac_states

FIRST: Final = "0" * 64
"""What the first link of a chain has before it."""


class Link(NamedTuple):
    """One link: everything that is hashed, and the hash. `digest` is that of the payload."""

    chain: str
    sequence: int
    at: datetime
    key_id: str
    digest: str
    previous: str
    hash: str


class Head(NamedTuple):
    """The last link of a chain so far; sequence 0 before there is one."""

    chain: str
    sequence: int = 0
    hash: str = FIRST


@dataclass(frozen=True, slots=True)
class ChainKey:
    """The secret of the chain, and the id it is known by in links and anchors."""

    key_id: str
    secret: bytes


Keys = Mapping[str, bytes]
"""Secrets by key id: the present one and those before it."""


def payload_digest(payload: str) -> str:
    """The digest of a payload; the payload's own salt keeps it from being guessed."""
    return hashlib.sha256(payload.encode()).hexdigest()


def link_hash(secret: bytes, link: Link) -> str:
    """The hash that a link must have: over the hash before it and its own canonical form.

    No field can hold the line break between them.
    """
    chain, sequence, at, key_id, digest, previous, _ = link
    return _hash(secret, f"{previous}\n{chain}\n{sequence}\n{instant_text(at)}\n{key_id}\n{digest}")


def _hash(secret: bytes, form: str) -> str:
    begun, end = _states(secret)
    inner, outer = begun.copy(), end.copy()
    inner.update(form.encode())
    outer.update(inner.digest())
    return outer.hexdigest()


_states = lru_cache(16)(hmac_states)


def next_link(head: Head, key: ChainKey, at: datetime, payload: str) -> Link:
    """The link that follows a head."""
    chain, sequence, previous = head
    link = Link(chain, sequence + 1, at, key.key_id, payload_digest(payload), previous, "")
    return Link(*link[:-1], link_hash(key.secret, link))


def is_genuine(keys: Keys, link: Link) -> bool:
    """Whether a link is as it was written, at its own place."""
    secret = keys.get(link.key_id)
    return secret is not None and is_same(link_hash(secret, link), link.hash)


def is_same(ours: str, given: object) -> bool:
    """Whether a keyed hash is ours; whatever somebody put in its place is none, and no error."""
    return hmac.compare_digest(ours.encode(), str(given).encode(errors="surrogatepass"))


def head_of(link: Link) -> Head:
    """The head that a link makes."""
    return Head(link.chain, link.sequence, link.hash)
