"""Contents that are gone from the log, and the entries which say that they were let go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.audit.entry import Told
from domain.audit.verifying import Finding, Payload, Row, Tampering

ErasedPlaces = Mapping[str, Sequence[int]]
"""Entries by chain and sequence: a place is written once, so no other entry is meant, ever."""


class Spot(NamedTuple):
    """The place of one entry."""

    chain: str
    sequence: int


@dataclass(slots=True)
class Erasures:
    """Takes the rows of all chains in any order; says what is gone without an entry about it."""

    _gone: set[Spot] = field(default_factory=set)
    _attested: dict[Spot, Spot] = field(default_factory=dict)

    def feed(self, row: Row, told: Told | None) -> None:
        """One more row, and what it tells where it is there."""
        own = Spot(row.link.chain, row.link.sequence)
        if row.state is Payload.ERASED:
            self._gone.add(own)
        # Entries of before there were attestations have none.
        for chain, sequences in (told or {}).get("erased", {}).items():
            self._attested |= {Spot(chain, sequence): own for sequence in sequences}

    def unattested(self) -> list[Spot]:
        """Contents that are gone, and no entry says why."""
        return sorted(self._gone - self._attested.keys())

    def findings(self) -> list[Finding]:
        """What of it somebody has to answer for."""
        detail = "its content is gone, and no entry says that it was erased"
        return [Finding(Tampering.ERASE, *spot, detail) for spot in self.unattested()]

    def orphaned(self, cut: Mapping[str, int]) -> list[Spot]:
        """What stays of the erased entries while the entries about them are cut away.

        `cut` says up to which sequence a chain goes.
        """
        return sorted(
            spot
            for spot, by in self._attested.items()
            if spot in self._gone and not _is_cut(spot, cut) and _is_cut(by, cut)
        )


def by_chain(spots: Iterable[Spot]) -> ErasedPlaces:
    """Places as an entry holds them."""
    found: dict[str, list[int]] = {}
    for chain, sequence in spots:
        found.setdefault(chain, []).append(sequence)
    return found


def _is_cut(spot: Spot, cut: Mapping[str, int]) -> bool:
    return spot.sequence <= cut.get(spot.chain, 0)
