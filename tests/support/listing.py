"""What a list must answer, worked out over rows in memory; the fakes of sources page by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from adapters.port import OWN_KEY, Condition, JudgeOrder, ListOrder, Operator, Position, Reach
from domain.catalogue.codes import code_set
from domain.catalogue.handles import (
    ABSENCE_FROM,
    ABSENCE_TO,
    HOST_UNIT_CODE,
    OCCUPIED_UNIT_CODE,
    PARENT_UNIT_CODE,
    UNIT_DIVISION,
)
from domain.catalogue.hierarchy import with_all_below
from domain.catalogue.indicators import catalogue
from domain.model.keys import KEY_SEPARATOR, EntityKind, IndicatorName
from domain.model.records import Value
from domain.model.values import canonical_text

Cells = Mapping[IndicatorName, Value]


@dataclass(frozen=True, slots=True)
class Found:
    """A row that meets the conditions: its index among those given, its place and group."""

    index: int
    position: Position
    group: str | None


@dataclass(frozen=True, slots=True)
class Lists:
    """The rows of one source; units are by their key. `orders_by_unit`: persons have a unit."""

    units: Mapping[str, Cells]
    orders_by_unit: bool

    def page(self, rows: Sequence[tuple[str, Cells]], order: ListOrder) -> list[Found]:
        """The rows of one page."""
        found = [row for row in self.all(rows, order) if _is_behind(row.position, order.after)]
        if order.each is None:
            return found[: order.limit]
        groups = dict.fromkeys(row.group for row in found)
        return [
            row for group in groups for row in [f for f in found if f.group == group][: order.limit]
        ]

    def all(self, rows: Sequence[tuple[str, Cells]], order: ListOrder) -> list[Found]:
        """Every row that meets the conditions, in order."""
        found = [
            Found(index, self._position(key, cells, order.entity), _group(cells, order))
            for index, (key, cells) in enumerate(rows)
            if all(self._fits(cells, condition, order.entity) for condition in order.conditions)
            and self._is_within(key, cells, order.entity, order.reach)
        ]
        return sorted(found, key=lambda row: _place(row.position))

    def judge(self, rows: Sequence[tuple[str, Cells]], order: JudgeOrder) -> dict[str, bool]:
        """For each text that a row has: whether one of those rows is within reach."""
        found: dict[str, bool] = {}
        for key, cells in rows:
            text = key if order.by == OWN_KEY else canonical_text(cells.get(order.by))
            if text is not None and text in order.texts:
                is_within = self._is_within(key, cells, order.entity, order.reach)
                found[text] = found.get(text, False) or is_within
        return found

    def hosted(
        self, rows: Sequence[tuple[str, Sequence[Cells]]], order: JudgeOrder
    ) -> dict[str, bool]:
        """For each key: whether an absence in force names one of the codes as host."""
        codes = order.reach.codes if order.reach else ()
        return {
            key: any(_is_hosted(cells, codes, order.hosted_on) for cells in absences)
            for key, absences in rows
            if key in order.texts
        }

    def _is_within(self, key: str, cells: Cells, kind: EntityKind, reach: Reach | None) -> bool:
        if reach is None:
            return True
        if kind is EntityKind.PERSON:
            key = canonical_text(cells.get(OCCUPIED_UNIT_CODE)) or ""
            own = cells.get(UNIT_DIVISION)
            cells = {UNIT_DIVISION: own} if own else self.units.get(key, {})
        division = canonical_text(cells.get(UNIT_DIVISION)) or ""
        return key in reach.codes or division.startswith(reach.divisions)

    def _position(self, key: str, cells: Cells, kind: EntityKind) -> Position:
        if kind is EntityKind.PERSON and self.orders_by_unit:
            return (canonical_text(cells.get(OCCUPIED_UNIT_CODE)), *key.split(KEY_SEPARATOR))
        return tuple(key.split(KEY_SEPARATOR))

    def _fits(self, cells: Cells, condition: Condition, kind: EntityKind) -> bool:
        subject = catalogue().category_of(condition.indicator).subject
        if condition.operator is Operator.UNDER:
            name = OCCUPIED_UNIT_CODE if kind is EntityKind.PERSON else PARENT_UNIT_CODE
            return cells.get(name) in self._below(condition.values)
        if subject != kind:
            code = canonical_text(cells.get(OCCUPIED_UNIT_CODE))
            cells = self.units.get(code or "", {})
        text = canonical_text(cells.get(condition.indicator))
        return text is not None and _meets(text, condition)

    def _below(self, codes: Iterable[str]) -> set[str]:
        found = set(codes)
        while True:
            more = {k for k, cells in self.units.items() if cells.get(PARENT_UNIT_CODE) in found}
            if more <= found:
                return found
            found |= more


def _is_hosted(cells: Cells, codes: Sequence[str], today: date | None) -> bool:
    first, last = cells.get(ABSENCE_FROM), cells.get(ABSENCE_TO)
    begun = not isinstance(first, date) or today is None or first <= today
    lasts = not isinstance(last, date) or today is None or last >= today
    return cells.get(HOST_UNIT_CODE) in codes and begun and lasts


def _meets(text: str, condition: Condition) -> bool:
    values = condition.values
    match condition.operator:
        case Operator.IN:
            name = catalogue().indicators[condition.indicator].code_set
            return text in (values if name is None else with_all_below(code_set(name), values))
        case Operator.BEGINS:
            return text.startswith(values)
        case Operator.CONTAINS:
            return any(value in text for value in values)
        case Operator.FROM:
            return text >= values[0]
        case _:
            return text <= values[0]


def _group(cells: Cells, order: ListOrder) -> str | None:
    return None if order.each is None else canonical_text(cells.get(order.each))


def _place(position: Position) -> tuple[tuple[bool, str], ...]:
    return tuple((part is None, part or "") for part in position)


def _is_behind(position: Position, after: Position | None) -> bool:
    return after is None or _place(position) > _place(after)
