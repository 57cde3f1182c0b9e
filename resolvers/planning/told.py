"""What was read of one batch, in the order of its subjects, and how that becomes the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from adapters.stored import Cell
from domain.identity.stitching import Gathered
from domain.model.alike import placed
from domain.model.keys import IndicatorName, LocalKey
from domain.model.subjects import Subject
from domain.model.values import canonical_text
from resolvers.planning.routes import Alike, Facts, Route
from resolvers.planning.steps import Places, Shape, Shaped, SubjectPlan

WRITTEN_FROM: Final = 8
"""So many at least are written by columns: what that costs once, each of them saves in part."""
Column = Sequence[Any]  # Any: stored rows, or mappings of values
Codes = Mapping[IndicatorName, tuple[int, Cell | None]]
"""For each unit that is followed, the place of the row that holds its code, and where there.

No cell: the row is known by value.
"""
Extras = Sequence[Sequence[Shaped]]
"""For each subject what each step of its plan gave; empty where there are no steps."""


class Told(Protocol):
    """What was read of a batch."""

    def codes(self, indicator: IndicatorName) -> Sequence[LocalKey | None]:
        """The key of the unit that each subject names."""

    def gathered(self) -> Sequence[Gathered | None]:
        """All that was gathered of each, where it was."""

    def shown(self, subjects: Sequence[Subject], extras: Extras) -> list[Shaped]:
        """What each looks like."""


class ToldFacts(NamedTuple):
    """Facts of each subject."""

    facts: Sequence[Facts]

    def codes(self, indicator: IndicatorName) -> Sequence[LocalKey | None]:
        """The key of the unit that each subject names."""
        return [each.codes.get(indicator) for each in self.facts]

    def gathered(self) -> Sequence[Gathered | None]:
        """All that was gathered of each, where it was."""
        return [each.gathered for each in self.facts]

    def shown(self, subjects: Sequence[Subject], extras: Extras) -> list[Shaped]:
        """What each looks like."""
        given = extras or [()] * len(subjects)
        return [
            f.shape(subject, f.values, f.rows, extra)
            for subject, f, extra in zip(subjects, self.facts, given, strict=True)
        ]


@dataclass(slots=True)
class Shown:
    """How the subjects of one route are shown out of their rows; `held` are known by value."""

    plan: SubjectPlan
    route: Route
    read: tuple[int, ...]
    held: tuple[int, ...]
    places: Places
    codes: Codes
    _alone: Shape | None = field(default=None, init=False)
    _together: Shape | None = field(default=None, init=False)
    _written: Shape | None = field(default=None, init=False)

    @property
    def shape(self) -> Shape:
        """The function that shows one of them."""
        if self._alone is None:
            self._alone = self.plan.shape_of(self.places)
        return self._alone

    def shape_rows(self, size: int) -> Shape:
        """The function that shows so many, all of whose rows answered."""
        if size >= WRITTEN_FROM and self.plan.written_of is not None:
            if self._written is None:
                self._written = self.plan.written_of(self.places)
            return self._written
        if self._together is None:
            self._together = self.plan.rows_of(self.places)
        return self._together


class RowsOfRoute(NamedTuple):
    """Subjects of one route with the rows at each place, in their order."""

    alike: Alike
    how: Shown
    columns: Mapping[int, Column]

    def shown(self, extras: Extras) -> list[Shaped]:
        """What each looks like."""
        at = self.alike.at
        own = extras if at is None or not extras else [extras[i] for i in at]
        rows = self.alike.rows
        shape = self.how.shape_rows(rows.size)
        shown: list[Shaped] = shape(rows, own, self.how.route.rows, self.columns)
        return shown

    def codes(self, indicator: IndicatorName) -> list[LocalKey | None]:
        """The key of the unit that each names."""
        at = self.how.codes.get(indicator)
        if at is None:
            return [None] * self.alike.rows.size
        place, cell = at
        key = self.alike.rows.subject(0).keys[place]  # The others' are of the same source.
        return [code_key(key, row, indicator, cell) for row in self.columns[place]]


class ToldRows(NamedTuple):
    """The rows of a batch of so many subjects, route by route."""

    size: int
    routes: Sequence[RowsOfRoute]

    def codes(self, indicator: IndicatorName) -> Sequence[LocalKey | None]:
        """The key of the unit that each subject names."""
        return self._placed([each.codes(indicator) for each in self.routes])

    def gathered(self) -> Sequence[Gathered | None]:
        """Nothing is."""
        return [None] * self.size

    def shown(self, _subjects: Sequence[Subject], extras: Extras) -> list[Shaped]:
        """What each looks like."""
        return self._placed([each.shown(extras) for each in self.routes])

    def _placed(self, parts: Sequence[list[Any]]) -> list[Any]:
        """What each route gives, in the order of the batch."""
        if len(parts) == 1:
            return parts[0]
        places = [each.alike.at for each in self.routes]
        return placed(self.size, list(zip(places, parts, strict=True)))


def code_key(key: LocalKey, row: Any, name: IndicatorName, cell: Cell | None) -> LocalKey | None:  # noqa: ANN401 - of either kind
    """The unit code that a row holds, as a key of the same source."""
    if row is None:
        return None
    code = canonical_text(row[name] if cell is None else cell.of(row))
    return None if code is None else LocalKey(key.department, key.source, code)
