"""Drill-back (数据反查): where values come from, an entry per indicator and holding source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.identity.stitching import Gathered, stitch_rows, stitch_value
from domain.model.departments import Department
from domain.model.errors import BadInputError
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.records import Facet, Value, ValueState
from resolvers.context import RequestContext
from resolvers.sight import Sight


@dataclass(frozen=True, slots=True)
class Provenance:
    """What one source holds of one indicator; for repeated indicators the value is not shown."""

    indicator: Indicator
    department: Department
    source: str
    table: str | None
    column: str | None
    value: Value
    state: ValueState
    is_authority: bool
    is_used: bool
    read_at: datetime | None


def named_indicators(kind: EntityKind, names: Sequence[str] | None) -> tuple[Indicator, ...]:
    """The indicators named by English name or code, each once; all of the subject's for no names.

    Raises BadInputError for a name that is none of them.
    """
    if not names:
        return catalogue().of_subject(kind)
    found = {name: catalogue().find(name) for name in names}
    known = {i.name: i for i in found.values() if i is not None and _is_of(i, kind)}
    unknown = [name for name, i in found.items() if i is None or i.name not in known]
    if unknown:
        shown = "、".join(name[:40] for name in unknown[:5])
        raise BadInputError(f"没有这样的指标：{shown} (unknown indicator; see Query.indicators)")
    return tuple(known.values())


def _is_of(indicator: Indicator, kind: EntityKind) -> bool:
    return catalogue().categories[indicator.category].subject == kind


def provenance_of(
    context: RequestContext, gathered: Gathered, indicators: Sequence[Indicator], sight: Sight
) -> list[Provenance]:
    """Entries in the order of the indicators, then of the catalogue's holders.

    Of what the caller does not see they tell where it would stand, and that it is redacted.
    """
    return [
        _seen(entry, sight)
        for indicator in indicators
        for entry in _of_indicator(context, gathered, indicator)
    ]


def _seen(entry: Provenance, sight: Sight) -> Provenance:
    name = entry.indicator.name
    if sight.ruling(name).is_clear:
        return entry
    if sight.hides(name):
        # Whether a value is there, used or read would tell of it.
        state = ValueState.REDACTED if entry.table or entry.column else entry.state
        return replace(entry, value=None, state=state, is_used=False, read_at=None)
    has_value = entry.state is ValueState.VALUE
    state = ValueState.REDACTED if has_value else entry.state
    return replace(entry, value=sight.shown(name, entry.value), state=state)


def _of_indicator(
    context: RequestContext, gathered: Gathered, indicator: Indicator
) -> Iterator[Provenance]:
    used = _used_keys(gathered, indicator)
    for department in indicator.holders:
        keys = _one_a_source(gathered.subject.keys_of(department), used)
        if not keys:
            yield _absent(context, gathered, indicator, department)
        for key in keys:
            yield _of_key(context, gathered, indicator, key, is_used=key in used)


def _one_a_source(keys: Sequence[LocalKey], used: frozenset[LocalKey]) -> list[LocalKey]:
    """The row that stands for each source: one that is used, else the first."""
    ordered = sorted(keys, key=lambda key: key not in used)
    found = {key.source: key for key in reversed(ordered)}
    return [found[source] for source in dict.fromkeys(key.source for key in keys)]


def _absent(
    context: RequestContext, gathered: Gathered, indicator: Indicator, department: Department
) -> Provenance:
    sources = context.reads.sources
    names = [reader.description.name for reader in sources.of(department)]
    is_unknown = not gathered.subject.is_linked and any(map(context.reads.troubles.is_down, names))
    return Provenance(
        indicator=indicator,
        department=department,
        source=sources.first_name(department),
        table=None,
        column=None,
        value=None,
        state=ValueState.UNAVAILABLE if is_unknown else ValueState.NOT_HELD,
        is_authority=department is indicator.authority,
        is_used=False,
        read_at=None,
    )


def _of_key(
    context: RequestContext,
    gathered: Gathered,
    indicator: Indicator,
    key: LocalKey,
    *,
    is_used: bool,
) -> Provenance:
    facet = gathered.facets.get(key)
    description = context.reads.sources.by_name[key.source].description
    place = description.places.get(gathered.subject.kind, {}).get(indicator.name)
    is_read = facet is not None and place is not None and _is_read(facet, indicator)
    return Provenance(
        indicator=indicator,
        department=key.department,
        source=key.source,
        table=(place.table or None) if place else None,
        column=(place.column or None) if place else None,
        value=None if facet is None or indicator.many else facet.values.get(indicator.name),
        state=_state(gathered, indicator, key, is_mapped=place is not None),
        is_authority=key.department is indicator.authority,
        is_used=is_used,
        read_at=facet.read_at if facet and is_read else None,
    )


def _state(
    gathered: Gathered, indicator: Indicator, key: LocalKey, *, is_mapped: bool
) -> ValueState:
    facet = gathered.facets.get(key)
    if not is_mapped:
        return ValueState.NOT_HELD
    if key in gathered.unanswered and (facet is None or not _is_read(facet, indicator)):
        return ValueState.UNAVAILABLE
    if facet is None:
        return ValueState.NOT_HELD
    return ValueState.VALUE if _has_value(facet, indicator) else ValueState.NONE


def _is_read(facet: Facet, indicator: Indicator) -> bool:
    return indicator.name in facet.values or indicator.category in facet.rows


def _has_value(facet: Facet, indicator: Indicator) -> bool:
    """Whether there is any row, or the cell is not empty: unreadable text is not empty."""
    name = indicator.name
    if catalogue().category_of(name).is_row(indicator):
        return bool(facet.rows.get(indicator.category))
    return facet.values.get(name) is not None or name in facet.raws


def _used_keys(gathered: Gathered, indicator: Indicator) -> frozenset[LocalKey]:
    category = catalogue().category_of(indicator.name)
    if not category.is_row(indicator):
        key = stitch_value(gathered, indicator).key
        return frozenset({key} if key else ())
    return _used_in_rows(gathered, category, indicator.name)


def _used_in_rows(
    gathered: Gathered, category: Category, name: IndicatorName
) -> frozenset[LocalKey]:
    """The row source where it shows its own cells, and whoever fills cells."""
    stitched = stitch_rows(gathered, category, frozenset({name}))
    if stitched is None:
        return frozenset()
    own = {stitched.key} if gathered.coverage.maps(stitched.key.source, name) else set()
    return frozenset(own | {key for _, key in stitched.fillers})
