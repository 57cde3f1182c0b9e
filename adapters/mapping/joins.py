"""The joins of a mapping: further tables of an entity or of child rows, and all mistakes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.mapping.columns import ColumnReader, Target
from adapters.mapping.convert import Convert, date_reader, guarded
from adapters.mapping.file import ColumnPart, JoinPart, PeriodPart
from adapters.mapping.lines import Path
from adapters.mapping.model import MAIN, ColumnRule, JoinRule, Period
from adapters.mapping.operational import refuse_unsortable
from adapters.mapping.tables import table_name


def _day(rule: ColumnRule) -> Convert:
    return guarded(date_reader(rule.date))


@dataclass(frozen=True, slots=True)
class JoinReader:
    """Reads the joins that stand under `path`; `own` is what the joined table calls itself."""

    columns: ColumnReader
    parts: Mapping[str, JoinPart]
    path: Path
    own: str

    def joins(self) -> dict[str, JoinRule]:
        """All of them; mistakes are noted."""
        joins = {name: self._join(name, part) for name, part in self.parts.items()}
        for name, join in joins.items():
            if _leads_back(joins, join):
                message = f"join {name!r} is its own parent"
                remedy = "break the circle of parents"
                self.columns.findings.add((*self.path, name), message, remedy)
        return joins

    def _join(self, name: str, part: JoinPart) -> JoinRule:
        path = (*self.path, name)
        is_own = part.parent in {None, self.own}
        if not is_own and part.parent not in self.parts:
            message = f"join {name!r}: there is no parent {part.parent!r}"
            self.columns.findings.add(
                (*path, "parent"), message, "name another join, or leave it out"
            )
        is_lost = is_own or part.parent not in self.parts
        return JoinRule(
            line=self.columns.findings.line(path),
            name=name,
            table=table_name(part.table or name),
            on=dict(part.on),
            parent=MAIN if is_lost else part.parent or MAIN,
            where=self.columns.expression(part.where, (*path, "where")),
            period=self._period(part.current, (*path, "current")) if part.current else None,
        )

    def _period(self, part: PeriodPart, path: Path) -> Period:
        for message, remedy in _mistakes(part):
            self.columns.findings.add(path, f"{'.'.join(path)}: {message}", remedy)
        word = "until" if part.until is not None else "to"
        return Period(
            line=self.columns.findings.line(path),
            begin=self._dated(part.begin, (*path, "from")),
            end=self._dated(part.until or part.to, (*path, word)),
            is_last_day=part.until is not None,
            open=tuple(str(text).strip() for text in part.open),
        )

    def _dated(self, part: ColumnPart | None, path: Path) -> ColumnRule | None:
        if part is None:
            return None
        refuse_unsortable(self.columns.findings, path, part)
        if part.const is not None:
            message = f"{'.'.join(path)}: a day that is the same for all rows chooses none"
            self.columns.findings.add(path, message, "name a column")
        return self.columns.rule(part, path, frozenset(), Target(frozenset({"date"}), reader=_day))


def _mistakes(part: PeriodPart) -> Iterator[tuple[str, str]]:
    if part.to is not None and part.until is not None:
        yield "both `to` and `until` are given", "`to` is the first day after, `until` the last one"
    has_end = part.to is not None or part.until is not None
    if not has_end and part.begin is None:
        yield "no day is named", "give `from`, and `to` or `until`"
    if part.open and not has_end:
        yield "`open` means nothing without an end", "give `to` or `until`, or remove it"


def _leads_back(joins: Mapping[str, JoinRule], join: JoinRule) -> bool:
    seen, parent = {join.name}, join.parent
    while parent != MAIN and parent not in seen:
        seen.add(parent)
        parent = joins[parent].parent
    return parent == join.name
