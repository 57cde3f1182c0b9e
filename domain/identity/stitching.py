"""Folds what the departments say of one subject into one answer, keeping who said what. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.identity.holding import Coverage, filler_keys, row_keys, value_keys
from domain.model.keys import IndicatorName, LocalKey
from domain.model.records import ChildRow, Facet, Value
from domain.model.subjects import Subject

RowKey = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read of one subject; `coverage` says what each source could have said."""

    subject: Subject
    facets: Mapping[LocalKey, Facet]
    coverage: Coverage
    unanswered: frozenset[LocalKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """A single value and the row that gave it; no row: nobody who could answer holds the subject."""

    value: Value
    key: LocalKey | None


@dataclass(frozen=True, slots=True)
class StitchedRow:
    """One row of a repeated category, cells filled from several departments."""

    values: Mapping[IndicatorName, Value]
    extra: str | date | None


@dataclass(frozen=True, slots=True)
class StitchedRows:
    """The rows of a repeated category, the row of the department that gave them, and who filled cells of what."""

    rows: tuple[StitchedRow, ...]
    key: LocalKey
    fillers: frozenset[tuple[IndicatorName, LocalKey]] = field(default_factory=frozenset)


def stitch_value(gathered: Gathered, indicator: Indicator) -> Answer:
    """The first holder's value that was read; a NULL of the authority stays null."""
    for key in value_keys(indicator, gathered.subject, gathered.coverage):
        facet = gathered.facets.get(key)
        if facet is not None and indicator.name in facet.values:
            return Answer(facet.values[indicator.name], key)
    return Answer(None, None)


def stitch_rows(
    gathered: Gathered, category: Category, wanted: frozenset[IndicatorName]
) -> StitchedRows | None:
    """The rows of the first row holder that answered, with the wanted cells; None where no row holder answered."""
    shown = shown_rows(gathered, category)
    if shown is None:
        return None
    rows = gathered.facets[shown].rows[category.code]
    columns = [
        _Column.of(gathered, category, catalogue().indicators[name], shown)
        for name in sorted(wanted)
    ]
    unique = _unique_keys(rows, category)
    stitched = tuple(_stitch_row(row, category, columns, unique) for row in rows)
    fillers = {
        (column.name, filler)
        for column in columns
        for row in rows
        if (filler := column.filler(row_key(row, category), unique)) is not None
    }
    return StitchedRows(stitched, shown, frozenset(fillers))


def shown_rows(gathered: Gathered, category: Category) -> LocalKey | None:
    """The row holder whose child rows are shown."""
    for key in row_keys(category, gathered.subject, gathered.coverage):
        facet = gathered.facets.get(key)
        if facet is not None and category.code in facet.rows:
            return key
    return None


def row_key(row: ChildRow, category: Category) -> RowKey | None:
    """What makes a row the same in two departments; None where a part is empty."""
    parts = tuple(row.values.get(name) for name in category.row_key)
    return None if not parts or None in parts else parts


def _unique_keys(rows: Sequence[ChildRow], category: Category) -> dict[RowKey, ChildRow]:
    """Rows by row key, without those whose key stands twice."""
    keys = [row_key(row, category) for row in rows]
    counts = Counter(keys)
    return {
        key: row
        for key, row in zip(keys, rows, strict=True)
        if key is not None and counts[key] == 1
    }


@dataclass(frozen=True, slots=True)
class _Column:
    """One indicator of the shown rows: who may fill its cells, in order, by row key."""

    name: IndicatorName
    fillers: tuple[tuple[LocalKey, Mapping[RowKey, ChildRow]], ...]

    @classmethod
    def of(
        cls, gathered: Gathered, category: Category, indicator: Indicator, shown: LocalKey
    ) -> "_Column":
        keys = filler_keys(indicator, category, shown, gathered.subject, gathered.coverage)
        fillers = tuple(
            (key, _unique_keys(facet.rows[category.code], category))
            for key in keys
            if (facet := gathered.facets.get(key)) is not None and category.code in facet.rows
        )
        return cls(indicator.name, fillers)

    def filler(self, key: RowKey | None, unique: Mapping[RowKey, ChildRow]) -> LocalKey | None:
        """The department row that fills the cell of the row with this key."""
        if key is None or key not in unique:
            return None
        return next((who for who, rows in self.fillers if self._has(rows.get(key))), None)

    def value(self, row: ChildRow, key: RowKey | None, unique: Mapping[RowKey, ChildRow]) -> Value:
        """The cell of one row."""
        who = self.filler(key, unique)
        if who is None or key is None:
            return row.values.get(self.name)
        return dict(self.fillers)[who][key].values[self.name]

    def _has(self, row: ChildRow | None) -> bool:
        return row is not None and self.name in row.values


def _stitch_row(
    row: ChildRow, category: Category, columns: Sequence[_Column], unique: Mapping[RowKey, ChildRow]
) -> StitchedRow:
    key = row_key(row, category)
    return StitchedRow(
        {column.name: column.value(row, key, unique) for column in columns}, row.extra
    )
