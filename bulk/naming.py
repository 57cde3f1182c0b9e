"""Units by name and parent, for records that no code leads to an anchor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.identity.matching import Judgement, MatchLevel, UnitEvidence, decide_unit
from domain.model.departments import Department
from domain.model.keys import LocalKey


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of one source; `uscc` only where valid, `code` the standard unit code.

    `name` is normalised, `parent` the source's own code of the unit above.
    """

    key: LocalKey
    key_hash: str
    uscc: str | None
    code: str | None
    personal: bool = False
    name: str = ""
    parent: str | None = None

    @property
    def is_anchor(self) -> bool:
        """Whether this is the Establishment Office's own record, whose key is the unit code."""
        return self.key.department is Department.ESTABLISHMENT


class Names:
    """Where a name leads, among the units whose records already stand somewhere."""

    def __init__(self, rows: Sequence[UnitRow], placed: Mapping[LocalKey, int]) -> None:
        self._placed = placed
        self._anchors = {row.key.text: placed[row.key] for row in rows if row.is_anchor}
        self._by_name: dict[str, list[UnitRow]] = {}
        for row in rows:
            if row.name and row.key in placed:
                self._by_name.setdefault(row.name, []).append(row)

    def find(self, row: UnitRow) -> tuple[int, Judgement] | None:
        """The only unit that a record's name leads to at the surest level, and the judgement."""
        own, found = self._evidence(row), dict[int, Judgement]()
        for other in self._by_name.get(row.name, ()):
            judged = decide_unit(own, self._evidence(other))
            if judged.level in (MatchLevel.HIGH, MatchLevel.MEDIUM):
                place = self._placed[other.key]
                found[place] = min(judged, found.get(place, judged), key=_doubt)
        best = min(map(_doubt, found.values()), default=0)
        surest = [(place, judged) for place, judged in found.items() if _doubt(judged) == best]
        return surest[0] if len(surest) == 1 else None

    def _evidence(self, row: UnitRow) -> UnitEvidence:
        return UnitEvidence(row.uscc, None, row.name, self._parent(row))

    def _parent(self, row: UnitRow) -> str | None:
        """The unit above: by the source's own code, else by the standard code."""
        if row.parent is None:
            return None
        key = LocalKey(row.key.department, row.key.source, row.parent)
        place = self._placed.get(key, self._anchors.get(row.parent))
        return None if place is None else str(place)


def _doubt(judged: Judgement) -> int:
    return tuple(MatchLevel).index(judged.level)
