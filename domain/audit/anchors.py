"""Anchors: signed heads of chains, kept in a second place, and checkpoints that a purge leaves."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from domain.audit.chain import ChainKey, Head, Keys
from domain.audit.entry import canonical, instant_text


class AnchorKind(StrEnum):
    """Why a head was signed: the hour, the end of its process, or a purge of all up to it."""

    HOUR = "hour"
    END = "end"
    PURGED = "purged"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One signed head."""

    kind: AnchorKind
    chain: str
    sequence: int
    hash: str
    at: datetime
    key_id: str
    mac: str

    @property
    def head(self) -> Head:
        """The head it signs."""
        return Head(self.chain, self.sequence, self.hash)


def signed(kind: AnchorKind, head: Head, at: datetime, key: ChainKey) -> Anchor:
    """The anchor of a head."""
    bare = Anchor(kind, head.chain, head.sequence, head.hash, at, key.key_id, "")
    return Anchor(
        kind, head.chain, head.sequence, head.hash, at, key.key_id, _mac(key.secret, bare)
    )


def is_signed(anchor: Anchor, keys: Keys) -> bool:
    """Whether we signed it."""
    secret = keys.get(anchor.key_id)
    return secret is not None and hmac.compare_digest(_mac(secret, anchor), anchor.mac)


def _mac(secret: bytes, anchor: Anchor) -> str:
    form = {**asdict(anchor), "at": instant_text(anchor.at), "mac": "anchor"}
    return hmac.digest(secret, canonical(form).encode(), hashlib.sha256).hex()


def anchor_line(anchor: Anchor) -> str:
    """An anchor as a line of the anchor file."""
    return canonical({**asdict(anchor), "at": instant_text(anchor.at)})


def read_line(line: str) -> Anchor | None:
    """The anchor of a line; None for a line that is none."""
    try:
        given = json.loads(line)
        return Anchor(
            kind=AnchorKind(given["kind"]),
            chain=str(given["chain"]),
            sequence=int(given["sequence"]),
            hash=str(given["hash"]),
            at=datetime.fromisoformat(given["at"]),
            key_id=str(given["key_id"]),
            mac=str(given["mac"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def latest(anchors: Iterable[Anchor]) -> dict[str, Anchor]:
    """The furthest anchor of each chain: it vouches for all before it."""
    found: dict[str, Anchor] = {}
    for anchor in anchors:
        known = found.get(anchor.chain)
        if known is None or anchor.sequence > known.sequence:
            found[anchor.chain] = anchor
    return found
