"""Who is seconded to a unit: by records of absence that name it as host, as SQL."""

from collections.abc import Iterator, Sequence
from datetime import date

import sqlalchemy as sa

from adapters.mapping.model import ColumnRule, EntityRule, RowsRule
from adapters.sql.binds import bucket, padded
from adapters.sql.days import LAST_DAY, DayColumn
from adapters.sql.in_force import FIRST_DAY
from adapters.sql.pieces import (
    CHILD_ALIAS,
    MAIN_ALIAS,
    ONE,
    Element,
    Pieces,
    join_alias,
    slot,
    table,
)
from adapters.sql.shapes import Shapes, table_of
from domain.catalogue import handles
from domain.model.keys import IndicatorName


class Hosting:
    """The clause for one entity of one source; no row meets it where no host or end is kept."""

    def __init__(self, entity: EntityRule, shapes: Shapes, pieces: Pieces) -> None:
        self._entity = entity
        self._shapes = shapes
        self._pieces = pieces
        self._rows = next(filter(_names_hosts, entity.rows.values()), None)

    def values(self, codes: Sequence[str], today: date) -> dict[str, object]:
        """The parameters of the clause: as many as its `size` says."""
        rows = self._rows
        bound = [(value,) for code in codes for value in self._bind(code)]
        if rows is None or not bound:
            return {}
        found: dict[str, object] = {f"h{i}": value for i, (value,) in enumerate(padded(bound))}
        for name, first, last in _spans(rows, today):
            pair = self._days(rows, rows.columns[_DAYS[name[0]]]).bind(first, last)
            found |= {f"{name}_{i}": value for i, value in enumerate(pair)}
        return found

    def size(self, codes: Sequence[str]) -> int:
        """How many codes the clause takes; none where nobody can be hosted."""
        bound = sum(len(self._bind(code)) for code in codes)
        return bucket(bound) if bound and self._rows is not None else 0

    def clause(self, size: int) -> Element:
        """An absence in force names one of the units with the codes `h…`."""
        rows = self._rows
        if rows is None or not size:
            return sa.false()
        used = sorted({rows.columns[name].join for name in _named(rows)})
        others = {name: self._pieces.column(MAIN_ALIAS, name) for name in rows.on.values()}
        source = self._pieces.widened(table(rows.table, CHILD_ALIAS), rows, used)
        select = (
            sa.select(ONE)
            .select_from(source)
            .where(
                self._pieces.joined(CHILD_ALIAS, rows, others, self._entity.table),
                self._is_host(rows, [slot(f"h{i}") for i in range(size)]),
                *self._in_force(rows),
            )
        )
        return select.exists()

    def _is_host(self, rows: RowsRule, codes: Sequence[Element]) -> Element:
        rule = rows.columns[handles.HOST_UNIT_CODE]
        element, kind = self._element(rows, rule), self._kind(rows, rule)
        forms = [self._pieces.compared(element, kind), self._pieces.exact(element, kind)]
        return sa.and_(*(form.in_(codes) for form in forms))

    def _in_force(self, rows: RowsRule) -> Iterator[Element]:
        """Begun, and not ended: without a beginning or an end that is a day, for ever."""
        for name in _named(rows):
            if name == handles.HOST_UNIT_CODE:
                continue
            letter = "f" if name == handles.ABSENCE_FROM else "t"
            element = self._element(rows, rows.columns[name])
            days = self._days(rows, rows.columns[name])
            is_in_force = days.within(slot(f"{letter}in_0"), slot(f"{letter}in_1"))
            is_day = days.within(slot(f"{letter}any_0"), slot(f"{letter}any_1"))
            yield sa.or_(element.is_(None), is_in_force, sa.not_(is_day))

    def _bind(self, code: str) -> tuple[object, ...]:
        rows = self._rows
        rule = None if rows is None else rows.columns[handles.HOST_UNIT_CODE]
        if rows is None or rule is None or rule.column is None:
            return (code,)
        return self._shapes[table_of(rows, rule)].binder(rule.column, self._pieces.backend)(code)

    def _days(self, rows: RowsRule, rule: ColumnRule) -> DayColumn:
        element, kind = self._element(rows, rule), self._kind(rows, rule)
        return DayColumn(self._pieces, element, kind, rule.date)

    def _element(self, rows: RowsRule, rule: ColumnRule) -> Element:
        element = self._pieces.value(rule, join_alias(rows, rule.join))
        return sa.null() if element is None else element

    def _kind(self, rows: RowsRule, rule: ColumnRule) -> sa.types.TypeEngine[object] | None:
        return self._shapes[table_of(rows, rule)].columns[rule.column] if rule.column else None


_DAYS = {"f": handles.ABSENCE_FROM, "t": handles.ABSENCE_TO}


def _names_hosts(rows: RowsRule) -> bool:
    return {handles.HOST_UNIT_CODE, handles.ABSENCE_TO} <= rows.columns.keys()


def _named(rows: RowsRule) -> list[IndicatorName]:
    names = (handles.HOST_UNIT_CODE, handles.ABSENCE_FROM, handles.ABSENCE_TO)
    return [name for name in names if name in rows.columns]


def _spans(rows: RowsRule, today: date) -> Iterator[tuple[str, date, date]]:
    """The parameters of days: what is in force, and what is a day at all."""
    if handles.ABSENCE_FROM in rows.columns:
        yield "fin", FIRST_DAY, today
        yield "fany", FIRST_DAY, LAST_DAY
    yield "tin", today, LAST_DAY
    yield "tany", FIRST_DAY, LAST_DAY
