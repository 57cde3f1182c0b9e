"""Keys that no index declares unique, measured in the data by one bounded statement each."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from adapters.checking.problems import Problems, counted
from adapters.checking.uses import Use
from adapters.lanes.port import Row
from adapters.sql.binds import is_text
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, Statement, table
from adapters.sql.shapes import Shapes

MOST: Final = 1000
"""So many doubles are counted; more are as bad."""


def doubles_statement(use: Use, shapes: Shapes, pieces: Pieces) -> Statement:
    """How many keys stand in more than one row."""
    columns = pieces.columns(MAIN_ALIAS, use.columns)
    kinds = [shapes[use.table].columns[name] for name in use.columns]
    exact = [pieces.exact(c, kind) for c, kind in zip(columns, kinds, strict=True)]
    keys = (
        sa.select(*(element.label(f"k{i}") for i, element in enumerate(exact)))
        .select_from(table(use.table, MAIN_ALIAS))
        .where(*(column.is_not(None) for column in columns))
        .where(*pieces.live(use.where, MAIN_ALIAS))
        .subquery("k")
    )
    doubles = (
        sa.select(sa.literal_column("1").label("n"))
        .select_from(keys)
        .group_by(*keys.c)
        .having(sa.func.count() > sa.literal_column("1"))
        .limit(MOST)
        .subquery("d")
    )
    return pieces.runnable(sa.select(sa.func.count()).select_from(doubles))


def blanks_statement(use: Use, shapes: Shapes, pieces: Pieces) -> Statement:
    """How many live rows have no value there."""
    (name,) = use.columns
    column = pieces.column(MAIN_ALIAS, name)
    is_blank: Element = column.is_(None)
    if is_text(shapes[use.table].columns[name]):
        is_blank = sa.or_(is_blank, sa.func.trim(column) == sa.literal_column("''"))
    select = sa.select(sa.func.count()).select_from(table(use.table, MAIN_ALIAS))
    return pieces.runnable(select.where(is_blank, *pieces.live(use.where, MAIN_ALIAS)))


def judge_blanks(use: Use, rows: Sequence[Row], problems: Problems) -> None:
    """Who has no key is linked with nobody."""
    count = int(str(rows[0][0])) if rows else 0
    if count:
        names = ", ".join(use.columns)
        message = (
            f"{use.purpose} ({use.table}: {names}): {counted(count, 'row has', 'rows have')} none"
        )
        remedy = "these persons are linked with nobody: have the key filled in"
        problems.warning(use.line, message, remedy)


def judge_doubles(use: Use, rows: Sequence[Row], problems: Problems) -> None:
    """A key that is double is wrong; a join that finds several rows makes twins."""
    count = int(str(rows[0][0])) if rows else 0
    names = ", ".join(use.columns)
    if count and use.is_key:
        message = f"{use.purpose} ({use.table}: {names}): {_many(count, 'stand')} in several rows"
        remedy = "name the columns that are unique together, or leave double rows out by `where`"
        problems.error(use.line, message, remedy)
    elif count:
        message = f"{use.purpose} ({use.table}: {names}): {_many(count, 'find')} several rows"
        problems.warning(use.line, message, "leave one row each by `where`, or map it under rows")
    else:
        message = f"{use.purpose} ({use.table}: {names}) is unique now; no index declares it"
        problems.info(use.line, message, "declare it unique, so that it stays so")


def _many(count: int, verb: str) -> str:
    """The measuring stops at MOST."""
    if count >= MOST:
        return f"{MOST} or more values {verb}"
    return counted(count, f"value {verb}s", f"values {verb}")
