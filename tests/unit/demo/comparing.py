"""Compares departments by the catalogue's rules, apart from domain.identity on purpose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.catalogue.codes import code_set
from domain.catalogue.indicators import Indicator, catalogue
from domain.model.departments import Department
from tests.unit.demo.reader import Book

UNIT_REFERENCES = frozenset(
    i.name
    for i in catalogue().indicators.values()
    if i.compare_rule == "code"
    and i.code_set is None
    and i.name.endswith(("UnitCode", "DeptCode"))
    # Finance's own codes of paying and budget units are text like any other.
    and not i.name.startswith(("budget", "payroll"))
)


@dataclass(frozen=True, slots=True)
class Found:
    """One value that is not the reference's."""

    subject: object
    indicator: str
    department: str
    row: int | None


def _line(name: str, code: str) -> list[str]:
    codes, line = code_set(name), [code]
    while line[-1] in codes and (parent := codes[line[-1]].parent):
        line.append(parent)
    return line


def is_equal(indicator: Indicator, own: object, theirs: object) -> bool:
    """Whether two values count as the same."""
    if own is None or theirs is None:
        return own is theirs
    if indicator.code_set and isinstance(own, str) and isinstance(theirs, str):
        return own in _line(indicator.code_set, theirs) or theirs in _line(indicator.code_set, own)
    if isinstance(own, Decimal) and isinstance(theirs, Decimal):
        return abs(own - theirs) <= Decimal("0.01")
    return own == theirs


class Comparison:
    """All indicators of all subjects over all departments."""

    def __init__(self, books: Mapping[Department, Book], units: list[dict[str, Any]]) -> None:
        self._books = books
        self._codes = {
            (department, key): unit["unit"]
            for unit in units
            for department, key in unit["keys"].items()
        }

    def _translate(self, indicator: Indicator, department: str, value: object) -> object:
        if indicator.name in UNIT_REFERENCES and value is not None:
            return self._codes[department, str(value)]
        return value

    def _cells(
        self, subject: str, keys: Mapping[str, str], indicator: Indicator
    ) -> dict[str, list[object]]:
        """Each holder's values: one for a single indicator, one a row for a repeated one."""
        category = catalogue().category_of(indicator.name)
        cells: dict[str, list[object]] = {}
        for department in indicator.holders:
            if department not in keys:
                continue
            book = self._books[department]
            record = (book.persons if subject == "person" else book.units)[keys[department]]
            if category.is_row(indicator):
                own = [row[indicator.name] for row in record.rows.get(category.code, [])]
            else:
                own = [record.values[indicator.name]]
            cells[department] = [self._translate(indicator, department, v) for v in own]
        return cells

    def differences(self, kind: str, number: object, keys: Mapping[str, str]) -> Iterator[Found]:
        """What differs of one subject."""
        for indicator in catalogue().of_subject(kind):
            if indicator.compare_rule is None:
                continue
            cells = self._cells(kind, keys, indicator)
            if not cells:
                continue
            (_, reference), *others = cells.items()
            for department, own in others:
                assert len(own) == len(reference), (number, indicator.name, department)
                for row, (mine, theirs) in enumerate(zip(own, reference, strict=True)):
                    if not is_equal(indicator, mine, theirs):
                        is_row = catalogue().category_of(indicator.name).is_row(indicator)
                        yield Found(number, indicator.name, department, row if is_row else None)
