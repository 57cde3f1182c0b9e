"""SQL expressions a mapping may hold: parsed, limited to columns of one table, and qualified by its alias."""

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

FORBIDDEN = (exp.Query, exp.DDL, exp.DML, exp.Command, exp.Placeholder, exp.Parameter, exp.AggFunc)
DIALECTS = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
    "oracle": "oracle",
    "mssql": "tsql",
}


@dataclass(frozen=True, slots=True)
class Expression:
    """One SQL expression; `columns` are (position, name) of each column in the text."""

    text: str
    columns: tuple[tuple[int, str], ...]

    def qualified(self, alias: str) -> str:
        """The text with every column prefixed by a table alias."""
        parts, end = [], 0
        for position, _ in self.columns:
            parts.append(self.text[end:position])
            end = position
        return f"{alias}.".join([*parts, self.text[end:]])


def parse_expression(text: str, dialect: str) -> Expression:
    """The expression in the source's own dialect. Raises ValueError with what is wrong."""
    try:
        trees = sqlglot.parse(text, read=DIALECTS.get(dialect, dialect))
    except (SqlglotError, RecursionError) as error:
        raise ValueError("the SQL does not parse") from error
    if len(trees) != 1 or trees[0] is None:
        raise ValueError("the SQL must be exactly one expression")
    return Expression(text, tuple(sorted(_columns(trees[0]))))


def _columns(tree: exp.Expression) -> list[tuple[int, str]]:
    if tree.find(*FORBIDDEN):
        raise ValueError("only a simple expression over columns of one row is allowed")
    return [_column(column) for column in tree.find_all(exp.Column)]


def _column(column: exp.Column) -> tuple[int, str]:
    if column.table:
        raise ValueError(f"write the column {column.name!r} without a table name")
    return column.this.meta["start"], column.name
