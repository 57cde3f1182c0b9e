"""Facets from rows: one per key, child rows attached, twins kept apart. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from adapters.convert import key_text
from adapters.lanes.port import Row
from adapters.sql.cells import Faults, row_value
from adapters.sql.child_plans import ChildPlan
from adapters.sql.plans import EntityPlan
from domain.catalogue.indicators import catalogue
from domain.model.departments import Department
from domain.model.keys import KEY_SEPARATOR, CategoryCode, IndicatorName, LocalKey, SourceName
from domain.model.records import ChildRow, Facet, Value

Values = dict[IndicatorName, Value]
Raws = dict[IndicatorName, str]


@dataclass(slots=True)
class Draft:
    """A facet in the making: the rows under one key as they came, and child rows by category."""

    rows: list[tuple[Values, Raws]] = field(default_factory=list)
    children: dict[CategoryCode, list[ChildRow]] = field(default_factory=dict)


@dataclass(slots=True)
class Assembly:
    """Collects the answers of one order; `raw` keeps stored texts, drafts stand as rows came."""

    raw: bool
    drafts: dict[str, Draft] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    children: dict[CategoryCode, ChildPlan] = field(default_factory=dict)

    def add_entities(self, plan: EntityPlan, rows: Iterable[Row]) -> None:
        """Rows of the entity's own table."""
        for row in rows:
            key = row_key(row, plan.width)
            if key is None:
                self.faults.null_keys += 1
                continue
            values = plan.cells.values(row, self.faults)
            raws = plan.cells.raws(row, values) if self.raw else {}
            draft = self.drafts.get(key)
            if draft is None:
                draft = self.drafts[key] = Draft()
            draft.rows.append((values, raws))

    def add_children(self, category: CategoryCode, plan: ChildPlan, rows: Iterable[Row]) -> None:
        """Rows of a child table; in an anchored answer they also prove that the entity exists."""
        self.children[category] = plan
        for row in rows:
            key = row_key(row, plan.width)
            if key is None or (not plan.anchored and key not in self.drafts):
                continue
            draft = self.drafts.setdefault(key, Draft())
            if not draft.rows:
                draft.rows.append(({}, {}))
            if row[plan.present] is not None:
                draft.children.setdefault(category, []).append(self._child(plan, row))

    def _child(self, plan: ChildPlan, row: Row) -> ChildRow:
        values = plan.cells.values(row, self.faults)
        raws = plan.cells.raws(row, values) if self.raw else {}
        return ChildRow(values, self._extra(plan, row), raws)

    def _extra(self, plan: ChildPlan, row: Row) -> str | date | None:
        if plan.extra is None:
            return None
        found = row_value(row, *plan.extra, self.faults)
        return found if isinstance(found, str | date) else None

    def facets(
        self, department: Department, source: SourceName, keys: Iterable[str], read_at: datetime
    ) -> list[Facet]:
        """The facets of those keys that have rows, in the order of `keys`."""
        return [
            self._facet(LocalKey(department, source, key), self.drafts[key], read_at)
            for key in keys
            if key in self.drafts
        ]

    def _facet(self, key: LocalKey, draft: Draft, read_at: datetime) -> Facet:
        (values, raws), *others = draft.rows
        self.faults.twins += len(others)
        twins = tuple(Facet(key, held, {}, read_at, texts) for held, texts in others)
        rows: dict[CategoryCode, tuple[ChildRow, ...]] = {}
        for category, plan in self.children.items():
            children = draft.children.get(category, [])
            _fold_several(plan.several, children, values, raws)
            if catalogue().categories[category].manys:
                rows[category] = tuple(children)
        return Facet(key, values, rows, read_at, raws, twins)


def row_key(row: Row, width: int) -> str | None:
    """The local key text of a row; None where a part of it is NULL or empty."""
    if width == 1:
        return key_text(row[0])
    parts = [key_text(row[i]) for i in range(width)]
    return None if None in parts else KEY_SEPARATOR.join(map(str, parts))


def _fold_several(
    names: Sequence[IndicatorName], children: Sequence[ChildRow], values: Values, raws: Raws
) -> None:
    """Multi-valued indicators kept in a child table: all rows make one value of several texts."""
    for name in names:
        found = (child.values.get(name) for child in children)
        values[name] = tuple(str(text) for text in found if text is not None) or None
        texts = [child.raws[name] for child in children if name in child.raws]
        if texts:
            raws[name] = ";".join(texts)
