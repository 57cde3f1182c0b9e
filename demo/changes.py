"""A planted change of one value in one department; a person or unit with its changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from demo.values import Canonical, Rows, Values
from domain.catalogue.indicators import catalogue
from domain.model.departments import Department
from domain.model.keys import CategoryCode, IndicatorName

CERTAIN, HIGH, MEDIUM, LOW, CONFLICT = "CERTAIN", "HIGH", "MEDIUM", "LOW", "CONFLICT"


@dataclass(frozen=True, slots=True)
class Change:
    """What one department holds instead of the canonical value.

    `value` is what a mapping reads from it; `stored` the text as it stands where that cannot be
    derived; `row` the place of the row in a repeated category; `same` says that the values are
    equal by the compare rule.
    """

    department: Department
    indicator: IndicatorName
    value: Canonical
    stored: str | None = None
    row: int | None = None
    same: bool = False
    cause: str = "value"


@dataclass(slots=True)
class Subject:
    """One person or unit as the four departments hold it; `kinds` says what was planted."""

    number: int
    values: Values
    rows: Rows
    holders: list[Department]
    changes: list[Change] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def change_of(
        self, department: Department, indicator: IndicatorName, row: int | None
    ) -> Change | None:
        """The change of one value in one department, None where it is canonical."""
        for change in self.changes:
            if (change.department, change.indicator, change.row) == (department, indicator, row):
                return change
        return None

    def canonical(self, indicator: IndicatorName, row: int | None) -> Canonical:
        """The true value."""
        if row is None:
            return self.values.get(indicator)
        return self.rows[catalogue().category_of(indicator).code][row][indicator]

    def values_in(self, department: Department) -> Values:
        """The single values one department holds."""
        own = dict(self.values)
        for change in self.changes:
            if change.department is department and change.row is None:
                own[change.indicator] = None if change.stored is not None else change.value
        return own

    def rows_in(self, department: Department) -> Mapping[CategoryCode, list[Values]]:
        """The rows one department holds."""
        mine = [c for c in self.changes if c.department is department and c.row is not None]
        if not mine:
            return self.rows
        own = dict(self.rows)
        for change in mine:
            code = catalogue().category_of(change.indicator).code
            own[code] = [dict(row) for row in own[code]]
            own[code][change.row or 0][change.indicator] = (
                None if change.stored is not None else change.value
            )
        return own

    def raws_in(self, department: Department) -> Iterator[Change]:
        """The changes of one department that say the stored text."""
        for change in self.changes:
            if change.department is department and change.stored is not None:
                yield change
