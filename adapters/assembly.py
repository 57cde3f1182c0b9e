"""Facets from rows: one per key and in key order, child rows attached, twins kept apart. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from adapters.convert import Fault, key_text
from adapters.lanes.port import Row
from adapters.sql.cells import read_cells
from adapters.sql.plans import EntityPlan, RowsPlan
from domain.catalogue.indicators import catalogue
from domain.model.keys import KEY_SEPARATOR, CategoryCode, IndicatorName, LocalKey
from domain.model.records import ChildRow, Facet, Value


@dataclass(slots=True)
class Faults:
    """What was wrong with the rows of one answer."""

    bad_values: int = 0
    null_keys: int = 0
    twins: int = 0


@dataclass(slots=True)
class Draft:
    """A facet in the making: the rows under one key, and its child rows by category."""

    rows: list[tuple[dict[IndicatorName, Value], dict[IndicatorName, str]]] = field(
        default_factory=list
    )
    children: dict[CategoryCode, list[ChildRow]] = field(default_factory=dict)


@dataclass(slots=True)
class Assembly:
    """Collects the answers of one read order; `raw` keeps stored texts."""

    raw: bool
    drafts: dict[str, Draft] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)

    def add_entities(self, plan: EntityPlan, rows: Iterable[Row]) -> None:
        """Rows of the entity's own table."""
        for row in rows:
            key = row_key(row, plan.width)
            if key is None:
                self.faults.null_keys += 1
                continue
            reading = read_cells(row, plan.cells, raw=self.raw)
            self.faults.bad_values += reading.faults
            self.drafts.setdefault(key, Draft()).rows.append((reading.values, reading.raws))

    def add_children(
        self, category: CategoryCode, plan: RowsPlan, rows: Iterable[Row], *, anchored: bool
    ) -> None:
        """Rows of a child table; in an anchored answer they also prove that the entity exists."""
        for row in rows:
            key = row_key(row, plan.width)
            if key is None or (not anchored and key not in self.drafts):
                continue
            draft = self.drafts.setdefault(key, Draft())
            if not draft.rows:
                draft.rows.append(({}, {}))
            if row[plan.present] is not None:
                draft.children.setdefault(category, []).append(self._child(plan, row))

    def _child(self, plan: RowsPlan, row: Row) -> ChildRow:
        reading = read_cells(row, plan.cells, raw=self.raw)
        self.faults.bad_values += reading.faults
        return ChildRow(reading.values, self._extra(plan, row), reading.raws)

    def _extra(self, plan: RowsPlan, row: Row) -> str | date | None:
        if plan.extra is None:
            return None
        position, convert = plan.extra
        found = convert(row[position])
        if isinstance(found, Fault):
            self.faults.bad_values += 1
            return None
        return found if isinstance(found, str | date) else None

    def facet(
        self, key: LocalKey, asked: Sequence[CategoryCode], read_at: datetime
    ) -> Facet | None:
        """The facet of one key; twins ordered by what they hold, so that the same one always answers."""
        draft = self.drafts.get(key.text)
        if draft is None or not draft.rows:
            return None
        ordered = sorted(draft.rows, key=lambda row: repr(sorted(row[0].items())))
        self.faults.twins += len(ordered) - 1
        first, *others = (Facet(key, values, {}, read_at, raws) for values, raws in ordered)
        rows = {category: tuple(draft.children.get(category, ())) for category in asked}
        return replace(
            first, rows=rows, values=_with_several(first.values, rows), twins=tuple(others)
        )


def row_key(row: Row, width: int) -> str | None:
    """The local key text of a row; None where a part of it is NULL or empty."""
    parts = [key_text(row[i]) for i in range(width)]
    return None if None in parts else KEY_SEPARATOR.join(part for part in parts if part is not None)


def _with_several(
    values: Mapping[IndicatorName, Value], rows: Mapping[CategoryCode, tuple[ChildRow, ...]]
) -> Mapping[IndicatorName, Value]:
    """Multi-valued indicators kept in a child table become one value of several texts."""
    found = dict(values)
    for code, children in rows.items():
        for name in catalogue().categories[code].multi_valued:
            if any(name in child.values for child in children):
                texts = (child.values.get(name) for child in children)
                found[name] = tuple(str(text) for text in texts if text is not None) or None
    return found
