"""Each department's own view of a subject, as it stores it: one record per local row."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.identity.stitching import Gathered
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import IndicatorName, LocalKey
from domain.model.records import ChildRow, Facet, Value, ValueState
from resolvers.context import RequestContext
from resolvers.sight import Sight
from resolvers.sources import Sources


@dataclass(frozen=True, slots=True)
class RecordValue:
    """One stored value; `row` is its place in the source's order, None for single values."""

    indicator: Indicator
    row: int | None
    value: Value
    raw: str | None


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """What one row of one department says; no values where it lacks the subject or is down."""

    department: Department
    source: str
    state: ValueState
    values: tuple[RecordValue, ...]


def department_records(
    context: RequestContext, gathered: Gathered, sight: Sight
) -> list[DepartmentRecord]:
    """All records by department, source and key, at least one per department.

    What the caller does not see is masked or not there.
    """
    return [
        _seen(record, sight)
        for department in RECORD_ORDER
        for record in _of_department(context, gathered, department)
    ]


def _seen(record: DepartmentRecord, sight: Sight) -> DepartmentRecord:
    if sight.is_open:
        return record
    seen = (_seen_value(v, sight) for v in record.values if not sight.hides(v.indicator.name))
    return replace(record, values=tuple(seen))


def _seen_value(value: RecordValue, sight: Sight) -> RecordValue:
    """The stored text of a masked value stays unseen: it may hold what the mask takes."""
    name = value.indicator.name
    if sight.ruling(name).is_clear:
        return value
    return replace(value, value=sight.shown(name, value.value), raw=None)


def _of_department(
    context: RequestContext, gathered: Gathered, department: Department
) -> list[DepartmentRecord]:
    subject = gathered.subject
    keys = [k for k in (*subject.keys, *subject.apart) if k.department is department]
    records = [record for key in sorted(keys) for record in _of_key(gathered, key)]
    if records:
        return records
    return [_absent(context, gathered, department)]


def _absent(
    context: RequestContext, gathered: Gathered, department: Department
) -> DepartmentRecord:
    """A department without a row: it lacks the subject, or could not be asked whether it has it."""
    sources = context.reads.sources
    could_ask = gathered.subject.is_linked or not _is_any_down(context, sources, department)
    state = ValueState.NOT_HELD if could_ask else ValueState.UNAVAILABLE
    return DepartmentRecord(department, sources.first_name(department), state, ())


def _is_any_down(context: RequestContext, sources: Sources, department: Department) -> bool:
    names = (reader.description.name for reader in sources.of(department))
    return any(context.reads.troubles.is_down(name) for name in names)


def _of_key(gathered: Gathered, key: LocalKey) -> list[DepartmentRecord]:
    if key in gathered.unanswered:
        return [DepartmentRecord(key.department, key.source, ValueState.UNAVAILABLE, ())]
    facet = gathered.facets.get(key)
    if facet is None:
        return [DepartmentRecord(key.department, key.source, ValueState.NOT_HELD, ())]
    return [
        DepartmentRecord(
            key.department, key.source, ValueState.VALUE, tuple(_values(gathered, facet_))
        )
        for facet_ in (facet, *facet.twins)
    ]


def _values(gathered: Gathered, facet: Facet) -> Iterator[RecordValue]:
    mapped = gathered.coverage.mapped(facet.key.source)
    kind = gathered.subject.kind
    for category in catalogue().categories.values():
        if category.subject == kind:
            yield from _singles(category, facet, mapped)
            yield from _rows(category, facet, mapped)


def _singles(
    category: Category, facet: Facet, mapped: frozenset[IndicatorName]
) -> Iterator[RecordValue]:
    for indicator in category.ones:
        name = indicator.name
        if name in mapped and name in facet.values:
            yield from _single(indicator, facet.values[name], facet.raws.get(name))


def _single(indicator: Indicator, value: Value, raw: str | None) -> Iterator[RecordValue]:
    """One value; of a multi-valued indicator one a text, the stored text beside the first."""
    if not isinstance(value, tuple):
        yield RecordValue(
            indicator, 0 if indicator.many and value is not None else None, value, raw
        )
        return
    for number, text in enumerate(value):
        yield RecordValue(indicator, number, text, None if number else raw)


def _rows(
    category: Category, facet: Facet, mapped: frozenset[IndicatorName]
) -> Iterator[RecordValue]:
    for number, row in enumerate(facet.rows.get(category.code, ())):
        yield from _row(category, number, row, mapped)


def _row(
    category: Category, number: int, row: ChildRow, mapped: frozenset[IndicatorName]
) -> Iterator[RecordValue]:
    for indicator in category.manys:
        name = indicator.name
        if name in mapped and name in row.values:
            yield RecordValue(indicator, number, row.values[name], row.raws.get(name))
