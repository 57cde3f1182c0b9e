"""Code values in the data that the mapping does not name, counted by a bounded statement."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa

from adapters.checking.problems import Problems, counted
from adapters.lanes.port import Row
from adapters.mapping.convert import FAULT, Convert, converter, stored_text
from adapters.mapping.expressions import Expression
from adapters.mapping.model import ColumnRule, EntityRule, SourceMapping, TableName
from adapters.mapping.operational import COLUMNS
from adapters.sql.pieces import MAIN_ALIAS, Pieces, Statement, table
from adapters.sql.shapes import Shapes, table_of
from domain.catalogue.indicators import ValueType, catalogue
from domain.model.keys import IndicatorName
from domain.model.records import UnknownCode

MOST_WORDS: Final = 500
"""A code column holds fewer different values; one with more is no code column."""
_SHOWN: Final = 10
_LONGEST: Final = 20
_NUMBER: Final = re.compile(r"\d{6,}")
_WORDED: Final = frozenset({ValueType.CODE, ValueType.BOOLEAN})
_KIND: Final = {ValueType.CODE: "code", ValueType.BOOLEAN: "yes or no"}


@dataclass(frozen=True, slots=True)
class Worded:
    """A column of codes or flags: its rule, where it is, how a stored text is read."""

    name: str
    rule: ColumnRule
    table: TableName
    where: Expression | None
    read: Convert
    kind: str = "code"


def worded_columns(mapping: SourceMapping) -> Iterator[Worded]:
    """Every column of a mapping that is read as a code or as yes and no; constants apart."""
    for entity in mapping.entities.values():
        yield from _of_entity(entity)
    for operational in mapping.operational.values():
        for word, rule in operational.columns.items():
            target = COLUMNS[operational.name][word]
            if target.code_set is not None and target.reader is not None and rule.const is None:
                read = target.reader(replace(rule, split=None))
                name = f"{operational.name}.{word}"
                yield Worded(name, rule, operational.table, operational.where, read)


def _of_entity(entity: EntityRule) -> Iterator[Worded]:
    for name, rule in entity.columns.items():
        where = entity.joins[rule.join].where if rule.join else entity.where
        yield from _worded(name, rule, table_of(entity, rule), where)
    for rows in entity.rows.values():
        for name, rule in rows.columns.items():
            where = rows.joins[rule.join].where if rule.join else rows.where
            yield from _worded(name, rule, table_of(rows, rule), where)


def _worded(
    name: IndicatorName, rule: ColumnRule, table_name: TableName, where: Expression | None
) -> Iterator[Worded]:
    indicator = catalogue().indicators[name]
    if indicator.type in _WORDED and rule.const is None:
        read = converter(rule, indicator)
        yield Worded(name, rule, table_name, where, read, _KIND[indicator.type])


def words_statement(column: Worded, shapes: Shapes, pieces: Pieces) -> Statement:
    """The different stored values with their counts, the most frequent first."""
    element = pieces.value(column.rule, MAIN_ALIAS)
    kind = shapes[column.table].columns.get(column.rule.column or "")
    exact = sa.null() if element is None else pieces.exact(element, kind)
    values = (
        sa.select(exact.label("w"))
        .select_from(table(column.table, MAIN_ALIAS))
        .where(*pieces.live(column.where, MAIN_ALIAS))
        .subquery("s")
    )
    count = sa.func.count().label("n")
    select = sa.select(values.c.w, count).group_by(values.c.w).order_by(count.desc())
    return pieces.runnable(select.limit(MOST_WORDS + 1))


def judge_words(column: Worded, rows: Sequence[Row], problems: Problems) -> None:
    """Notes the values that nothing in the mapping or the code set names."""
    line, place = column.rule.line, f"{column.name} ({column.table})"
    if len(rows) > MOST_WORDS:
        message = f"{place}: more than {MOST_WORDS} different values: it is no {column.kind} column"
        problems.warning(line, message, "map the column that holds the codes")
        return
    unknown = [(text, int(str(count))) for text, count in _texts(rows) if _is_unknown(column, text)]
    if not unknown:
        return
    listed = ", ".join(f"{_shown(text)} ({count})" for text, count in unknown[:_SHOWN])
    more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
    rows_hold = counted(sum(count for _, count in unknown), "row holds", "rows hold")
    message = f"{place}: {rows_hold} values without a mapping: {listed}{more}"
    remedy = "name them in `codes`" if column.kind == "code" else "name them in `true` and `false`"
    problems.warning(line, message, remedy)


def _texts(rows: Sequence[Row]) -> Iterator[tuple[str, object]]:
    for stored, count in rows:
        text = (stored_text(stored) or "").strip()
        if text:
            yield text, count


def _is_unknown(column: Worded, text: str) -> bool:
    parts = text.split(column.rule.split) if column.rule.split else [text]
    return any(_means_nothing(column.read, part.strip()) for part in parts if part.strip())


def _means_nothing(read: Callable[[object], object], text: str) -> bool:
    found = read(text)
    return found is FAULT or isinstance(found, UnknownCode)


def _shown(text: str) -> str:
    """A code as it stands; what is long or looks like a number of somebody is not shown."""
    if len(text) > _LONGEST:
        return "a long text"
    return "a long number" if _NUMBER.search(text) else repr(text)
