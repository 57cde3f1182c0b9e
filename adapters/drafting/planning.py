"""Which tables hold persons and units, which hang on them, and what each column is taken for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.drafting.live import LiveColumn, LiveTable
from adapters.drafting.proposing import Candidate, candidates, is_sure, plain
from adapters.mapping.model import MAIN, TableName
from adapters.sql.kinds import Family, family
from domain.catalogue import handles
from domain.catalogue.indicators import Category, catalogue
from domain.model.departments import Department
from domain.model.keys import EntityKind, IndicatorName

_NAMING: Final[Mapping[EntityKind, frozenset[IndicatorName]]] = {
    EntityKind.PERSON: frozenset({handles.ID_NUMBER, handles.PERSON_NAME}),
    EntityKind.UNIT: frozenset({handles.UNIT_NAME, handles.USCC}),
}
_KEYS: Final[Mapping[EntityKind, tuple[IndicatorName, ...]]] = {
    EntityKind.PERSON: (handles.SOURCE_PERSON_KEY, handles.ID_NUMBER),
    EntityKind.UNIT: (handles.SOURCE_UNIT_KEY, handles.UNIT_CODE, handles.USCC),
}
_LEADING_TO_UNITS: Final[Mapping[EntityKind, IndicatorName]] = {
    EntityKind.PERSON: handles.OCCUPIED_UNIT_CODE,
    EntityKind.UNIT: handles.PARENT_UNIT_CODE,
}
_NAMING_WEIGHT: Final = 5
_FAMILY_NAMES: Final = ("lastname", "familyname", "surname", "姓氏")
_GIVEN_NAMES: Final = ("firstname", "givenname", "forename", "名字")
_MONTH: Final = re.compile(r"(年月|月份|期间)")
_MONTHS: Final = frozenset({"ny", "ffny", "gzny", "month", "period", "ym", "paymonth"})


@dataclass(frozen=True, slots=True)
class Pick:
    """A column taken for an indicator; `join` names the join it is read through."""

    column: LiveColumn
    indicator: IndicatorName
    join: str = MAIN


@dataclass(frozen=True, slots=True)
class Doubt:
    """A column that may hold one of several indicators."""

    column: LiveColumn
    candidates: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Hanging:
    """A table that hangs on an entity's: a join, or the rows of a category."""

    name: str
    table: LiveTable
    on: Mapping[str, str]
    picks: Sequence[Pick]
    doubts: Sequence[Doubt] = ()
    extra: str | None = None
    lacks_extra: bool = False


@dataclass(slots=True)
class Draft:
    """A person or unit as the draft sees it."""

    kind: EntityKind
    table: LiveTable
    key: tuple[str, ...]
    is_guess: bool
    picks: list[Pick] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    joins: list[Hanging] = field(default_factory=list)
    rows: dict[str, Hanging] = field(default_factory=dict)

    @property
    def taken(self) -> set[IndicatorName]:
        """The indicators that have a column already."""
        hanging = [*self.joins, *self.rows.values()]
        return {p.indicator for picks in [self.picks, *(h.picks for h in hanging)] for p in picks}


class Planner:
    """Plans the draft of one live schema for one department."""

    def __init__(self, tables: Sequence[LiveTable], department: Department | None) -> None:
        self._department = department
        self._tables = [table for table in tables if table.columns and is_sayable(table.name)]
        self._found: dict[tuple[TableName, str], list[Candidate]] = {
            (table.name, column.name): candidates(column, department)
            for table in self._tables
            for column in table.columns
        }

    def drafts(self) -> list[Draft]:
        """Person and unit where there are such tables; else the widest table as a guess."""
        made: dict[EntityKind, Draft] = {}
        for kind in EntityKind:
            table = self._best(kind, {draft.table.name for draft in made.values()})
            if table is not None:
                made[kind] = self._started(kind, table, is_guess=False)
        if not made and self._tables:
            widest = max(self._tables, key=lambda table: (bool(table.key), len(table.columns)))
            made[EntityKind.PERSON] = self._started(EntityKind.PERSON, widest, is_guess=True)
        own = {draft.table.name for draft in made.values()}
        for draft in made.values():
            self._hang(draft, own)
            draft.doubts += self._leading_to_units(draft, made.get(EntityKind.UNIT))
        return list(made.values())

    def candidates_of(self, table: TableName, column: str) -> list[Candidate]:
        """What a column may hold."""
        return self._found.get((table, column), [])

    def _leading_to_units(self, draft: Draft, units: Draft | None) -> Iterator[Doubt]:
        """Foreign keys to the table of units, where the name of the column told nothing."""
        indicator = catalogue().indicators[_LEADING_TO_UNITS[draft.kind]]
        is_held = self._department is None or self._department in indicator.holders
        if units is None or not is_held or indicator.name in draft.taken:
            return
        told = {pick.column.name for pick in draft.picks}
        told |= {doubt.column.name for doubt in draft.doubts}
        leading = {
            reference.columns[0]
            for reference in draft.table.references
            if reference.table == units.table.name and len(reference.columns) == 1
        }
        for column in draft.table.columns:
            if column.name in leading - told and is_sayable_column(column.name):
                yield Doubt(column, [Candidate(indicator, 0)])

    def _best(self, kind: EntityKind, taken: set[TableName]) -> LiveTable | None:
        scores = {
            table.name: self._weight(kind, table)
            for table in self._tables
            if table.name not in taken
        }
        best = max(scores, key=lambda name: scores[name], default=None)
        if best is None or not scores[best]:
            return None
        return next(table for table in self._tables if table.name == best)

    def _weight(self, kind: EntityKind, table: LiveTable) -> int:
        """How much a table looks like the entity's own; 0 where it names none."""
        names = {pick.indicator for pick in self._ones(kind, table, set())}
        if kind is EntityKind.PERSON and names_in_two(table):
            names.add(handles.PERSON_NAME)
        if names.isdisjoint(_NAMING[kind]):
            return 0
        return len(names) + _NAMING_WEIGHT * len(names & _NAMING[kind])

    def _started(self, kind: EntityKind, table: LiveTable, *, is_guess: bool) -> Draft:
        draft = Draft(kind, table, self._key(kind, table), is_guess)
        draft.picks += self._ones(kind, table, set())
        draft.doubts += self._doubts(kind, table, draft.picks)
        return draft

    def _key(self, kind: EntityKind, table: LiveTable) -> tuple[str, ...]:
        """The declared key, else a unique index, else what is named like one, else the first."""
        if table.key:
            return table.key
        if table.unique:
            smallest = min(table.unique, key=lambda names: (len(names), sorted(names)))
            return tuple(column.name for column in table.columns if column.name in smallest)
        for wanted in _KEYS[kind]:
            for column in table.columns:
                found = self._found[table.name, column.name]
                if is_sure(found) and found[0].indicator.name == wanted:
                    return (column.name,)
        return (table.columns[0].name,)

    def _ones(self, kind: EntityKind, table: LiveTable, taken: set[IndicatorName]) -> list[Pick]:
        """Sure single indicators of a table, each by its likeliest column."""
        best: dict[IndicatorName, tuple[int, LiveColumn]] = {}
        for column, first in self._sure(table):
            category = catalogue().categories[first.indicator.category]
            name = first.indicator.name
            if category.subject != kind or category.is_row(first.indicator) or name in taken:
                continue
            if name not in best or first.score > best[name][0]:
                best[name] = first.score, column
        return [Pick(column, name) for name, (_, column) in best.items()]

    def _sure(self, table: LiveTable) -> Iterator[tuple[LiveColumn, Candidate]]:
        for column in table.columns:
            found = self._found[table.name, column.name]
            if is_sure(found) and is_sayable_column(column.name):
                yield column, found[0]

    def _doubts(self, kind: EntityKind, table: LiveTable, picks: Sequence[Pick]) -> list[Doubt]:
        picked = {pick.column.name for pick in picks}
        doubts: list[Doubt] = []
        for column in table.columns:
            fitting = [
                each
                for each in self._found[table.name, column.name]
                if catalogue().categories[each.indicator.category].subject == kind
            ]
            if fitting and column.name not in picked:
                doubts.append(Doubt(column, fitting))
        return doubts

    def _hang(self, draft: Draft, own: set[TableName]) -> None:
        """The tables that refer to the entity, or hold its key under the same names."""
        linked = [
            (table, on)
            for table in self._tables
            if table.name not in own and (on := _link(table, draft)) is not None
        ]
        for table, on in linked:
            if _is_one_to_one(table, on):
                self._join(draft, table, on)
        for table, on in linked:
            if not _is_one_to_one(table, on):
                self._rows(draft, table, on)

    def _join(self, draft: Draft, table: LiveTable, on: Mapping[str, str]) -> None:
        picks = [p for p in self._ones(draft.kind, table, draft.taken) if p.column.name not in on]
        if picks:
            name = re.sub(r"\W", "_", table.name.name)
            through = [Pick(pick.column, pick.indicator, name) for pick in picks]
            doubts = [d for d in self._doubts(draft.kind, table, picks) if d.column.name not in on]
            draft.joins.append(Hanging(name, table, on, through, doubts))

    def _rows(self, draft: Draft, table: LiveTable, on: Mapping[str, str]) -> None:
        by_category: dict[str, dict[IndicatorName, LiveColumn]] = {}
        for column, first in self._sure(table):
            category = catalogue().categories[first.indicator.category]
            is_fit = category.subject == draft.kind and first.indicator.many
            if is_fit and category.is_row(first.indicator) and column.name not in on:
                by_category.setdefault(category.code, {}).setdefault(first.indicator.name, column)
        if not by_category:
            return
        code = max(by_category, key=lambda each: len(by_category[each]))
        held = draft.rows.get(code)
        if held is not None and len(held.picks) >= len(by_category[code]):
            return
        draft.rows[code] = self._hanging(draft, code, table, on, by_category[code])

    def _hanging(
        self,
        draft: Draft,
        code: str,
        table: LiveTable,
        on: Mapping[str, str],
        found: Mapping[IndicatorName, LiveColumn],
    ) -> Hanging:
        category = next(c for c in catalogue().categories.values() if c.code == code)
        picks = [Pick(column, name) for name, column in found.items()]
        doubts = [
            Doubt(doubt.column, own)
            for doubt in self._doubts(draft.kind, table, picks)
            if (own := [c for c in doubt.candidates if c.indicator.category == code])
        ]
        extra = _extra(category, table, {pick.column.name for pick in picks} | on.keys())
        lacks = category.extra_key is not None and extra is None
        return Hanging(code, table, on, picks, doubts, extra, lacks)


def names_in_two(table: LiveTable) -> tuple[str, str] | None:
    """The columns of family and given name, where a table has both."""
    by_word = {plain(column.name): column.name for column in table.columns}
    family, given = (
        next((by_word[word] for word in words if word in by_word), None)
        for words in (_FAMILY_NAMES, _GIVEN_NAMES)
    )
    return (family, given) if family and given else None


def is_sayable(name: TableName) -> bool:
    """Whether a mapping can write the name of this table: a point stands between schema and it."""
    return "." not in name.name and "." not in (name.schema or "")


def is_sayable_column(name: str) -> bool:
    """Whether `column = …` can name it: a point stands between join and column."""
    return "." not in name


def _link(table: LiveTable, draft: Draft) -> Mapping[str, str] | None:
    """Own column -> the entity's column: by a foreign key, else by the same names."""
    for reference in table.references:
        if reference.table == draft.table.name:
            return dict(zip(reference.columns, reference.others, strict=True))
    if table.names.issuperset(draft.key) and not draft.is_guess:
        return {name: name for name in draft.key}
    return None


def _is_one_to_one(table: LiveTable, on: Mapping[str, str]) -> bool:
    own = frozenset(on)
    return (bool(table.key) and own.issuperset(table.key)) or any(
        own >= each for each in table.unique
    )


def _extra(category: Category, table: LiveTable, taken: set[str]) -> str | None:
    """The column of the month or day that tells the rows of some categories apart."""
    if category.extra_key is None:
        return None
    free = [column for column in table.columns if column.name not in taken]
    if category.extra_key[1] == "month":
        fitting = [c for c in free if plain(c.name) in _MONTHS or _MONTH.search(c.comment)]
    else:
        fitting = [c for c in free if family(c.kind) in {Family.DAY, Family.INSTANT}]
    return fitting[0].name if fitting else None
