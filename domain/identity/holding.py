"""Who may answer: the rows that can give an indicator of a subject, in the catalogue's order. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.catalogue import handles
from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.model.departments import Department
from domain.model.keys import IndicatorName, LocalKey, SourceName
from domain.model.subjects import Subject

OWN_KEYS = frozenset({handles.SOURCE_PERSON_KEY, handles.SOURCE_UNIT_KEY})
"""Indicators that show the authority's own key and nobody else's."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which indicators each source maps for one kind of subject."""

    by_source: Mapping[SourceName, frozenset[IndicatorName]]

    def maps(self, source: SourceName, indicator: IndicatorName) -> bool:
        """Whether the source's mapping names the indicator."""
        return indicator in self.by_source.get(source, frozenset())

    def maps_rows(self, source: SourceName, category: Category) -> bool:
        """Whether the source's mapping names any repeated indicator of the category."""
        mapped = self.by_source.get(source, frozenset())
        return any(indicator.name in mapped for indicator in category.manys)


def value_holders(indicator: Indicator) -> tuple[Department, ...]:
    """The departments whose value may be shown, in order."""
    return indicator.holders[:1] if indicator.name in OWN_KEYS else indicator.holders


def row_holders(category: Category) -> tuple[Department, ...]:
    """The departments whose rows may be shown, in order: the row authority, then holders of the first row key."""
    authority = [category.row_authority] if category.row_authority else []
    if not category.row_key:
        return tuple(authority)
    first = catalogue().indicators[category.row_key[0]]
    return tuple(dict.fromkeys([*authority, *first.holders]))


def value_keys(indicator: Indicator, subject: Subject, coverage: Coverage) -> list[LocalKey]:
    """The rows that can give a single value, first choice first."""
    return [
        key
        for department in value_holders(indicator)
        for key in subject.keys_of(department)
        if coverage.maps(key.source, indicator.name)
    ]


def row_keys(category: Category, subject: Subject, coverage: Coverage) -> list[LocalKey]:
    """The rows of subjects whose child rows can be shown, first choice first."""
    return [
        key
        for department in row_holders(category)
        for key in subject.keys_of(department)
        if coverage.maps_rows(key.source, category)
    ]


def filler_keys(
    indicator: Indicator, category: Category, shown: LocalKey, subject: Subject, coverage: Coverage
) -> list[LocalKey]:
    """The rows that may fill cells of an indicator before the shown rows' own value counts, in order."""
    found: list[LocalKey] = []
    for department in indicator.holders:
        if department is shown.department:
            if coverage.maps(shown.source, indicator.name):
                break
            continue
        found += [
            key
            for key in subject.keys_of(department)[:1]
            if _can_fill(coverage, key, indicator, category)
        ]
    return found


def _can_fill(coverage: Coverage, key: LocalKey, indicator: Indicator, category: Category) -> bool:
    wanted: Sequence[IndicatorName] = (indicator.name, *category.row_key)
    return bool(category.row_key) and all(coverage.maps(key.source, name) for name in wanted)
