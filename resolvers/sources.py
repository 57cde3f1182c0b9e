"""The departments' sources: what each one maps, and which ones cover a division."""

from collections.abc import Iterable, Sequence

from adapters.port import SourceReader
from domain.catalogue.hierarchy import division_stem
from domain.identity.holding import Coverage
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import DivisionCode, EntityKind, IndicatorName, SourceName


class Sources:
    """All sources of the city; fixed while the process runs."""

    def __init__(self, readers: Iterable[SourceReader]) -> None:
        ordered = sorted(
            readers,
            key=lambda r: (RECORD_ORDER.index(r.description.department), r.description.name),
        )
        self.all: tuple[SourceReader, ...] = tuple(ordered)
        self.by_name = {reader.description.name: reader for reader in ordered}
        self._of = {
            department: tuple(r for r in ordered if r.description.department is department)
            for department in Department
        }
        self.able: dict[object, Sequence[SourceReader]] = {}
        """Who holds what some list rests on, as far as it was asked for."""
        self._coverage = {kind: _coverage(ordered, kind) for kind in EntityKind}

    def coverage(self, kind: EntityKind) -> Coverage:
        """Which indicators each source maps for persons or units."""
        return self._coverage[kind]

    def of(self, department: Department) -> tuple[SourceReader, ...]:
        """The sources of one department, by name."""
        return self._of[department]

    def first_name(self, department: Department) -> str:
        """A source name that stands for the department where no row tells which one."""
        readers = self.of(department)
        return readers[0].description.name if readers else str(department)

    def holding(
        self, department: Department, kind: EntityKind, indicator: IndicatorName
    ) -> tuple[SourceReader, ...]:
        """The department's sources whose mapping names the indicator."""
        coverage = self._coverage[kind]
        return tuple(r for r in self.of(department) if coverage.maps(r.description.name, indicator))


def covering(readers: Sequence[SourceReader], division: str | None) -> tuple[SourceReader, ...]:
    """The sources that cover a division; all of them where the division is not known."""
    if division is None:
        return tuple(readers)
    return tuple(r for r in readers if is_covered(r.description.divisions, division))


def is_covered(divisions: Sequence[DivisionCode], division: str) -> bool:
    """Whether a division lies in or contains a covered one; naming none covers all."""
    asked = division_stem(division)
    stems = map(division_stem, divisions)
    return not divisions or any(asked.startswith(s) or s.startswith(asked) for s in stems)


def _coverage(readers: Iterable[SourceReader], kind: EntityKind) -> Coverage:
    names: dict[SourceName, frozenset[IndicatorName]] = {
        r.description.name: frozenset(r.description.places.get(kind, {})) for r in readers
    }
    return Coverage(names)
