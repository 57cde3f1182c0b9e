"""Facets from rows: one per key, child rows attached, twins kept apart. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Final

from adapters.lanes.port import Row
from adapters.mapping.convert import key_text, key_texts
from adapters.sql.cells import Faults, row_value
from adapters.sql.child_plans import ChildPlan
from adapters.sql.plans import EntityPlan
from domain.catalogue.indicators import catalogue
from domain.model.departments import Department
from domain.model.keys import KEY_SEPARATOR, CategoryCode, IndicatorName, LocalKey, SourceName
from domain.model.records import ChildRow, Facet, Value

_FIRST: Final = itemgetter(0)
Values = dict[IndicatorName, Value]
Raws = dict[IndicatorName, str]


@dataclass(slots=True)
class Assembly:
    """Collects the answers of one order; `raw` keeps stored texts, `rows` stand as they came.

    `asked`: the keys of the order where it names them.
    """

    raw: bool
    asked: Collection[str] = ()
    rows: dict[str, list[tuple[Values, Raws]]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    _plans: dict[CategoryCode, ChildPlan] = field(default_factory=dict)
    _children: dict[CategoryCode, dict[str, list[ChildRow]]] = field(default_factory=dict)

    def add_entities(self, plan: EntityPlan, rows: Iterable[Row]) -> None:
        """Rows of the entity's own table."""
        width, cells, faults = plan.width, plan.cells, self.faults
        for row in rows:
            key = row_key(row, width)
            if key is None:
                faults.null_keys += 1
                continue
            values = cells.values(row, faults)
            held = (values, cells.raws(row, values) if self.raw else {})
            if key in self.rows:
                self.rows[key].append(held)
            else:
                self.rows[key] = [held]

    def add_children(self, category: CategoryCode, plan: ChildPlan, rows: Iterable[Row]) -> None:
        """Rows of a child table; in an anchored answer they also prove that the entity exists."""
        self._plans[category] = plan
        children = self._children.setdefault(category, {})
        for row in rows:
            key = row_key(row, plan.width)
            if key is None:
                continue
            if plan.anchored and key not in self.rows:
                self.rows[key] = [({}, {})]
            if key not in self.rows:
                self.faults.unmatched += key not in self.asked
            elif row[plan.present] is not None:
                children.setdefault(key, []).append(self._child(plan, row))

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
            self._facet(LocalKey(department, source, key), rows, read_at)
            for key in keys
            if (rows := self.rows.get(key)) is not None
        ]

    def _facet(
        self, key: LocalKey, held: Sequence[tuple[Values, Raws]], read_at: datetime
    ) -> Facet:
        values, raws = held[0]
        rows = self._rows_of(key.text, values, raws) if self._plans else {}
        if len(held) == 1:
            return Facet(key, values, rows, read_at, raws)
        self.faults.twins += len(held) - 1
        twins = tuple(Facet(key, others, {}, read_at, texts) for others, texts in held[1:])
        return Facet(key, values, rows, read_at, raws, twins)

    def _rows_of(
        self, key: str, values: Values, raws: Raws
    ) -> dict[CategoryCode, tuple[ChildRow, ...]]:
        rows: dict[CategoryCode, tuple[ChildRow, ...]] = {}
        for category, plan in self._plans.items():
            children = self._children[category].get(key, ())
            _fold_several(plan.several, children, values, raws)
            if catalogue().categories[category].manys:
                rows[category] = tuple(children)
        return rows


def row_key(row: Row, width: int) -> str | None:
    """The local key text of a row; None where a part of it is NULL or empty."""
    if width == 1:
        return key_text(row[0])
    parts = [key_text(row[i]) for i in range(width)]
    return None if None in parts else KEY_SEPARATOR.join(map(str, parts))


def row_keys(rows: Sequence[Row], width: int) -> list[str | None]:
    """As `row_key`, of many rows; usual keys without a call in Python for each."""
    if width != 1:
        return [row_key(row, width) for row in rows]
    return key_texts(list(map(_FIRST, rows)))


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
