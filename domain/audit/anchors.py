"""Anchors: signed heads of chains, kept in a second place, and checkpoints that a purge leaves."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.audit.chain import ChainKey, Head, Keys, is_same
from domain.audit.entry import canonical, instant_text


class AnchorKind(StrEnum):
    """Why a head was signed: it was time, there were many entries, or its process came to its end.

    `SEEN`: a check found the log whole. `PURGED`: all up to it was taken away.
    """

    HOUR = "hour"
    COUNT = "count"
    END = "end"
    SEEN = "seen"
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
    return secret is not None and is_same(_mac(secret, anchor), anchor.mac)


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


@dataclass(slots=True)
class Reach:
    """What anchors vouch for, by chain: `ends` up to where it went, `starts` what was purged."""

    starts: dict[str, Head] = field(default_factory=dict)
    ends: dict[str, Head] = field(default_factory=dict)

    def take(self, anchor: Anchor) -> None:
        """The furthest anchor vouches for all before it."""
        head = anchor.head
        _further(self.ends, head)
        if anchor.kind is AnchorKind.PURGED:
            _further(self.starts, head)

    def purged(self) -> set[str]:
        """Chains of which a checkpoint vouches for all that was ever anchored."""
        return {c for c, start in self.starts.items() if start.sequence >= self.ends[c].sequence}

    def unanchored(self, heads: Iterable[Head]) -> list[Head]:
        """Those that went on behind their last anchor."""
        return [h for h in heads if h.sequence > self.ends.get(h.chain, Head(h.chain)).sequence]


def _further(known: dict[str, Head], head: Head) -> None:
    if head.chain not in known or head.sequence > known[head.chain].sequence:
        known[head.chain] = head
