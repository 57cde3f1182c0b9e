"""Builders for what departments say of one subject: facets, child rows, what was gathered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from domain.catalogue.handles import EDUCATION, GRADUATION_DATE
from domain.catalogue.indicators import catalogue
from domain.identity.holding import Coverage
from domain.identity.stitching import Gathered
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import CategoryCode, EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.records import ChildRow, Facet, Value
from domain.model.subjects import IdentityState, Subject, ordered_keys

READ_AT = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
EDU = catalogue().categories[CategoryCode("EDU")]
PAY = catalogue().categories[CategoryCode("PAY")]
GRADUATED = date(2008, 7, 1)

Cells = Mapping[IndicatorName, Value]


def a_key(department: Department, text: str = "1", source: str = "") -> LocalKey:
    return LocalKey(department, SourceName(source or department.value), text)


def a_row(cells: Cells, extra: str | None = None) -> ChildRow:
    return ChildRow(cells, extra)


def a_study(cells: Cells, graduated: date | None = GRADUATED, level: Value = "21") -> ChildRow:
    """One row of education, told apart by graduation date and level."""
    return ChildRow({GRADUATION_DATE: graduated, EDUCATION: level, **cells})


def a_facet(
    key: LocalKey,
    values: Cells | None = None,
    rows: Mapping[CategoryCode, Sequence[ChildRow]] | None = None,
) -> Facet:
    kept = {code: tuple(found) for code, found in (rows or {}).items()}
    return Facet(key, values or {}, kept, READ_AT)


def studies(department: Department, *rows: ChildRow) -> Facet:
    return a_facet(a_key(department), rows={EDU.code: rows})


def gathered(
    *facets: Facet,
    lacking: Iterable[LocalKey] = (),
    unanswered: Iterable[LocalKey] = (),
    maps: Mapping[Department, Iterable[IndicatorName]] | None = None,
) -> Gathered:
    """What was gathered of a person; sources map all that their department holds unless told."""
    keys = [*(facet.key for facet in facets), *lacking, *unanswered]
    coverage = {key.source: frozenset(_held(key.department, maps or {})) for key in keys}
    return Gathered(
        subject=Subject(
            EntityKind.PERSON, "p1", IdentityState.LINKED, ordered_keys(keys, RECORD_ORDER)
        ),
        facets={facet.key: facet for facet in facets},
        coverage=Coverage(coverage),
        unanswered=frozenset(unanswered),
    )


def _held(
    department: Department, maps: Mapping[Department, Iterable[IndicatorName]]
) -> Iterable[IndicatorName]:
    if department in maps:
        return maps[department]
    return (i.name for i in catalogue().indicators.values() if department in i.holders)
