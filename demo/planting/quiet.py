"""The many quiet differences: other values, missing values, unknown codes, impossible dates."""

from random import Random
from typing import Final

from demo.changes import Change
from demo.layouts import Column, layout
from demo.planting.candidates import UNKNOWN_CODE, Candidate, candidates, wrong_value
from demo.planting.person import Person
from demo.scale import differences
from demo.values import Canonical
from domain.catalogue.indicators import ValueType, catalogue
from domain.model.departments import Department

IMPOSSIBLE_DAY: Final = "20190230"
ZERO_DAY: Final = "0000-00-00"
# Most differences are other values; every rule and every oddity comes round in forty.
_TURNS: Final = (
    "code", "date", "amount", "missing", "name", "exact", "unknown", "impossible", "zero", "code",
    "date", "name", "missing", "amount", "code", "exact", "missing", "date", "name", "exact",
    "code", "date", "amount", "missing", "name", "exact", "code", "date", "name", "missing",
    "amount", "code", "exact", "unknown", "date", "name", "exact", "missing", "code", "amount",
)  # fmt: skip
_ANY: Final = ("code", "date", "name", "exact", "amount")
_TRIES: Final = 40


def _column(candidate: Candidate) -> Column | None:
    return layout(candidate.department).find(candidate.name)


def _row_of(person: Person, candidate: Candidate, rng: Random) -> int | None:
    category = catalogue().category_of(candidate.name)
    if not category.is_row(candidate.indicator):
        return None
    count = len(person.rows.get(category.code, ()))
    return int(rng.random() * count) if count else -1


class Quiet:
    """Plants differences so that the city has as many as the brief's, per person."""

    def __init__(self, persons: int) -> None:
        self._persons = persons
        self._target = differences(persons)
        self._turn = 0
        self.planted = 0

    def due(self, number: int) -> int:
        """How many differences should be there after this person."""
        return self._target * (number + 1) // self._persons - self.planted

    def plant(self, person: Person, rng: Random) -> None:
        """Gives the person its share: nothing to most, several at once to some."""
        due = self.due(person.number)
        is_last = person.number >= self._persons - 40
        if due <= 0 or (rng.random() < 0.55 and due < 8 and not is_last):
            return
        for _ in range(min(due, 6)):
            self._plant_one(person, rng)

    def _plant_one(self, person: Person, rng: Random) -> None:
        turn = _TURNS[self._turn % len(_TURNS)]
        for attempt in range(_TRIES):
            rule = turn if turn in _ANY else _ANY[int(rng.random() * len(_ANY))]
            if attempt > _TRIES // 2:
                rule = _ANY[attempt % len(_ANY)]
            change = self._try(person, rng, rule, turn)
            if change is not None:
                person.changes.append(change)
                self._turn += 1
                return

    def _try(self, person: Person, rng: Random, rule: str, turn: str) -> Change | None:
        choices = candidates()["date" if turn in {"impossible", "zero"} else rule]
        candidate = choices[int(rng.random() * len(choices))]
        department, name = candidate.department, candidate.name
        holders = person.holders
        if department not in holders or candidate.indicator.authority not in holders:
            return None
        row = _row_of(person, candidate, rng)
        if row == -1 or any(c.indicator == name for c in person.changes):
            return None
        value = person.canonical(name, row)
        if value is None or isinstance(value, tuple):
            return None
        return _change(rng, candidate, turn, row, value)


def _change(
    rng: Random, candidate: Candidate, turn: str, row: int | None, value: Canonical
) -> Change | None:
    department, name = candidate.department, candidate.name
    column = _column(candidate)
    if column is None:
        return None
    if turn == "missing":
        return Change(department, name, None, row=row)
    if turn == "unknown":
        if candidate.indicator.type is not ValueType.CODE:
            return None
        return Change(
            department, name, UNKNOWN_CODE, stored=UNKNOWN_CODE, row=row, cause="unknown_code"
        )
    if turn in {"impossible", "zero"}:
        return _dirty_date(department, candidate, column, turn, row)
    other = wrong_value(rng, candidate, value)
    return None if other is None else Change(department, name, other, row=row)


def _dirty_date(
    department: Department, candidate: Candidate, column: Column, turn: str, row: int | None
) -> Change | None:
    """Only columns that hold dates as text can hold a date that does not exist."""
    wanted = "%Y%m%d" if turn == "impossible" else "%Y-%m-%d"
    if column.format != wanted or not column.type.startswith("text"):
        return None
    stored = IMPOSSIBLE_DAY if turn == "impossible" else ZERO_DAY
    return Change(department, candidate.name, None, stored=stored, row=row, cause="dirty_date")
