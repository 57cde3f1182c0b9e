"""Checks chains link by link: what was edited, deleted, inserted, swapped or cut off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from domain.audit.chain import Head, Keys, Link, is_genuine, payload_digest

NEAR: Final = 32
"""How far from its place a link is looked for."""


class Tampering(StrEnum):
    """What happened to a chain."""

    EDIT = "edit"
    DELETE = "delete"
    INSERT = "insert"
    SWAP = "swap"
    TRUNCATE = "truncate"
    ANCHOR = "anchor"
    INDEX = "index"
    ERASE = "erase"


class Finding(NamedTuple):
    """One thing that is wrong, and at which link."""

    kind: Tampering
    chain: str
    sequence: int
    detail: str


class Payload(StrEnum):
    """What became of a link's payload."""

    HERE = "here"
    ERASED = "erased"
    UNREADABLE = "unreadable"


class Row(NamedTuple):
    """One link as it is kept, and its payload where that is there and can be read."""

    link: Link
    state: Payload
    payload: str = ""


@dataclass(slots=True)
class ChainCheck:
    """Checks one chain; rows come in the order of their sequence, one at a time.

    `start` is where it begins: behind what a purge took away. `anchor` is its furthest anchor.
    A link that does not fit is judged when the next one is seen. `shift` is how far the links that
    follow stand from the places they were written for.
    """

    start: Head
    keys: Keys
    anchor: Head | None = None
    checked: int = 0
    _expected: int = field(init=False)
    _previous: str | None = field(init=False)
    _shift: int = 0
    _odd: Link | None = None
    _before_odd: str | None = None

    def __post_init__(self) -> None:
        self._expected = self.start.sequence + 1
        self._previous = self.start.hash

    @property
    def last(self) -> int:
        """The place of the last row so far."""
        return self._expected - 1

    @property
    def head(self) -> Head:
        """The last row so far as a head; only of a chain that is whole."""
        return Head(self.start.chain, self.last, self._previous or "")

    def feed(self, row: Row) -> list[Finding]:
        """What is known to be wrong after one more row."""
        self.checked += 1
        link = row.link
        found = self._gap(link)
        self._expected = link.sequence + 1
        if self._odd is not None:
            judged = self._judged(self._odd, link)
            self._odd = None
            if judged[-1].sequence == link.sequence:  # this row was moved together with the odd one
                return found + judged
            found += judged
        if self._is_at(link, self._place(link)):
            found += self._fitting(row)
            self._previous = link.hash
        else:
            self._odd, self._before_odd, self._previous = link, self._previous, None
        return found

    def end(self) -> list[Finding]:
        """What is wrong now that nothing follows."""
        found = [] if self._odd is None else [self._last_judged(self._odd)]
        self._odd = None
        if self.anchor is not None and self.anchor.sequence >= self._expected:
            detail = f"the chain went on to {self.anchor.sequence} at least"
            found.append(self._finding(Tampering.TRUNCATE, self._expected, detail))
        return found

    def _gap(self, link: Link) -> list[Finding]:
        """What lies between this row and the one before it."""
        missing = link.sequence - self._expected
        if not missing:
            return []
        found = [] if self._odd is None else [self._last_judged(self._odd)]
        self._odd = self._previous = None
        detail = f"{missing} entries are missing"
        return [*found, self._finding(Tampering.DELETE, self._expected, detail)]

    def _fitting(self, row: Row) -> list[Finding]:
        """Whether a genuine link stands behind its own predecessor, with its own payload."""
        link, found = row.link, []
        if self._previous is not None and link.previous != self._previous:
            detail = "the entry before it is not the one it was written after"
            found.append(self._finding(Tampering.EDIT, link.sequence - 1, detail))
        if row.state is Payload.UNREADABLE or (
            row.state is Payload.HERE and payload_digest(row.payload) != link.digest
        ):
            detail = "its content is not what was written"
            found.append(self._finding(Tampering.EDIT, link.sequence, detail))
        anchor = self.anchor
        if anchor and anchor.sequence == link.sequence and anchor.hash != link.hash:
            detail = "it is not the entry that was anchored"
            found.append(self._finding(Tampering.EDIT, link.sequence, detail))
        return found

    def _judged(self, odd: Link, following: Link) -> list[Finding]:
        """What an odd row is, by the one that follows it."""
        place, follower = self._written_for(odd), self._written_for(following)
        moved = 0 if follower is None else follower - self._place(following)
        if place is None and moved < 0:
            self._shift, self._previous = self._shift - moved, self._before_odd
            return [self._finding(Tampering.INSERT, odd.sequence, "not written by this platform")]
        if place is None:
            return [self._last_judged(odd)]
        if moved == place - self._place(odd):
            self._shift -= moved
            detail = f"{moved} entries are missing" if moved > 0 else "a copy of another entry"
            kind = Tampering.DELETE if moved > 0 else Tampering.INSERT
            return [self._finding(kind, odd.sequence, detail)]
        found = [self._finding(Tampering.SWAP, odd.sequence, f"it was written as {place}")]
        if moved:
            detail = f"it was written as {follower}"
            found.append(self._finding(Tampering.SWAP, following.sequence, detail))
        return found

    def _last_judged(self, odd: Link) -> Finding:
        """What an odd row is where nothing that follows can tell."""
        place = self._written_for(odd)
        if place is not None:
            return self._finding(Tampering.SWAP, odd.sequence, f"it was written as {place}")
        if self.anchor is not None and self.anchor.sequence == odd.sequence - 1:
            detail = "it stands behind the anchored end"
            return self._finding(Tampering.INSERT, odd.sequence, detail)
        detail = "altered, or not written by this platform"
        return self._finding(Tampering.EDIT, odd.sequence, detail)

    def _place(self, link: Link) -> int:
        """The place that a row should have been written for."""
        return link.sequence - self._shift

    def _written_for(self, link: Link) -> int | None:
        """The place near its own that a link was written for."""
        own = self._place(link)
        places = (own, *(own + sign * far for far in range(1, NEAR) for sign in (1, -1)))
        return next((place for place in places if self._is_at(link, place)), None)

    def _is_at(self, link: Link, sequence: int) -> bool:
        return is_genuine(self.keys, link._replace(sequence=sequence))

    def _finding(self, kind: Tampering, sequence: int, detail: str) -> Finding:
        return Finding(kind, self.start.chain, sequence, detail)


def lost_chains(anchors: Mapping[str, Head], seen: set[str]) -> list[Finding]:
    """Chains that were anchored and of which nothing is left."""
    return [
        Finding(Tampering.TRUNCATE, chain, 1, f"nothing is left of {head.sequence} entries")
        for chain, head in sorted(anchors.items())
        if chain not in seen
    ]
