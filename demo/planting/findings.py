"""What the changes of a person or unit amount to: differing values and mere format differences."""

from collections.abc import Iterator, Mapping, Sequence

from demo.changes import Change, Subject
from demo.layouts import layout
from demo.planting.candidates import UNKNOWN_CODE
from demo.units.plan import UnitPlan
from demo.values import Canonical
from domain.catalogue.indicators import Indicator, catalogue
from domain.model.departments import Department
from domain.model.keys import IndicatorName

Entry = dict[str, object]


def _read_back(department: Department, indicator: IndicatorName, value: Canonical) -> Canonical:
    """The value as the department's mapping reads it: its code maps may be coarser."""
    column = layout(department).find(indicator)
    codes = layout(department).codes.get(column.codes) if column and column.codes else None
    if codes is None or not isinstance(value, str) or value not in codes.stored:
        return value
    return codes.canonical[codes.stored[value]]


class Findings:
    """Derives truth entries from planted changes; unit references are shown as standard codes."""

    def __init__(self, units: Sequence[UnitPlan]) -> None:
        self._units = units

    def shown(self, indicator: IndicatorName, value: Canonical) -> object:
        """A value as truth.json shows it."""
        is_reference = isinstance(value, int) and not isinstance(value, bool)
        column = layout(catalogue().indicators[indicator].authority).find(indicator)
        if is_reference and column and column.format == "unit":
            return self._units[int(value)].code  # type: ignore[arg-type]  # a unit number
        return list(value) if isinstance(value, tuple) else value

    def differences(self, subject: Subject) -> Iterator[Entry]:
        """One entry for each pair of indicator and department that is not as the reference."""
        touched: dict[tuple[IndicatorName, int | None], Change] = {}
        for change in subject.changes:
            if not change.same:
                touched.setdefault((change.indicator, change.row), change)
        for (name, row), change in touched.items():
            yield from self._of_value(subject, catalogue().indicators[name], row, change.cause)

    def _of_value(
        self, subject: Subject, indicator: Indicator, row: int | None, cause: str
    ) -> Iterator[Entry]:
        holders = [d for d in indicator.holders if d in subject.holders]
        if not holders:
            return
        held = {d: self._value(subject, d, indicator.name, row) for d in holders}
        reference = holders[0]
        true = subject.canonical(indicator.name, row)
        for department in holders[1:]:
            if held[department] == held[reference]:
                continue
            own, theirs = held[department], held[reference]
            if own == true == theirs:
                continue
            entry = self._entry(subject, indicator, department, reference, row) | {
                "kind": _kind(own, theirs),
                "cause": cause,
                "expected": self._told(indicator.name, reference, theirs),
                "value": self._told(indicator.name, department, own),
            }
            change = subject.change_of(department, indicator.name, row)
            yield entry | ({"stored": change.stored} if change and change.stored else {})

    def _told(self, indicator: IndicatorName, department: Department, value: Canonical) -> object:
        return self.shown(indicator, _read_back(department, indicator, value))

    def _value(
        self, subject: Subject, department: Department, name: IndicatorName, row: int | None
    ) -> Canonical:
        change = subject.change_of(department, name, row)
        return subject.canonical(name, row) if change is None or change.same else change.value

    def _entry(
        self,
        subject: Subject,
        indicator: Indicator,
        department: Department,
        reference: Department,
        row: int | None,
    ) -> Entry:
        entry: Entry = {
            "indicator": indicator.name,
            "department": department,
            "reference": reference,
            "rule": indicator.compare_rule,
        }
        if row is not None:
            entry["row"] = self._row_key(subject, indicator, row)
        return entry

    def _row_key(self, subject: Subject, indicator: Indicator, row: int) -> Mapping[str, object]:
        category = catalogue().category_of(indicator.name)
        values = subject.rows[category.code][row]
        if category.extra_key:
            return {category.extra_key[0]: values[IndicatorName("@extra")]}
        return {name: values[name] for name in category.row_key}


def _kind(own: Canonical, theirs: Canonical) -> str:
    if own is None or theirs is None:
        return "MISSING_VALUE"
    return "CODE" if UNKNOWN_CODE in (own, theirs) else "VALUE"
