"""Who may answer: the rows that can give an indicator of a subject, in catalogue order. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.catalogue import handles
from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.model.departments import Department
from domain.model.keys import IndicatorName, LocalKey, SourceName
from domain.model.subjects import Subject

OWN_KEYS = frozenset({handles.SOURCE_PERSON_KEY, handles.SOURCE_UNIT_KEY})
"""Indicators that show the authority's own key and nobody else's."""

_NOTHING: frozenset[IndicatorName] = frozenset()


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which indicators each source maps for one kind of subject."""

    by_source: Mapping[SourceName, frozenset[IndicatorName]]

    def mapped(self, source: SourceName) -> frozenset[IndicatorName]:
        """Every indicator that the source's mapping names."""
        return self.by_source.get(source, _NOTHING)

    def maps(self, source: SourceName, indicator: IndicatorName) -> bool:
        """Whether the source's mapping names the indicator."""
        return indicator in self.by_source.get(source, _NOTHING)

    def maps_rows(self, source: SourceName, category: Category) -> bool:
        """Whether the source's mapping names any repeated indicator of the category."""
        return not category.row_names.isdisjoint(self.mapped(source))


def value_holders(indicator: Indicator) -> tuple[Department, ...]:
    """The departments whose value may be shown, in order."""
    return indicator.holders[:1] if indicator.name in OWN_KEYS else indicator.holders


def row_holders(category: Category) -> tuple[Department, ...]:
    """The departments whose rows may be shown: row authority, then holders of the first row key."""
    authority = (category.row_authority,) if category.row_authority else ()
    if not category.row_key:
        return authority
    first = catalogue().indicators[category.row_key[0]]
    return tuple(dict.fromkeys((*authority, *first.holders)))


def value_keys(indicator: Indicator, subject: Subject, coverage: Coverage) -> Iterator[LocalKey]:
    """The rows that can give a single value, first choice first."""
    for department in value_holders(indicator):
        for key in subject.keys:
            if key.department is department and coverage.maps(key.source, indicator.name):
                yield key


def row_keys(category: Category, subject: Subject, coverage: Coverage) -> Iterator[LocalKey]:
    """The rows of the subject whose child rows can be shown, first choice first."""
    for department in row_holders(category):
        for key in subject.keys_of(department):
            if _holds_rows(coverage, key, category):
                yield key


def filler_keys(
    indicator: Indicator, category: Category, shown: LocalKey, subject: Subject, coverage: Coverage
) -> Iterator[LocalKey]:
    """The rows that may fill cells of an indicator before the shown rows' own value counts."""
    if not category.row_key:
        return
    needed = {indicator.name, *category.row_key}
    for department in indicator.holders:
        if department is shown.department:
            if coverage.maps(shown.source, indicator.name):
                return
            continue
        for key in subject.keys_of(department):
            if needed <= coverage.mapped(key.source):
                yield key


def _holds_rows(coverage: Coverage, key: LocalKey, category: Category) -> bool:
    """The row authority holds rows with any column of them, others with the first row key."""
    if key.department is category.row_authority:
        return coverage.maps_rows(key.source, category)
    return coverage.maps(key.source, category.row_key[0])
