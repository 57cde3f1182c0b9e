"""SQL expressions of a mapping: parsed, limited to columns of one table, qualified by alias."""

from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

FORBIDDEN: Final = (
    exp.Query,
    exp.DDL,
    exp.DML,
    exp.Command,
    exp.Placeholder,
    exp.Parameter,
    exp.SessionParameter,
    exp.AggFunc,
    exp.Window,
    exp.Star,
)
DIALECTS: Final = {
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
    read = DIALECTS.get(dialect, dialect)
    try:
        tokens = sqlglot.tokenize(text, read=read)
        tree = sqlglot.parse_one(text, read=read, into=exp.Condition)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise ValueError("the SQL is not one expression that parses") from error
    if any(token.comments or token.token_type is TokenType.SEMICOLON for token in tokens):
        raise ValueError("the SQL must hold no semicolon and no comment")
    return Expression(text, tuple(sorted(_columns(tree))))


def _columns(tree: exp.Expression) -> list[tuple[int, str]]:
    if tree.find(*FORBIDDEN):
        raise ValueError("only a simple expression over columns of one row is allowed")
    return [_column(column) for column in tree.find_all(exp.Column)]


def _column(column: exp.Column) -> tuple[int, str]:
    if column.table:
        raise ValueError(f"write the column {column.name!r} without a table name")
    return column.this.meta["start"], column.name
