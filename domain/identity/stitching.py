"""Folds what the departments say of one subject into one answer, keeping who said what. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.identity.holding import Coverage, filler_keys, row_keys, value_keys
from domain.model.keys import IndicatorName, LocalKey
from domain.model.records import ChildRow, Facet, UnknownCode, Value
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
    """A single value and the row that gave it; no row: nobody who could answer holds it."""

    value: Value
    key: LocalKey | None


@dataclass(frozen=True, slots=True)
class StitchedRow:
    """One row of a repeated category, cells filled from several departments."""

    values: Mapping[IndicatorName, Value]
    extra: str | date | None


@dataclass(frozen=True, slots=True)
class StitchedRows:
    """The rows of a repeated category, whose they are, and who filled cells of which indicator."""

    rows: tuple[StitchedRow, ...]
    key: LocalKey
    fillers: frozenset[tuple[IndicatorName, LocalKey]] = field(default_factory=frozenset)


_NOBODY = Answer(None, None)


def stitch_value(gathered: Gathered, indicator: Indicator) -> Answer:
    """The first holder's value that was read; a NULL of the authority stays null."""
    for key in value_keys(indicator, gathered.subject, gathered.coverage):
        facet = gathered.facets.get(key)
        if facet is not None and indicator.name in facet.values:
            return Answer(facet.values[indicator.name], key)
    return _NOBODY


def stitch_rows(
    gathered: Gathered, category: Category, wanted: frozenset[IndicatorName]
) -> StitchedRows | None:
    """The rows of the first row holder that answered, wanted cells only; None where none did."""
    shown = shown_rows(gathered, category)
    if shown is None:
        return None
    own = gathered.facets[shown].rows[category.code]
    unique = unique_rows(own, category)
    fillers = {
        name: tuple(_fillers(gathered, category, catalogue().indicators[name], shown))
        for name in sorted(wanted)
    }
    rows: list[StitchedRow] = []
    used: set[tuple[IndicatorName, LocalKey]] = set()
    for row in own:
        key = row_key(row, category)
        cells = {
            name: _cell(row, key if key in unique else None, name, fillers[name])
            for name in fillers
        }
        rows.append(StitchedRow({name: cell.value for name, cell in cells.items()}, row.extra))
        used |= {(name, cell.key) for name, cell in cells.items() if cell.key is not None}
    return StitchedRows(tuple(rows), shown, frozenset(used))


def shown_rows(gathered: Gathered, category: Category) -> LocalKey | None:
    """The row holder whose child rows are shown."""
    for key in row_keys(category, gathered.subject, gathered.coverage):
        facet = gathered.facets.get(key)
        if facet is not None and category.code in facet.rows:
            return key
    return None


def row_key(row: ChildRow, category: Category) -> RowKey | None:
    """What makes a row the same in two departments; None where a part is empty or no known code."""
    parts = tuple(row.values.get(name) for name in category.row_key)
    is_sure = all(part is not None and not isinstance(part, UnknownCode) for part in parts)
    return parts if parts and is_sure else None


def unique_rows(rows: Sequence[ChildRow], category: Category) -> Mapping[RowKey, ChildRow]:
    """Rows by row key, without those whose key stands twice."""
    keys = [row_key(row, category) for row in rows]
    counts = Counter(keys)
    pairs = zip(keys, rows, strict=True)
    return {key: row for key, row in pairs if key is not None and counts[key] == 1}


_Filler = tuple[LocalKey, Mapping[RowKey, ChildRow]]


def _fillers(
    gathered: Gathered, category: Category, indicator: Indicator, shown: LocalKey
) -> Iterator[_Filler]:
    """The departments' rows that may fill cells of one indicator, in order."""
    for key in filler_keys(indicator, category, shown, gathered.subject, gathered.coverage):
        facet = gathered.facets.get(key)
        if facet is not None and category.code in facet.rows:
            yield key, unique_rows(facet.rows[category.code], category)


def _cell(
    row: ChildRow, key: RowKey | None, name: IndicatorName, fillers: Sequence[_Filler]
) -> Answer:
    """One cell and who filled it; nobody where the row shows its own value."""
    if key is not None:
        for who, rows in fillers:
            match = rows.get(key)
            if match is not None and name in match.values:
                return Answer(match.values[name], who)
    return Answer(row.values.get(name), None)
