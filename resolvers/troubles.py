"""Sources that gave no answer in one request: one note each, with the fields they owe."""

from dataclasses import dataclass, field

from domain.catalogue.indicators import catalogue
from domain.model.errors import SourceError
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, SourceName

_TYPES = {EntityKind.PERSON: "Person", EntityKind.UNIT: "Unit"}


@dataclass(slots=True)
class Trouble:
    """One source's failure and the graph fields it was asked for, like `Person.payroll`."""

    error: SourceError
    fields: set[str]


@dataclass(slots=True)
class Troubles:
    """All failures of one request; the first error of a source stands for it."""

    by_source: dict[SourceName, Trouble] = field(default_factory=dict)

    def note(self, error: SourceError, fields: set[str]) -> None:
        """A source failed while asked for these fields."""
        trouble = self.by_source.setdefault(error.source, Trouble(error, set()))
        trouble.fields |= fields

    def is_down(self, source: SourceName) -> bool:
        """Whether the source has failed in this request already."""
        return source in self.by_source

    def again(self, source: SourceName, fields: set[str]) -> None:
        """A source known to be down would have been asked for these fields too."""
        self.by_source[source].fields |= fields


def category_fields(
    kind: EntityKind, indicators: frozenset[IndicatorName], rows: frozenset[CategoryCode]
) -> set[str]:
    """The category fields of the graph behind a read order."""
    codes = {catalogue().indicators[name].category for name in indicators} | rows
    return {f"{_TYPES[kind]}.{catalogue().categories[code].field}" for code in codes}
